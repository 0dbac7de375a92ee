using Azure.Data.Tables;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Observability;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Links;

/// <summary>
/// Activity, the last safety net: announces again the events of a link that were committed but never processed.
/// </summary>
internal sealed class AnnounceForgottenEvents(AppTables tables, AppQueues queues, LinkIndex index, TimeProvider time)
{
    public const string Name = nameof(AnnounceForgottenEvents);

    /// <summary>Younger events are probably being processed right now.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    [Function(Name)]
    public async Task RunAsync([ActivityTrigger] string linkId, CancellationToken ct)
    {
        if (await index.FindOwnerAsync(LinkId.FromStorage(linkId), ct) is not { } owner)
            return;
        var filter =
            EventRow.Kind.FilterIn(owner.Partition) + TableClient.CreateQueryFilter($" and LinkId eq {linkId}");
        await foreach (
            var row in tables.Users.QueryAsync<TableEntity>(
                filter,
                select: ["PartitionKey", "RowKey", "FollowedUpAt", Tracing.Column],
                cancellationToken: ct
            )
        )
        {
            Tracing.Continue(row.GetString(Tracing.Column));
            // Skip events that were processed, and those that are probably being processed now.
            if (
                row.GetDateTimeOffset("FollowedUpAt") is not null
                || !EventRow.TryParseKey(row.RowKey, out var id)
                || time.GetUtcNow() - id.Time < Grace
            )
                continue;
            // A new message id: duplicate detection may still remember the first announcement.
            await queues.Events.SendAsync(
                new Announcement(owner.Partner.Value, owner.Reference.Value, id.Text, 0),
                $"{id}:forgotten",
                due: null,
                ct
            );
        }
    }
}
