using Azure;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Events;
using Serverless.Functions.Observability;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Endpoints;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// Queue <c>webhooks</c>: one attempt a message. A failure schedules the message of the next attempt, then the attempt
/// is recorded: a crash in between sends the same attempt again (same <c>webhook-id</c>), and duplicate detection drops
/// the second copy of the next one. An attempt that <see cref="EndpointGate"/> does not let through is sent again as it
/// is, a little later; so is one that was not answered within a second while too many wait for answers already.
/// </summary>
internal sealed class DeliverWebhook(
    AppTables tables,
    AppQueues queues,
    DeliveryLog log,
    DueDeliveries dues,
    DeliveryOrder order,
    KeyRing keyRing,
    KycSigner signer,
    EndpointGate gate,
    WebhookSender sender,
    AnswerInResponse answers,
    EndpointHealth health,
    TimeProvider time,
    ILogger<DeliverWebhook> logger
)
{
    [Function(nameof(DeliverWebhook))]
    public Task Run(
        [ServiceBusTrigger(AppQueues.WebhooksName, Connection = AppQueues.Connection)]
            ServiceBusReceivedMessage message,
        CancellationToken ct
    ) => queues.Webhooks.HandleAsync<DeliveryTask>(message, DeliverAsync, ct);

    private async Task DeliverAsync(DeliveryTask task, CancellationToken ct)
    {
        switch (await dues.FindAsync(task, ct))
        {
            case DueDelivery.Unwanted unwanted:
                await SaveAsync(unwanted.Delivery.Closed(unwanted.Status, unwanted.Note), ct);
                CountEnd(unwanted.Delivery, unwanted.Status);
                break;
            case DueDelivery.Ready due:
                if (!await order.IsTurnOfAsync(due.Delivery, task, ct))
                    break;
                if (due.Delivery.NextAttemptAt is { } dueAt)
                    Metrics.Backlog.Record(Math.Max(0, (time.GetUtcNow() - dueAt).TotalSeconds));
                var urgent = due.Delivery.Event == PartnerEvents.DataRequest;
                var endpoint = due.Partner.Endpoint;
                var admission = gate.Enter(
                    new GateRequest(
                        due.Partner.Id,
                        due.Delivery.Url,
                        DeliveryHold.IgnoresCircuit(task, urgent, time.GetUtcNow()),
                        urgent,
                        IsFailing: due.Delivery.Url == endpoint.Url && endpoint.Status.State == EndpointState.Failing
                    )
                );
                if (admission is Admission.Admitted { Pass: var pass })
                    await AttemptAsync(task, due, pass, ct);
                else
                    await HoldAsync(task, due.Delivery, admission, ct);
                break;
        }
    }

    private async Task AttemptAsync(DeliveryTask task, DueDelivery.Ready due, GatePass pass, CancellationToken ct)
    {
        using var place = pass;
        var (delivery, partner) = (due.Delivery, due.Partner);
        using var givingUp = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var sending = SendAsync(due, givingUp.Token);
        await ((Task)sending)
            .WaitAsync(EndpointPace.Patience, time, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!sending.IsCompleted && !pass.MayGoOn())
        {
            await givingUp.CancelAsync();
            await ((Task)sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (sending.IsCanceled)
            {
                ct.ThrowIfCancellationRequested();
                Log.GivenUp(logger, delivery.WebhookId, partner.Id.Value);
                await HoldAsync(task, delivery, gate.GivenUp(delivery.Event == PartnerEvents.DataRequest), ct);
                return;
            }
        }
        if (await sending is not { } outcome)
        {
            await SaveAsync(
                delivery.Closed(DeliveryStatus.Failed, "There is no key of the identity API to sign with."),
                ct
            );
            CountEnd(delivery, DeliveryStatus.Failed);
            return;
        }
        pass.End(outcome);
        Metrics.Attempts.Add(1, new("partner", partner.Id.Value), new("outcome", Metrics.OutcomeOf(outcome.Status)));

        var isAnswer = outcome.Succeeded && delivery.Event == PartnerEvents.DataRequest;
        var note = isAnswer
            ? await answers.TakeAsync(delivery.LinkId!, new AnswerBody(outcome.Body, outcome.BodyProblem), ct)
            : null;
        var ended = time.Now();
        Delivery With(Delivery before) => before.With(outcome, ended, note, due.Deadline);
        if (With(delivery).NextAttemptAt is { } next)
            await queues.Webhooks.SendAsync(
                task with
                {
                    Attempt = task.Attempt + 1,
                    Held = 0,
                    HeldSince = null,
                    Pauses = 0,
                },
                $"{delivery.WebhookId}:{task.Attempt + 1}",
                next,
                ct
            );
        var recorded = await RecordAsync(task, delivery, With, ct);
        if (recorded is not null)
            CountEnd(recorded, recorded.Status);
        await health.NoteAsync(partner, delivery.Url, outcome, ended, ct);
        if (!outcome.Succeeded)
            Log.AttemptFailed(
                logger,
                delivery.WebhookId,
                delivery.Event,
                partner.Id.Value,
                task.Attempt,
                outcome.Status,
                outcome.Error,
                (recorded ?? With(delivery)).Status
            );
    }

    /// <summary>Signs and posts as its family does; null where there is nothing to sign with.</summary>
    private async Task<AttemptOutcome?> SendAsync(DueDelivery.Ready due, CancellationToken ct)
    {
        var (delivery, partner) = (due.Delivery, due.Partner);
        var family = WebhookFamily.Of(delivery.Event);
        if (family == WebhookFamily.Identity)
            return await signer.SignAsync(partner, delivery.WebhookId, delivery.Url, due.Body, ct) is { } headers
                ? await sender.SendAsync(delivery.Url, headers, due.Body, family.TimeLimit, ct, due.Trace)
                : null;
        var secrets = await SigningSecrets.ReadAsync(keyRing, partner, time.Now(), ct);
        var read = delivery.Event == PartnerEvents.DataRequest ? AnswerDataRequest.MaxBody : WebhookSender.MaxAnswer;
        return await sender.SendAsync(
            delivery.Url,
            delivery.Event,
            delivery.WebhookId,
            due.Body,
            secrets,
            ct,
            due.Trace,
            read
        );
    }

    private void CountEnd(Delivery delivery, DeliveryStatus status)
    {
        if (status == DeliveryStatus.Pending)
            return;
        KeyValuePair<string, object?> partner = new("partner", delivery.Partner.Value);
        Metrics.Ended.Add(1, partner, new("status", status.ToString().ToLowerInvariant()));
        // A replay is late by the time that nobody asked for it.
        if (status == DeliveryStatus.Delivered && delivery.Cycle == 1)
            Metrics.DeliveryDelay.Record(Math.Max(0, (time.GetUtcNow() - delivery.Id.Time).TotalSeconds), partner);
    }

    /// <summary>Waiting here for a place would keep other partners' messages from this instance.</summary>
    private Task HoldAsync(DeliveryTask task, Delivery delivery, Admission refusal, CancellationToken ct)
    {
        var urgent = delivery.Event == PartnerEvents.DataRequest;
        var now = time.GetUtcNow();
        var held = DeliveryHold.Held(task, now);
        // With the cycle: one that ended before its attempt was made is followed by one whose first attempt has the
        // same number.
        return queues.Webhooks.SendAsync(
            held,
            $"{delivery.WebhookId}:cycle{held.Cycle}:{held.Attempt}:held{held.Held}",
            DeliveryHold.DueAt(held, delivery.WebhookId, refusal, urgent, now),
            ct
        );
    }

    /// <summary>
    /// Records an attempt, also where the message of an earlier or a later one recorded its own meanwhile: after a
    /// crash two can be under way at once, and which one was taken must not be forgotten.
    /// </summary>
    /// <param name="task">The attempt's message.</param>
    /// <param name="delivery">As it was when the attempt began.</param>
    /// <param name="with">The attempt added to a record.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>What was recorded; null where another one's record makes this one needless.</returns>
    private async Task<Delivery?> RecordAsync(
        DeliveryTask task,
        Delivery delivery,
        Func<Delivery, Delivery> with,
        CancellationToken ct
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            var after = with(delivery);
            if (await SaveAsync(after, ct))
                return after;
            await Contention.PauseAsync(attempt, ct);
            if (await log.FindAsync(delivery.Partner, delivery.Id, ct) is not { Status: DeliveryStatus.Pending } stored)
                return null;
            // A second copy of this very message may have recorded it; both sent the same id, which the receiver knows
            // how to drop.
            var isRecorded = stored.LastAttempt >= task.Attempt && after.Status != DeliveryStatus.Delivered;
            if (isRecorded || stored.Cycle != task.Cycle)
                return null;
            delivery = stored;
        }
    }

    /// <summary>False where the record has changed since it was read.</summary>
    private async Task<bool> SaveAsync(Delivery delivery, CancellationToken ct)
    {
        try
        {
            await tables.Deliveries.UpdateEntityAsync(delivery.ToRow(), delivery.ETag, TableUpdateMode.Replace, ct);
            return true;
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            return false;
        }
    }
}

