using System.Globalization;
using Serverless.Functions.Events;

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
        look.IsEnd ? look.Orchestrations.Select(running => ("all have ended", $"{running.Name} {running.Id}")) : [];

    /// <summary>A wake-up that was followed up before the start is lost by design: then its timer ends it.</summary>
    public static IEnumerable<(string, string)> Woken(Look look)
    {
        var events = look.Now.Events.ToLookup(row => row.Name);
        foreach (var (name, id) in look.Orchestrations)
        {
            var (start, ends) = name switch
            {
                "LinkLifecycle" => (
                    PartnerEvents.LinkCreated,
                    [PartnerEvents.LinkRevoked, PartnerEvents.LinkCompleted]
                ),
                "DataRequestFlow" => (
                    PartnerEvents.DataRequest,
                    [PartnerEvents.DataRequestFulfilled, PartnerEvents.LinkRevoked]
                ),
                "OperationFlow" => (PartnerEvents.OperationCreated, (string[])[PartnerEvents.OperationCancelled]),
                _ => ("", []),
            };
            var started = events[start].FirstOrDefault(row => IsAbout(row, id))?.FollowedUpAt;
            foreach (var ended in ends.SelectMany(end => events[end]).Where(row => IsAbout(row, id)))
                if (started < ended.FollowedUpAt)
                    yield return (
                        $"{name} {id} ends with {ended.Name}",
                        $"it runs, though that was followed up at {ended.FollowedUpAt:u}"
                    );
        }
    }

    private static bool IsAbout(EventRow row, string id) =>
        row.LinkId == id || row.SubjectId == id || (row.LinkId is { } link && $"dr_{link["link_".Length..]}" == id);

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
