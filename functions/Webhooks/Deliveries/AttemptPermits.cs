using Serverless.Functions.Events;
using Serverless.Functions.Observability;
using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Endpoints;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// Whether a due attempt may be made now. <see cref="EndpointGate"/> decides; a refused attempt goes back to the
/// queue, because waiting here would block other partners' messages on this instance.
/// </summary>
internal sealed class AttemptPermits(EndpointGate gate, AppQueues queues, TimeProvider time)
{
    /// <summary>Requests a place for an attempt.</summary>
    /// <param name="task">The attempt's message.</param>
    /// <param name="due">What is to be sent.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>The place; null if the message was sent again for later.</returns>
    public async Task<GatePass?> AskAsync(DeliveryTask task, DueDelivery.Ready due, CancellationToken ct)
    {
        var (delivery, partner) = (due.Delivery, due.Partner);
        var now = time.GetUtcNow();
        if (delivery.NextAttemptAt is { } dueAt)
            Metrics.Backlog.Record(Math.Max(0, (now - dueAt).TotalSeconds));
        var endpoint = partner.Endpoint;
        var request = new GateRequest(
            partner.Id,
            delivery.Url,
            DeliveryHold.IgnoresCircuit(task, delivery.IsUrgent, now),
            delivery.IsUrgent,
            IsFailing: delivery.Url == endpoint.Url && endpoint.Status.State == EndpointState.Failing
        );
        var admission = gate.Enter(request);
        if (admission is Admission.Admitted { Pass: var place })
            return place;
        await HoldAsync(task, delivery, admission, ct);
        return null;
    }

    /// <summary>Sends the message of a cancelled attempt again, as if there had been no place.</summary>
    /// <param name="task">The attempt's message.</param>
    /// <param name="delivery">The delivery.</param>
    /// <param name="ct">Cancels the call.</param>
    public Task PutBackAsync(DeliveryTask task, Delivery delivery, CancellationToken ct) =>
        HoldAsync(task, delivery, gate.GivenUp(delivery.IsUrgent), ct);

    private Task HoldAsync(DeliveryTask task, Delivery delivery, Admission refusal, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var held = DeliveryHold.Held(task, now);
        // The message id includes the cycle: if a cycle ends before this attempt is made, the next cycle's first
        // attempt has the same number.
        return queues.Webhooks.SendAsync(
            held,
            $"{delivery.WebhookId}:cycle{held.Cycle}:{held.Attempt}:held{held.Held}",
            DeliveryHold.DueAt(held, delivery.WebhookId, refusal, delivery.IsUrgent, now),
            ct
        );
    }
}
