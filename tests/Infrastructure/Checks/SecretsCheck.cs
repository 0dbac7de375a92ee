using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// No file holds what looks like a secret, and none makes one: a name that says so with a literal value, connection
/// strings, long random texts, private keys, tokens.
/// </summary>
internal static partial class SecretsCheck
{
    public static IEnumerable<string> Problems(Template template) =>
        from file in template.Texts
        where file.Key.Begins("infra/")
        from line in file.Value.Split('\n').Select((text, i) => (Text: text, Number: i + 1))
        let makes = file.Key.Ends(".bicep") && Yielding().IsMatch(line.Text)
        where makes || Named().IsMatch(line.Text) || Shaped().IsMatch(line.Text) || HasRandom(line.Text)
        select $"{file.Key}:{line.Number}: this {(makes ? "yields a key" : "looks like a secret")}";

    /// <summary>Words, paths and names are long too; random text mixes digits with letters of both cases.</summary>
    private static bool HasRandom(string line) =>
        Long()
            .Matches(line)
            .Select(match => match.Value)
            .Any(text =>
                text.Any(char.IsDigit)
                && text.Any(char.IsUpper)
                && text.Any(char.IsLower)
                && text.Count(c => c is '/' or '.') <= 1
            );

    [GeneratedRegex(
        """(?i)\b\w*(?:password|secret|apikey|accountkey|accesskey|token|connectionstring)\w*["']?\s*[:=]\s*["'][^"'$]{8,}["']"""
    )]
    private static partial Regex Named();

    [GeneratedRegex(
        """AccountKey=|SharedAccessKey=|SharedAccessSignature=|-----BEGIN|whsec_[A-Za-z0-9]{8}|m2m_(?:test|live)_[a-z0-9]{8}|[?&]sig="""
    )]
    private static partial Regex Shaped();

    [GeneratedRegex(@"\b(?:list[A-Z]\w*|getSecret)(?=\()")]
    private static partial Regex Yielding();

    [GeneratedRegex("[A-Za-z0-9+/=_-]{32,}")]
    private static partial Regex Long();
}
