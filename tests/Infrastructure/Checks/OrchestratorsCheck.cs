using System.Text.RegularExpressions;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// An orchestrator is run again from its start at every step, and awaits what its context gives it and nothing else:
/// the engine waits for ever for one that awaits something of its own.
/// </summary>
internal static partial class OrchestratorsCheck
{
    public static IEnumerable<string> Problems(IReadOnlyDictionary<string, string> sources)
    {
        foreach (var (file, text) in sources)
        {
            foreach (var problem in Orchestrators(text).SelectMany(Problems))
                yield return $"functions/{file}: {problem}";
            // What an activity throws arrives under the name of another exception.
            if (Judging().IsMatch(text))
                yield return $"functions/{file}: a decision by the type of an activity's failure";
        }
    }

    private static IEnumerable<string> Problems(string code)
    {
        foreach (var awaited in Awaited().Matches(code).Select(match => match.Groups[1].Value))
        {
            if (!Durable().IsMatch(awaited))
                yield return $"an orchestrator awaits {awaited}, which is not its context's";
        }
        foreach (var found in Undetermined().Matches(code).Select(match => match.Value))
            yield return $"an orchestrator uses {found}, which differs from one run to the next";
        if (Has("ContinueAsNew(") && Has("CreateTimer(") && !Has(".Cancel()"))
            yield return "an orchestrator begins anew with an open timer, which holds it back";

        bool Has(string call) => code.Contains(call, StringComparison.Ordinal);
    }

    /// <summary>The bodies of all methods that are given a context.</summary>
    private static IEnumerable<string> Orchestrators(string text)
    {
        foreach (Match match in Context().Matches(text))
        {
            var rest = text[match.Index..];
            var begin = rest.IndexOf('{', StringComparison.Ordinal);
            var arrow = rest.IndexOf("=>", StringComparison.Ordinal);
            var isExpression = arrow >= 0 && (begin < 0 || arrow < begin);
            yield return isExpression
                ? rest[..rest.IndexOf(';', StringComparison.Ordinal)]
                : rest[begin..EndOf(rest, begin)];
        }
    }

    private static int EndOf(string text, int begin)
    {
        var depth = 0;
        for (var i = begin; i < text.Length; i++)
        {
            depth += text[i] switch
            {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
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

    [GeneratedRegex(@"\b(ErrorType|IsCausedBy)\b")]
    private static partial Regex Judging();

    [GeneratedRegex(
        @"\b(DateTime(Offset)?\.(Utc)?Now|TimeProvider|Guid\.NewGuid|Random|RandomNumberGenerator"
            + @"|Task\.(Delay|Run)|ConfigureAwait)\b|\bCancelAsync\("
    )]
    private static partial Regex Undetermined();
}
