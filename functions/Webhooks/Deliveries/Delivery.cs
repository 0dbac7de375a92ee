using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Statistics;
using Serverless.Functions.Storage;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>Status of a delivery.</summary>
internal enum DeliveryStatus
{
    /// <summary>An attempt is due or under way.</summary>
    Pending,

    /// <summary>A 2xx came.</summary>
    Delivered,

    /// <summary>All attempts failed; waits for a replay.</summary>
    Failed,

    /// <summary>No longer needed: closed without another attempt.</summary>
    Superseded,
}

/// <summary>One event for one endpoint, with its attempts. The body is in the event row.</summary>
internal sealed record Delivery
{
    /// <summary>A text column holds 32 K characters; replays can add attempts without limit.</summary>
    private const int KeptAttempts = 30 * 1024;

    public required PartnerId Partner { get; init; }

    /// <summary>
    /// The event's id. With the partner it identifies the delivery, as each event goes to one endpoint.
    /// </summary>
    public required Ulid Id { get; init; }

    public required string Event { get; init; }

    /// <summary>The link that the event is about; null where it is about none.</summary>
    public string? LinkId { get; init; }

    public required string Url { get; init; }

    /// <summary>Partition and row of the event in the table Users.</summary>
    public required string EventPartition { get; init; }

    public required DeliveryStatus Status { get; init; }
    public required IReadOnlyList<DeliveryAttempt> Attempts { get; init; }
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>From 1; each replay starts another cycle.</summary>
    public int Cycle { get; init; } = 1;

    /// <summary>The replay that started the cycle; null for the first one.</summary>
    public string? ReplayId { get; init; }

    /// <summary>Why it was closed without another attempt.</summary>
    public string? Note { get; init; }

    public ETag ETag { get; init; }

    /// <summary>What the partner sees as <c>webhook-id</c>: the same for every attempt.</summary>
    public string WebhookId => new EventId(Id).Value;

    /// <summary>Whether somebody waits for the answer: a data request.</summary>
    public bool IsUrgent => Event == PartnerEvents.DataRequest;

    /// <summary>Number of the attempt that was made last; 0 before the first.</summary>
    public int LastAttempt => Attempts.Count == 0 ? 0 : Attempts[^1].Number;

    /// <summary>Whether an attempt has failed and the next one is still to wait for its time.</summary>
    public bool WaitsAt(DateTimeOffset now) =>
        Status == DeliveryStatus.Pending && NextAttemptAt > now && Attempts is [.., var last] && last.Cycle == Cycle;

    /// <summary>
    /// What the statistics count of a delivery that has ended, once for each cycle: on the day of its last attempt, or
    /// of the event where there was none.
    /// </summary>
    public Occurrence Ending =>
        new(
            Partner,
            $"{Id}|cycle{Cycle}",
            Attempts is [.., var last] ? last.At : Id.Time,
            [
                Status switch
                {
                    DeliveryStatus.Delivered => Measure.DeliveriesDelivered,
                    DeliveryStatus.Failed => Measure.DeliveriesFailed,
                    DeliveryStatus.Superseded => Measure.DeliveriesSuperseded,
                    _ => throw new InvalidOperationException($"A delivery that is {Status} has not ended."),
                },
            ]
        );

    public static string PartitionOf(PartnerId partner, Ulid id) => PartitionOf(partner, id.Time);

    public static string PartitionOf(PartnerId partner, DateTimeOffset day) => $"{partner}|{day.UtcDateTime:yyyyMMdd}";

