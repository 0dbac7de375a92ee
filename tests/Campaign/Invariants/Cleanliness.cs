using System.Globalization;

namespace Serverless.Campaign;

/// <summary>Nothing is left behind.</summary>
internal static class Cleanliness
{
    private static readonly string[] Daily = ["Nonces", "Requests"];

    public static IEnumerable<(string, string)> Queues(Look look)
    {
        if (look.Waiting > 0)
            yield return ("empty queues", $"{look.Waiting} messages");
        if (look.DeadLetters > 0)
            yield return ("no message set aside", $"{look.DeadLetters}");
    }

    public static IEnumerable<(string, string)> Orchestrations(Look look) =>
        look.IsEnd ? look.Orchestrations.Select(running => ("all have ended", running)) : [];

    public static IEnumerable<(string, string)> Expired(Look look)
    {
        if (!look.IsEnd)
            yield break;
        foreach (
            var row in look
                .Now.Table("Idempotency")
                .Where(row => row.GetDateTimeOffset("CreatedAt") < look.Time.AddDays(-2.1))
        )
            yield return ("no Idempotency-Key older than two days", $"{row.GetDateTimeOffset("CreatedAt"):u}");
        foreach (
            var row in look
                .Now.Table("OneTimeCodes")
                .Where(row => row.GetDateTimeOffset("At") < look.Time.AddDays(-1.1))
        )
            yield return ("no code older than a day", $"{row.GetDateTimeOffset("At"):u}");
        foreach (var name in look.Now.Names)
            if (
                Daily.FirstOrDefault(name.StartsWith) is { } kind
                && DateOnly.TryParseExact(
                    name[kind.Length..],
                    "yyyyMMdd",
                    CultureInfo.InvariantCulture,
                    DateTimeStyles.None,
                    out var day
                )
                // Nonces go by the wall clock, all else by the app's.
                && day
                    < DateOnly
                        .FromDateTime((kind == "Nonces" ? DateTimeOffset.UtcNow : look.Time).UtcDateTime)
                        .AddDays(-3)
            )
                yield return ($"no table of {kind} older than three days", name);
    }
}
