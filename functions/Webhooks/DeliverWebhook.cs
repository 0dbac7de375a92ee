using System.Text;
using Azure;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Webhooks;

/// <summary>
/// Queue <c>webhooks</c>: one attempt a message. A failure schedules the message of the next attempt, then the attempt is recorded: a crash in between sends the same
/// attempt again (same <c>webhook-id</c>), and duplicate detection drops the second copy of the next one.
/// </summary>
internal sealed class DeliverWebhook(
    AppTables tables, AppQueues queues, PartnerDirectory partners, WebhookSigner signer, WebhookSender sender, DeliveryReplay replays, DeliveryOrder order, AnswerDataRequest answers, EndpointHealth health, TimeProvider time,
    ILogger<DeliverWebhook> logger)
{
    [Function(nameof(DeliverWebhook))]
    public Task Run([ServiceBusTrigger(AppQueues.WebhooksName, Connection = AppQueues.Connection)] ServiceBusReceivedMessage message, CancellationToken ct) =>
        queues.Webhooks.HandleAsync(message, DeliverAsync, ct);

    private async Task DeliverAsync(ServiceBusReceivedMessage message, CancellationToken ct)
    {
        var task = message.Body.ToObjectFromJson<DeliveryTask>(Answer.Json)!;
        var partnerId = PartnerId.FromStorage(task.Partner);
        if (!Ulid.TryParse(task.Id, out var id))
            throw new FormatException("The message names no delivery.");
        if (await replays.FindDueAsync(task, partnerId, id, ct) is not { } delivery)
            return;
        var body = await ReadBodyAsync(delivery, ct);
        if (body is null || await partners.FindAsync(partnerId, ct) is not { } partner)
            return;

        if (partner.Endpoint.IsOff(delivery.Url))
        {
            await SaveAsync(delivery.Closed(DeliveryStatus.Failed, "The endpoint is off."), ct);
            return;
        }
        if (!await order.IsTurnOfAsync(delivery, task, ct))
            return;
        DateTimeOffset? deadline = null;
        if (delivery.Event == WebhookEvents.DataRequest)
        {
            var request = await ReadRequestAsync(delivery, ct);
            var status = request?.StatusAt(time.Now()) ?? DataRequestStatus.Cancelled;
            if (status != DataRequestStatus.Pending)
            {
                await SaveAsync(delivery.Closed(DeliveryStatus.Superseded, $"The data request is {status.ToString().ToLowerInvariant()}."), ct);
                return;
            }
            deadline = request!.ExpiresAt;
        }

        if (await signer.SignAsync(partner, delivery.Event, delivery.WebhookId, delivery.Url, body, ct) is not { } headers)
        {
            await SaveAsync(delivery.Closed(DeliveryStatus.Failed, "There is no key of the identity API to sign with."), ct);
            return;
        }
        var outcome = await sender.SendAsync(delivery.Url, headers, body, WebhookFamily.Of(delivery.Event), ct);
        var note = outcome.Succeeded && delivery.Event == WebhookEvents.DataRequest ? await TakeAnswerAsync(delivery.LinkId!, outcome.Body, ct) : null;
        var after = delivery.With(outcome, time.Now(), note, deadline);
        if (after.NextAttemptAt is { } due)
            await queues.Webhooks.SendAsync(task with { Attempt = task.Attempt + 1, Pauses = 0 }, $"{delivery.WebhookId}:{task.Attempt + 1}", due, ct);
        await SaveAsync(after, ct);
        await health.NoteAsync(partner, delivery.Url, outcome, time.Now(), ct);
        if (!outcome.Succeeded)
            Log.AttemptFailed(logger, delivery.WebhookId, delivery.Event, partnerId.Value, task.Attempt, outcome.Status, outcome.Error, after.Status);
    }

    /// <summary>
    /// A 2xx answer to <c>user.data_request</c> whose body is <c>{ "userData": { … } }</c> is the partner's answer, exactly as if it had been PUT (architecture, section 7). Anything
    /// else means that it was received.
    /// </summary>
    private async Task<string?> TakeAnswerAsync(string linkId, byte[] body, CancellationToken ct)
    {
        if (body.Length == 0 || JsonInput.Parse(body) is not { Refusal: null } answer || !answer.Input.Has("userData"))
            return null;
        var data = answers.ReadData(answer.Input);
        var reference = answer.Input.Matching("referenceId", ReferenceId.Pattern, ReferenceId.Rule);
        if (answer.Error is { } error)
            return $"The answer's userData was not accepted: {string.Join("; ", error.Details.Select(detail => $"{detail.Field} {detail.Message}"))}.";
        return await answers.ExecuteAsync(DataRequestId.Of(LinkId.FromStorage(linkId)), reference, data!, ct) switch
        {
            AnswerResult.Refused refused => $"The answer's userData was not accepted: {refused.Error.Code}.",
            _ => "The answer's userData was merged.",
        };
    }

    private async Task SaveAsync(Delivery delivery, CancellationToken ct)
    {
        try
        {
            await tables.Deliveries.UpdateEntityAsync(delivery.ToRow(), delivery.ETag, TableUpdateMode.Replace, ct);
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            // A second copy of this message recorded the attempt meanwhile; both sent the same id, which the receiver knows how to drop.
        }
    }

    private async Task<DataRequest?> ReadRequestAsync(Delivery delivery, CancellationToken ct)
    {
        var id = DataRequestId.Of(LinkId.FromStorage(delivery.LinkId!));
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(delivery.EventPartition, DataRequest.RowKeyOf(id), cancellationToken: ct);
        if (!row.HasValue)
            return null;
        var reference = ReferenceId.FromStorage(delivery.EventPartition[(delivery.Partner.Value.Length + 1)..]);
        return DataRequest.FromRow(row.Value!, new PersonKey(delivery.Partner, reference), id);
    }

    private async Task<byte[]?> ReadBodyAsync(Delivery delivery, CancellationToken ct)
    {
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(delivery.EventPartition, EventRow.RowKeyOf(delivery.Id), ["Body"], ct);
        return row.HasValue ? Encoding.UTF8.GetBytes(row.Value!.Text("Body")) : null;
    }
}

/// <summary>A message of the queue <c>webhooks</c>: pointers only.</summary>
/// <param name="Partner">Partner id.</param>
/// <param name="Id">The event.</param>
/// <param name="Attempt">Number of the attempt to make.</param>
/// <param name="Cycle">The cycle that it belongs to.</param>
/// <param name="ReplayId">Who began that cycle; null for the first one.</param>
/// <param name="Look">How often the cycle was looked for in vain.</param>
/// <param name="Pauses">How often it was put off for an earlier one.</param>
internal sealed record DeliveryTask(string Partner, string Id, int Attempt, int Cycle = 1, string? ReplayId = null, int Look = 0, int Pauses = 0);

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Webhook {WebhookId} ({Event}) to partner {Partner}: attempt {Attempt} failed with {Status} {Error}; now {State}")]
    public static partial void AttemptFailed(ILogger logger, string webhookId, string @event, string partner, int attempt, int? status, string? error, DeliveryStatus state);
}