/// <summary>A message of the queue <c>webhooks</c>: pointers only.</summary>
/// <param name="Partner">Partner id.</param>
/// <param name="Id">The event.</param>
/// <param name="Attempt">Number of the attempt to make.</param>
/// <param name="Cycle">The cycle that it belongs to.</param>
/// <param name="ReplayId">Who began that cycle; null for the first one.</param>
/// <param name="Look">How often the cycle was looked for in vain.</param>
/// <param name="Held">How often this attempt was held back.</param>
/// <param name="HeldSince">When it was held back first.</param>
/// <param name="Pauses">How often it was put off for an earlier one.</param>
internal sealed record DeliveryTask(
    string Partner,
    string Id,
    int Attempt,
    int Cycle = 1,
    string? ReplayId = null,
    int Look = 0,
    int Held = 0,
    DateTimeOffset? HeldSince = null,
    int Pauses = 0
) : IQueueTask;

internal static partial class Log
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Webhook {WebhookId} to partner {Partner} was given up for now: too many wait for answers"
    )]
    public static partial void GivenUp(ILogger logger, string webhookId, string partner);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Webhook {WebhookId} ({Event}) to partner {Partner}: attempt {Attempt} failed with {Status} {Error}; now {State}"
    )]
    public static partial void AttemptFailed(
        ILogger logger,
        string webhookId,
        string @event,
        string partner,
        int attempt,
        int? status,
        string? error,
        DeliveryStatus state
    );
}
