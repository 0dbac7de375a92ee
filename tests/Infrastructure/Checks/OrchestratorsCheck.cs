using System.Text.RegularExpressions;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// An orchestrator is run again from its start at every step, and awaits what its context gives it and nothing else: the
/// engine waits for ever for one that awaits something of its own.
/// </summary>
internal static partial class OrchestratorsCheck
{
    public static IEnumerable<string> Problems(IReadOnlyDictionary<string, string> sources)
    {
        foreach (var (file, text) in sources)
        {
            foreach (var code in Orchestrators(text))
            {
                foreach (var awaited in Awaited().Matches(code).Select(match => match.Groups[1].Value).Where(awaited => !Durable().IsMatch(awaited)))
                    yield return $"functions/{file}: an orchestrator awaits {awaited}, which is not its context's";
                foreach (var found in Undetermined().Matches(code).Select(match => match.Value))
                    yield return $"functions/{file}: an orchestrator uses {found}, which differs from one run to the next";
                if (code.Contains("ContinueAsNew(", StringComparison.Ordinal) && code.Contains("CreateTimer(", StringComparison.Ordinal) && !code.Contains(".Cancel()", StringComparison.Ordinal))
                    yield return $"functions/{file}: an orchestrator begins anew with an open timer, which holds it back";
            }
            // What an activity throws arrives under the name of another exception.
            if (text.Contains("ErrorType", StringComparison.Ordinal) || text.Contains("IsCausedBy", StringComparison.Ordinal))
                yield return $"functions/{file}: a decision by the type of an activity's failure, which arrives as another one";
        }
    }

    /// <summary>The bodies of all methods that are given a context.</summary>
    private static IEnumerable<string> Orchestrators(string text)
    {
        foreach (Match match in Context().Matches(text))
        {
            var rest = text[match.Index..];
            var (begin, arrow) = (rest.IndexOf('{', StringComparison.Ordinal), rest.IndexOf("=>", StringComparison.Ordinal));
            yield return arrow >= 0 && (begin < 0 || arrow < begin) ? rest[..rest.IndexOf(';', StringComparison.Ordinal)] : rest[begin..EndOf(rest, begin)];
        }
    }

    private static int EndOf(string text, int begin)
    {
        var depth = 0;
        for (var i = begin; i < text.Length; i++)
        {
            depth += text[i] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
                return i + 1;
        }
        return text.Length;
    }

    [GeneratedRegex(@"TaskOrchestrationContext context[,)]")]
    private static partial Regex Context();

    [GeneratedRegex(@"\bawait\s+([\w.<>]+\(?\w*)")]
    private static partial Regex Awaited();

    [GeneratedRegex(@"^(context\.|Task\.When(Any|All)\(|\w+\(context$)")]
    private static partial Regex Durable();

    [GeneratedRegex(@"\b(DateTime(Offset)?\.(Utc)?Now|TimeProvider|Guid\.NewGuid|Random\b|RandomNumberGenerator|Task\.(Delay|Run)|ConfigureAwait)\b|\bCancelAsync\(")]
    private static partial Regex Undetermined();
}
