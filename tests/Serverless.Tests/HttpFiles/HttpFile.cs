using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Serverless.Tests.HttpFiles;

/// <summary>
/// A file of requests in the part of the syntax that VS Code's REST Client, JetBrains and Visual Studio have in common,
/// with the comments that say what to do and what is answered. What not all three take is an error.
/// </summary>
internal sealed partial record HttpFile(
    IReadOnlyDictionary<string, string> Variables,
    IReadOnlyList<PastedRequest> Requests
)
{
    /// <exception cref="FormatException">One of the three tools would not take it, or a comment is missing.</exception>
    public static HttpFile Parse(string text)
    {
        var variables = new Dictionary<string, string>();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var at = 0;
        for (; at < lines.Length && !lines[at].StartsWith("###", StringComparison.Ordinal); at++)
        {
            if (Variable().Match(lines[at]) is { Success: true } variable)
                variables.Add(variable.Groups["name"].Value, variable.Groups["value"].Value);
            else if (lines[at].Length > 0 && !IsComment(lines[at]))
                throw Wrong(at, "before the first ### there are comments and lines '@name = value' only");
        }
        var requests = new List<PastedRequest>();
        while (at < lines.Length)
        {
            var end = at + 1;
            while (end < lines.Length && !lines[end].StartsWith("###", StringComparison.Ordinal))
                end++;
            requests.Add(Request(lines[at..end], at, variables.Keys));
            at = end;
        }
        return new HttpFile(variables, requests);
    }

    private static PastedRequest Request(string[] lines, int from, IEnumerable<string> variables)
    {
        var at = 1;
        while (at < lines.Length && IsComment(lines[at]))
            at++;
        var comments = lines[1..at];
        if (at == lines.Length || RequestLine().Match(lines[at]) is not { Success: true } first)
            throw Wrong(from + at, "after the comments comes 'METHOD http…', and no version");
        var headers = lines[(at + 1)..].TakeWhile(line => line.Length > 0).ToList();
        if (headers.Find(header => !Header().IsMatch(header)) is { } odd)
            throw Wrong(from + at, $"'{odd}' is no header");
        var body = string.Join('\n', lines[(at + 1 + headers.Count)..]).Trim('\n');
        // Everything up to the next ### is the body: in one tool or another also what looks like a comment.
        if (body.Split('\n').FirstOrDefault(line => Strange().IsMatch(line)) is { } strange)
            throw Wrong(from + at, $"'{strange}' in a body means something in one of the tools");
        var unknown = Reference()
            .Matches(string.Join('\n', lines))
            .Select(match => match.Groups[1].Value)
            .Except(variables)
            .FirstOrDefault();
        if (unknown is not null)
            throw Wrong(from + at, $"{{{{{unknown}}}}} is no variable of this file");
        return new PastedRequest(
            lines[0].TrimStart('#').Trim(),
            Steps(comments, from, variables),
            new HttpMethod(first.Groups["method"].Value),
            first.Groups["url"].Value,
            [.. headers.Select(header => (header.Split(':')[0], header[(header.IndexOf(':') + 1)..].Trim()))],
            body.Length == 0 ? null : body
        );
    }

    /// <summary>What the comments before a request say, each with the lines that it goes on over.</summary>
    private static PastedSteps Steps(string[] comments, int from, IEnumerable<string> variables)
    {
        var said = string.Join('\n', comments.Select(line => line.TrimStart('#')));
        if (Answered().Matches(said) is not [var answer])
            throw Wrong(from, "one comment says '# Answer 200: { … }'");
        var copies = Copied()
            .Matches(said)
            .Select(match => (Member: match.Groups["member"].Value, Variable: match.Groups["variable"].Value))
            .ToList();
        if (copies.Find(copy => !variables.Contains(copy.Variable)) is { Variable: { } other })
            throw Wrong(from, $"@{other} is no variable of this file");
        return new PastedSteps(
            Waited().Match(said) is { Success: true } wait ? TimeSpan.FromSeconds(Number(wait, "seconds")) : null,
            Browsed().Match(said) is { Success: true } sent ? Number(sent, "amount") : null,
            Number(answer, "status"),
            answer.Groups["json"].Value,
            copies
        );
    }

    /// <summary>Puts the variables' values into a text.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values) =>
        Reference().Replace(text, match => values[match.Groups[1].Value]);

    /// <summary>
    /// Where an answer is not what the comment says, which need not name everything: "…" stands for whatever comes.
    /// Null where it is.
    /// </summary>
    public static string? Difference(JsonNode? said, JsonNode? got, string path = "$")
    {
        switch (said, got)
        {
            case (JsonObject members, JsonObject have):
                return members
                    .Select(member => Difference(member.Value, have[member.Key], $"{path}.{member.Key}"))
                    .FirstOrDefault(difference => difference is not null);
            case (JsonArray items, JsonArray have) when items.Count == have.Count:
                return items
                    .Select((item, at) => Difference(item, have[at], $"{path}[{at}]"))
                    .FirstOrDefault(difference => difference is not null);
            case (JsonValue value, not null) when value.TryGetValue<string>(out var text) && text.EndsWith('…'):
                return
                    text.Length == 1
                    || (got is JsonValue && got.ToString().StartsWith(text[..^1], StringComparison.Ordinal))
                    ? null
                    : $"{path} does not begin with {text[..^1]}";
            default:
                return JsonNode.DeepEquals(said, got)
                    ? null
                    : $"{path} is {got?.ToJsonString() ?? "missing"} instead of {said?.ToJsonString() ?? "null"}";
        }
    }

    /// <summary>The first member of this name, wherever it stands.</summary>
    public static string? Find(JsonNode? json, string member) =>
        json switch
        {
            JsonObject members => members[member]?.ToString()
                ?? members.Select(inner => Find(inner.Value, member)).FirstOrDefault(found => found is not null),
            JsonArray items => items.Select(item => Find(item, member)).FirstOrDefault(found => found is not null),
            _ => null,
        };

    private static bool IsComment(string line) =>
        line.StartsWith('#') && !line.StartsWith("# @", StringComparison.Ordinal);

    private static int Number(Match match, string group) =>
        int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static FormatException Wrong(int line, string what) => new($"Line {line + 1}: {what}.");

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex(@"^@(?<name>[A-Za-z]+) = (?<value>\S+)$", Options)]
    private static partial Regex Variable();

    [GeneratedRegex(@"^(?<method>GET|POST|PUT|PATCH|DELETE) (?<url>\S+)$", Options)]
    private static partial Regex RequestLine();

    [GeneratedRegex(@"^[A-Za-z-]+: \S.*$", Options)]
    private static partial Regex Header();

    [GeneratedRegex(@"^\s*(#|//|<|>|@|\?|\{%)", Options)]
    private static partial Regex Strange();

    [GeneratedRegex(@"\{\{(.*?)\}\}", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();

    [GeneratedRegex(@"^ Wait (?<seconds>\d+) seconds\b", Options | RegexOptions.Multiline)]
    private static partial Regex Waited();

    [GeneratedRegex(@"^ In the browser: (.|\n)*? [Ss]end (?<amount>\d+)\.", Options | RegexOptions.Multiline)]
    private static partial Regex Browsed();

    [GeneratedRegex(@"^ Answer (?<status>\d{3}): (?<json>\{.*(\n   .*)*)$", Options | RegexOptions.Multiline)]
    private static partial Regex Answered();

    [GeneratedRegex(
        @"^ Copy (the )?(?<member>[A-Za-z ]+) to @(?<variable>[A-Za-z]+)\.$",
        Options | RegexOptions.Multiline
    )]
    private static partial Regex Copied();
}

/// <summary>A request as it stands in the file, its variables not yet filled in.</summary>
internal sealed record PastedRequest(
    string Title,
    PastedSteps Steps,
    HttpMethod Method,
    string Url,
    IReadOnlyList<(string Name, string Value)> Headers,
    string? Body
);

/// <summary>What a request's comments say.</summary>
/// <param name="Wait">Before the request.</param>
/// <param name="Send">Before the request the person opens the link and sends this amount.</param>
/// <param name="Status">Of the answer.</param>
/// <param name="Answer">JSON: what the answer has among others.</param>
/// <param name="Copies">What is then put into which variable.</param>
internal sealed record PastedSteps(
    TimeSpan? Wait,
    int? Send,
    int Status,
    string Answer,
    IReadOnlyList<(string Member, string Variable)> Copies
);
