using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Webhooks.Endpoints;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// Queue <c>webhooks</c>: one attempt for each message: check that it is still due, send, record the outcome. An
/// attempt that may not be made now goes back to the queue, a little later.
/// </summary>
internal sealed class DeliverWebhook(
    AppQueues queues,
    DueDeliveries dues,
    DeliveryOrder order,
    AttemptPermits permits,
    AttemptSender sender,
    AttemptRecorder recorder
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
            case DueDelivery.None:
                // Whoever made the last attempt may have died before it was counted.
                await recorder.CountIfOverAsync(PartnerId.FromStorage(task.Partner), Ulid.FromStorage(task.Id), ct);
                break;
            case DueDelivery.Unwanted unwanted:
                await recorder.TryCloseAsync(unwanted.Delivery, unwanted.Status, unwanted.Note, ct);
                break;
            case DueDelivery.Ready due:
                if (!await order.IsTurnOfAsync(due.Delivery, task, ct))
                    break;
                if (await permits.AskAsync(task, due, ct) is { } place)
                    await AttemptAsync(task, due, place, ct);
                break;
            case var other:
                throw new InvalidOperationException($"Nothing handles {other.GetType().Name}.");
        }
    }

    private async Task AttemptAsync(DeliveryTask task, DueDelivery.Ready due, GatePass place, CancellationToken ct)
    {
        using var held = place;
        switch (await sender.SendAsync(due, place, ct))
        {
            case SendResult.Attempted { Outcome: var outcome }:
                // Free the place before recording: the next attempt need not wait for storage.
                place.End(outcome);
                await recorder.RecordAsync(task, due, outcome, ct);
                break;
            case SendResult.GivenUp:
                await permits.PutBackAsync(task, due.Delivery, ct);
                break;
            case SendResult.NoKey:
                await recorder.TryCloseAsync(
                    due.Delivery,
                    DeliveryStatus.Failed,
                    "There is no key of the identity API to sign with.",
                    ct
                );
                break;
            case var other:
                throw new InvalidOperationException($"Nothing handles {other.GetType().Name}.");
        }
    }
}
