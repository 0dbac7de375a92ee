using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.Webhooks.Replays;

/// <summary>Result of one page; <paramref name="Next"/> is null after the last one.</summary>
internal sealed record ReplayedPage(int Found, int Replayed, string? Next);

/// <summary>
/// Activity: replays a page of deliveries. A delivery that an earlier, crashed run of this activity has replayed is
/// counted and left alone.
/// </summary>
internal sealed class ReplayPage(DeliveryLog log, DeliveryReplay replay, PartnerDirectory partners, TimeProvider time)
{
    public const string Name = nameof(ReplayPage);

    private const int Size = 50;

    [Function(Name)]
    public async Task<ReplayedPage> RunAsync([ActivityTrigger] ReplayOrder order, CancellationToken ct)
    {
        if (!Ulid.TryParse(order.After, out var after))
            return new ReplayedPage(0, 0, null);
        if (await partners.FindAsync(PartnerId.FromStorage(order.Partner), ct) is not { } partner)
            return new ReplayedPage(0, 0, null);
        var page = await log.ReadForwardAsync(partner.Id, after, order.Until, filter: null, Size, ct);
        var (found, replayed) = (0, 0);
        foreach (var delivery in page.Items)
        {
            var before = delivery.ReplayId == order.Id;
            if (!before && !IsWanted(delivery, order.FailedSince, time.Now()))
                continue;
            found++;
            if (
                before
                || await replay.ExecuteAsync(partner, delivery, order.Id, isAskedFor: false, ct) is ReplayResult.Begun
            )
                replayed++;
        }
        return new ReplayedPage(found, replayed, page.Next?.Text);
    }

    private static bool IsWanted(Delivery delivery, DateTimeOffset? failedSince, DateTimeOffset now)
    {
        if (failedSince is not { } since)
            return true;
        var hasFailed = delivery.Status == DeliveryStatus.Failed || delivery.WaitsAt(now);
        return hasFailed && delivery.Attempts is [.., var last] && last.At >= since;
    }
}