    /// <summary>The delivery after one more attempt.</summary>
    /// <param name="outcome">Its outcome.</param>
    /// <param name="at">When it ended.</param>
    /// <param name="note">How the answer was used.</param>
    /// <param name="deadline">After this time it is no longer needed.</param>
    public Delivery With(
        AttemptOutcome outcome,
        DateTimeOffset at,
        string? note = null,
        DateTimeOffset? deadline = null
    )
    {
        var attempt = new DeliveryAttempt(
            LastAttempt + 1,
            at,
            outcome.Status,
            outcome.Error,
            outcome.Milliseconds,
            // The answer to a data request may hold personal data: it is merged or refused, never kept.
            Answer: Event == PartnerEvents.DataRequest ? null : outcome.Excerpt,
            note
        )
        {
            Cycle = Cycle,
            Sent = outcome.Sent,
        };
        var delay = RetrySchedule.Respecting(
            ScheduledAfter(attempt, outcome, deadline),
            outcome.RetryAfter,
            deadline - at
        );
        return this with
        {
            Attempts = [.. Attempts, attempt],
            Status = StatusAfter(outcome, isLast: delay is null),
            NextAttemptAt = at + delay,
        };
    }

    /// <summary>The scheduled delay from an attempt to the next; null if there is no next one.</summary>
    private TimeSpan? ScheduledAfter(DeliveryAttempt attempt, AttemptOutcome outcome, DateTimeOffset? deadline)
    {
        if (outcome.Succeeded || outcome.Gone)
            return null;
        // Each replay restarts the schedule; the jitter depends on the attempt's overall number.
        var inCycle = Attempts.Count(before => before.Cycle == Cycle) + 1;
        var jitter = RetrySchedule.JitterAfter(WebhookId, attempt.Number);
        return deadline is { } end
            ? RetrySchedule.DelayAfter(inCycle, end - attempt.At, jitter)
            : WebhookFamily.Of(Event).DelayAfter(inCycle, jitter);
    }

    private static DeliveryStatus StatusAfter(AttemptOutcome outcome, bool isLast)
    {
        if (outcome.Succeeded)
            return DeliveryStatus.Delivered;
        return isLast ? DeliveryStatus.Failed : DeliveryStatus.Pending;
    }

    /// <summary>The delivery, closed without another attempt.</summary>
    /// <param name="status">The final status.</param>
    /// <param name="note">Why.</param>
    public Delivery Closed(DeliveryStatus status, string note)
    {
        return this with { Status = status, NextAttemptAt = null, Note = note };
    }

    public static Delivery FromRow(TableEntity row, PartnerId partner, Ulid id)
    {
        return new Delivery
        {
            Partner = partner,
            Id = id,
            Event = row.Text("Event"),
            LinkId = row.GetString("LinkId"),
            Url = row.Text("Url"),
            EventPartition = row.Text("EventPartition"),
            Status = Enum.Parse<DeliveryStatus>(row.Text("Status")),
            Attempts =
                JsonSerializer.Deserialize<List<DeliveryAttempt>>(row.Text("Attempts"), StoredJson.Options) ?? [],
            NextAttemptAt = row.GetDateTimeOffset("NextAttemptAt"),
            Cycle = row.GetInt32("Cycle") ?? 1,
            ReplayId = row.GetString("ReplayId"),
            Note = row.GetString("Note"),
            ETag = row.ETag,
        };
    }

    public TableEntity ToRow()
    {
        return new TableEntity(PartitionOf(Partner, Id), Id.Inverted)
        {
            ["Event"] = Event,
            ["LinkId"] = LinkId,
            ["Url"] = Url,
            ["EventPartition"] = EventPartition,
            ["Status"] = Status.ToString(),
            ["Attempts"] = WriteAttempts(),
            ["NextAttemptAt"] = NextAttemptAt,
            ["Cycle"] = Cycle,
            ["ReplayId"] = ReplayId,
            ["Note"] = Note,
        };
    }

    /// <summary>All attempts, if they fit; else first the oldest answers go and then the oldest attempts.</summary>
    private string WriteAttempts()
    {
        var kept = Attempts.ToList();
        for (var cut = 0; ; cut++)
        {
            var text = JsonSerializer.Serialize(kept, StoredJson.Options);
            if (text.Length <= KeptAttempts)
                return text;
            if (cut < Attempts.Count)
                kept[cut] = kept[cut] with { Answer = null };
            else
                kept.RemoveAt(0);
        }
    }
}
