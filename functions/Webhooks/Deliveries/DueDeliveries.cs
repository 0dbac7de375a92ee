using System.Text;
using Azure.Data.Tables;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Observability;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>What a message of the queue <c>webhooks</c> requires now.</summary>
internal abstract record DueDelivery
{
    /// <summary>No attempt: it is done, or was never committed.</summary>
    public sealed record None : DueDelivery;

    /// <summary>To be closed without an attempt.</summary>
    public sealed record Unwanted(Delivery Delivery, DeliveryStatus Status, string Note) : DueDelivery;

    /// <summary>An attempt.</summary>
    /// <param name="Delivery">Which delivery.</param>
    /// <param name="Partner">Whose.</param>
    /// <param name="Body">The exact bytes.</param>
    /// <param name="Deadline">After this time it is no longer needed.</param>
    /// <param name="Trace">The trace of the change that it reports.</param>
    public sealed record Ready(Delivery Delivery, Partner Partner, byte[] Body, DateTimeOffset? Deadline, string? Trace)
        : DueDelivery;
}

/// <summary>Checks for every message whether its attempt is still to be made, and collects what it needs.</summary>
internal sealed class DueDeliveries(
    AppTables tables,
    DeliveryCycles cycles,
    PartnerDirectory partners,
    TimeProvider time
)
{
    /// <summary>What a message asks for now.</summary>
    public async Task<DueDelivery> FindAsync(DeliveryTask task, CancellationToken ct)
    {
        var partnerId = PartnerId.FromStorage(task.Partner);
        var id = Ulid.FromStorage(task.Id);
        if (await cycles.FindDueAsync(task, partnerId, id, ct) is not { } queued)
            return new DueDelivery.None();
        if (await ReadEventAsync(queued, ct) is not { } happened)
            return new DueDelivery.None();
        if (await partners.FindAsync(partnerId, ct) is not { } partner)
            return new DueDelivery.None();
        // A URL that was corrected helps what is queued already.
        if (partner.PresentUrlFor(queued.Event, happened.CallbackUrl) is not { } url)
            return new DueDelivery.Unwanted(queued, DeliveryStatus.Failed, "The endpoint is off.");
        var delivery = queued with { Url = url };
        var (body, trace) = (happened.Body, happened.Trace);
        if (delivery.Event != PartnerEvents.DataRequest)
            return new DueDelivery.Ready(delivery, partner, body, Deadline: null, trace);

        // A data request is sent only while somebody waits for its answer.
        var request = await ReadRequestAsync(delivery, ct);
        var status = request?.StatusAt(time.Now()) ?? DataRequestStatus.Cancelled;
        if (status == DataRequestStatus.Pending)
            return new DueDelivery.Ready(delivery, partner, body, request!.ExpiresAt, trace);
        var note = $"The data request is {status.ToString().ToLowerInvariant()}.";
        return new DueDelivery.Unwanted(delivery, DeliveryStatus.Superseded, note);
    }

    private async Task<DataRequest?> ReadRequestAsync(Delivery delivery, CancellationToken ct)
    {
        var id = DataRequestId.Of(LinkId.FromStorage(delivery.LinkId!));
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            delivery.EventPartition,
            DataRequest.RowKeyOf(id),
            cancellationToken: ct
        );
        return row.HasValue ? DataRequest.FromRow(row.Value!) : null;
    }

    private async Task<(byte[] Body, string? CallbackUrl, string? Trace)?> ReadEventAsync(
        Delivery delivery,
        CancellationToken ct
    )
    {
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            delivery.EventPartition,
            EventRow.RowKeyOf(delivery.Id),
            ["Body", "CallbackUrl", Tracing.Column],
            ct
        );
        if (!row.HasValue)
            return null;
        return (
            Encoding.UTF8.GetBytes(row.Value!.Text("Body")),
            row.Value!.GetString("CallbackUrl"),
            row.Value!.GetString(Tracing.Column)
        );
    }
}
