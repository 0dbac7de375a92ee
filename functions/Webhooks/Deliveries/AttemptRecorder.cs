using System.Globalization;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Observability;
using Serverless.Functions.Statistics;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Endpoints;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// What follows from an attempt. The message of the next attempt is scheduled first, then this one is recorded: a
/// crash in between sends the same attempt again (same <c>webhook-id</c>), and duplicate detection drops the second
/// copy of the next one.
/// </summary>
internal sealed class AttemptRecorder(
    AppQueues queues,
    DeliveryLog log,
    AnswerInResponse answers,
    EndpointHealth health,
    Tally tally,
    TimeProvider time,
    ILogger<AttemptRecorder> logger
)
{
    /// <summary>Ends a delivery without another attempt.</summary>
    /// <param name="delivery">As it was read.</param>
    /// <param name="status">The final status.</param>
    /// <param name="note">Why.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>False after a conflict: then the other writer counts the end.</returns>
    public async Task<bool> TryCloseAsync(Delivery delivery, DeliveryStatus status, string note, CancellationToken ct)
    {
        var closed = delivery.Closed(status, note);
        if (!await log.TryReplaceAsync(closed, ct))
        {
            // The other writer may have been this one, whose call the client library repeated.
            await CountIfOverAsync(delivery.Partner, delivery.Id, ct);
            return false;
        }
        await CountEndAsync(closed, ct);
        return true;
    }

    /// <summary>
    /// Lets the statistics count a delivery that has ended: whoever ended it may have died before. Counts nothing
    /// twice.
    /// </summary>
    public async Task CountIfOverAsync(PartnerId partner, Ulid id, CancellationToken ct)
    {
        if (await log.FindAsync(partner, id, ct) is { Status: not DeliveryStatus.Pending } over)
            await tally.CountAsync(over.Ending, ct);
    }

    /// <summary>Uses the answer to a data request, schedules the next attempt and records this one.</summary>
    /// <param name="task">The attempt's message.</param>
    /// <param name="due">What was sent.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task RecordAsync(
        DeliveryTask task,
        DueDelivery.Ready due,
        AttemptOutcome outcome,
        CancellationToken ct
    )
    {
        var (delivery, partner) = (due.Delivery, due.Partner);
        Metrics.Attempts.Add(1, new("partner", partner.Id.Value), new("outcome", Metrics.OutcomeOf(outcome.Status)));
        var note =
            outcome.Succeeded && delivery.Event == PartnerEvents.DataRequest
                ? await answers.TakeAsync(delivery.LinkId!, new AnswerBody(outcome.Body, outcome.BodyProblem), ct)
                : null;
        var ended = time.Now();
        Delivery With(Delivery before) => before.With(outcome, ended, note, due.Deadline);
        if (With(delivery).NextAttemptAt is { } next)
            await ScheduleNextAsync(task, delivery.WebhookId, next, ct);
        var recorded = await RecordAsync(task, delivery, With, ct);
        if (recorded is null)
            await CountIfOverAsync(delivery.Partner, delivery.Id, ct);
        else if (recorded.Status != DeliveryStatus.Pending)
            await CountEndAsync(recorded, ct);
        await health.NoteAsync(partner, delivery.Url, outcome, ended, ct);
        if (!outcome.Succeeded)
            RecorderLog.AttemptFailed(
                logger,
                delivery.WebhookId,
                delivery.Event,
                partner.Id.Value,
                task.Attempt,
                CauseOf(outcome),
                (recorded ?? With(delivery)).Status
            );
    }

    private Task ScheduleNextAsync(DeliveryTask task, string webhookId, DateTimeOffset at, CancellationToken ct)
    {
        var next = task with { Attempt = task.Attempt + 1, Held = 0, HeldSince = null, Pauses = 0, IsAskedFor = false };
        return queues.Webhooks.SendAsync(next, $"{webhookId}:{next.Attempt}", at, ct);
    }

    /// <summary>
    /// Records an attempt, even if another attempt was recorded meanwhile: after a crash two messages can run at once,
    /// and a successful attempt must not be lost.
    /// </summary>
    /// <param name="task">The attempt's message.</param>
    /// <param name="delivery">As it was when the attempt began.</param>
    /// <param name="with">Adds the attempt to a record.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>The new record; null if another message's record makes this one unnecessary.</returns>
    private Task<Delivery?> RecordAsync(
        DeliveryTask task,
        Delivery delivery,
        Func<Delivery, Delivery> with,
        CancellationToken ct
    )
    {
        var isFirstTry = true;
        return Contention.RepeatAsync<Delivery?>(
            async () =>
            {
                if (!isFirstTry)
                {
                    var found = await log.FindAsync(delivery.Partner, delivery.Id, ct);
                    if (found is not { Status: DeliveryStatus.Pending } stored)
                        return null;
                    // A duplicate of this message may have recorded it; both sent the same id, so the receiver can
                    // drop one.
                    var isRecorded =
                        stored.LastAttempt >= task.Attempt && with(stored).Status != DeliveryStatus.Delivered;
                    if (isRecorded || stored.Cycle != task.Cycle)
                        return null;
                    delivery = stored;
                }
                isFirstTry = false;
                var after = with(delivery);
                return await log.TryReplaceAsync(after, ct) ? after : TryResult.Lost;
            },
            ct
        );
    }

    private static string CauseOf(AttemptOutcome outcome) =>
        string.Join(
            ' ',
            new[] { outcome.Status?.ToString(CultureInfo.InvariantCulture), outcome.Error }.OfType<string>()
        );

    private Task CountEndAsync(Delivery ended, CancellationToken ct)
    {
        KeyValuePair<string, object?> partner = new("partner", ended.Partner.Value);
        Metrics.Ended.Add(1, partner, new("status", ended.Status.ToString().ToLowerInvariant()));
        // Only the first cycle: a replay's delay is the partner's, not ours.
        if (ended is { Status: DeliveryStatus.Delivered, Cycle: 1 })
            Metrics.DeliveryDelay.Record(Math.Max(0, (time.GetUtcNow() - ended.Id.Time).TotalSeconds), partner);
        return tally.CountAsync(ended.Ending, ct);
    }
}

internal static partial class RecorderLog
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Webhook {WebhookId} ({Event}) to partner {Partner}: attempt {Attempt} failed with {Cause}; "
            + "now {State}"
    )]
    public static partial void AttemptFailed(
        ILogger logger,
        string webhookId,
        string @event,
        string partner,
        int attempt,
        string cause,
        DeliveryStatus state
    );
}
