using System.Text.RegularExpressions;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// The text constants of the code, so that a check sees what <c>settings[Name]</c> and <c>secrets.GetAsync(Other.Name,
/// ct)</c> ask for.
/// </summary>
internal sealed partial class Constants
{
    private readonly Dictionary<string, string> _byClass = [];
    private readonly Dictionary<(string File, string Name), string> _byFile = [];

    public Constants(IReadOnlyDictionary<string, string> sources)
    {
        foreach (var (file, text) in sources)
        {
            foreach (Match match in Constant().Matches(text))
            {
                var (name, value) = (match.Groups[1].Value, match.Groups[2].Value);
                _byClass.TryAdd(ClassBefore(text, match.Index) + "." + name, value);
                _byFile.TryAdd((file, name), value);
            }
        }
    }

    /// <summary>
    /// The text that an expression of a file stands for: a literal, or a constant of that file or of another class;
    /// null for anything else.
    /// </summary>
    public string? ValueOf(string file, string expression)
    {
        if (Quoted().Match(expression) is { Success: true } quoted)
        {
            var text = Hole().Replace(quoted.Groups[1].Value, hole => Named(file, hole.Groups[1].Value) ?? "{}");
            return text.Contains("{}", StringComparison.Ordinal) ? null : text;
        }
        return Named(file, expression);
    }

    private string? Named(string file, string name) =>
        _byClass.GetValueOrDefault(name) ?? _byFile.GetValueOrDefault((file, name));

    private static string ClassBefore(string text, int index) =>
        Class().Matches(text[..index]).LastOrDefault()?.Groups[1].Value ?? "";

    [GeneratedRegex("""const string (\w+) = "([^"]*)";""")]
    private static partial Regex Constant();

    [GeneratedRegex(@"\b(?:class|record|struct) (\w+)")]
    private static partial Regex Class();

    [GeneratedRegex("""^\$?"([^"]*)"$""")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"\{([\w.]+)\}")]
    private static partial Regex Hole();
}
