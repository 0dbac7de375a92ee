using Azure.Data.Tables;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Observability;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Links;

/// <summary>
/// Activity, the last net: announces again what was committed about a link and never followed up.
/// </summary>
internal sealed class AnnounceForgottenEvents(AppTables tables, AppQueues queues, LinkIndex index, TimeProvider time)
{
    public const string Name = nameof(AnnounceForgottenEvents);

    /// <summary>What is younger is being followed up right now.</summary>
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
            if (
                row.GetDateTimeOffset("FollowedUpAt") is not null
                || !EventRow.TryParseKey(row.RowKey, out var id)
                || time.GetUtcNow() - id.Time < Grace
            )
                continue;
            // An id of its own: the first announcement's may still be remembered by duplicate detection.
            await queues.Events.SendAsync(
                new Announcement(owner.Partner.Value, owner.Reference.Value, id.Text, 0),
                $"{id}:forgotten",
                due: null,
                ct
            );
        }
    }
}
