using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// The grammar takes every file. The grammar does not know parameter files: they are held against main.bicep line by
/// line.
/// </summary>
internal static partial class SyntaxCheck
{
    public static IEnumerable<string> Problems(Template template)
    {
        foreach (var file in template.Files.Values)
        {
            foreach (var line in file.Errors)
                yield return $"{file.Name}:{line}: syntax error";
            if (!file.Tree.Parts.Any(node => node.Type == "metadata_declaration"))
                yield return $"{file.Name}: has no metadata description";
            foreach (var parameter in file.Parameters.Where(parameter => parameter.Decorator("description") is null))
                yield return $"{file.Name}:{parameter.Line}: parameter '{parameter.Name}' has no description";
            foreach (
                var output in file.Outputs.Where(output =>
                    !output.Value.Decorators.Any(decorator => decorator.With("function")?.Text == "description")
                )
            )
                yield return $"{file.Name}: output '{output.Key}' has no description";
        }
    }

    /// <summary>
    /// What is wrong with a .bicepparam file: unknown, missing or repeated parameters, values that main.bicep does not
    /// allow.
    /// </summary>
    public static IEnumerable<string> ParameterProblems(Template template, string name)
    {
        var lines = template
            .Texts[name]
            .Split('\n')
            .Select((text, i) => (Text: text.Trim(), Number: i + 1))
            .Where(line => line.Text.Length > 0 && !line.Text.StartsWith("//", StringComparison.Ordinal))
            .ToList();
        if (lines[0].Text != "using 'main.bicep'")
            yield return $"{name}: must begin with using 'main.bicep'";
        var given = new HashSet<string>();
        foreach (var (text, number) in lines.Skip(1))
        {
            var match = Assignment().Match(text);
            if (!match.Success)
            {
                yield return $"{name}:{number}: not understood: {text}";
                continue;
            }
            var parameter = template.Main.Parameters.Find(parameter => parameter.Name == match.Groups["name"].Value);
            if (parameter is null)
                yield return $"{name}:{number}: main.bicep has no parameter '{match.Groups["name"].Value}'";
            else if (!given.Add(parameter.Name))
                yield return $"{name}:{number}: '{parameter.Name}' is given twice";
            else if (TypeOf(match) is { } type && type != parameter.Type)
                yield return $"{name}:{number}: '{parameter.Name}' is {parameter.Type}, not {type}";
            else if (
                match.Groups["text"].Success
                && parameter.Allowed.Any()
                && !parameter.Allowed.Contains(match.Groups["text"].Value)
            )
                yield return $"{name}:{number}: '{parameter.Name}' cannot be '{match.Groups["text"].Value}'";
        }
        foreach (
            var parameter in template.Main.Parameters.Where(parameter =>
                parameter.Default is null && !given.Contains(parameter.Name)
            )
        )
            yield return $"{name}: '{parameter.Name}' is missing";
    }

    private static string? TypeOf(Match match) =>
        match.Groups["text"].Success || match.Groups["variable"].Success ? "string"
        : match.Groups["number"].Success ? "int"
        : match.Groups["truth"].Success ? "bool"
        : match.Groups["list"].Success ? "array"
        : null;

    [GeneratedRegex(
        """
            ^param\ (?<name>\w+)\ =\ (?:
                '(?<text>[^'$]*)'
              | (?<number>-?\d+)
              | (?<truth>true|false|bool\(readEnvironmentVariable\('\w+'(?:,\ '[^']*')?\)\))
              | (?<variable>readEnvironmentVariable\('\w+'(?:,\ '[^']*')?\))
              | (?<list>\[(?:'[^']*'|readEnvironmentVariable\('\w+'\))\])
            )$
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Assignment();
}
