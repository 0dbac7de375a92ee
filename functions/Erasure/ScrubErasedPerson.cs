using System.Text.Json.Nodes;
using Azure;
using Azure.Data.Tables;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Functions.Erasure;

/// <summary>
/// After an erasure: deletes the values (unreadable by now) and takes out of links, events and deliveries what a
/// partner or a device may have told of the person (metadata, reasons, device, answers). What happened when, under
/// which id, stays for the audit. Every step may run twice.
/// </summary>
internal sealed class ScrubErasedPerson(AppTables tables) : IEventFollower
{
    private static readonly string[] ScrubbedMembers = ["metadata", "reason", "deviceInfo"];
    private static readonly string[] DeletedPrefixes =
    [
        "field|",
        "history|",
        "file|",
        "share|",
        "document|",
        "reliance|",
    ];

    public async Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
    {
        if (happened.Name != InternalEvents.UserErased)
            return;
        var owner = new PersonKey(happened.Partner, happened.Reference);
        await foreach (
            var row in tables.Users.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {owner.Partition}"),
                select: ["PartitionKey", "RowKey", "Body"],
                cancellationToken: ct
            )
        )
        {
            if (Array.Exists(DeletedPrefixes, prefix => row.RowKey.StartsWith(prefix, StringComparison.Ordinal)))
                await tables.Users.DeleteEntityAsync(row.PartitionKey, row.RowKey, ETag.All, ct);
            else if (row.RowKey.StartsWith("link|link_", StringComparison.Ordinal))
                await ReplaceAsync(row, ["Metadata", "Device", "RevokeReason"], ct);
            else if (row.RowKey.StartsWith("operation|", StringComparison.Ordinal))
                await ReplaceAsync(row, ["Method", "CancelReason"], ct);
            else if (row.RowKey.StartsWith("event|", StringComparison.Ordinal))
                await ScrubEventAsync(owner, row, ct);
        }
    }

    private async Task ScrubEventAsync(PersonKey owner, TableEntity row, CancellationToken ct)
    {
        if (!Ulid.TryParse(row.RowKey.AsSpan("event|".Length), out var id))
            return;
        var body = JsonNode.Parse(row.Text("Body"))!;
        foreach (var member in ScrubbedMembers)
            body["data"]?.AsObject().Remove(member);
        var scrubbed = new TableEntity(row.PartitionKey, row.RowKey)
        {
            ["Body"] = body.ToJsonString(StoredJson.Options),
        };
        await tables.Users.UpdateEntityAsync(scrubbed, ETag.All, TableUpdateMode.Merge, ct);

        // What a receiver answered may speak of the person, too.
        var found = await tables.Deliveries.GetEntityIfExistsAsync<TableEntity>(
            Delivery.PartitionOf(owner.Partner, id),
            id.Inverted,
            cancellationToken: ct
        );
        if (!found.HasValue)
            return;
        var delivery = Delivery.FromRow(found.Value!, owner.Partner, id);
        if (delivery.Attempts.All(attempt => attempt.Answer is null))
            return;
        await tables.Deliveries.UpdateEntityAsync(
            (
                delivery with
                {
                    Attempts = [.. delivery.Attempts.Select(attempt => attempt with { Answer = null })],
                }
            ).ToRow(),
            delivery.ETag,
            TableUpdateMode.Replace,
            ct
        );
    }

    private async Task ReplaceAsync(TableEntity row, string[] without, CancellationToken ct)
    {
        // A merge cannot take a column away: the whole row is written again.
        var whole = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            row.PartitionKey,
            row.RowKey,
            cancellationToken: ct
        );
        if (!whole.HasValue || !Array.Exists(without, whole.Value!.ContainsKey))
            return;
        foreach (var column in without)
            whole.Value!.Remove(column);
        await tables.Users.UpdateEntityAsync(whole.Value!, whole.Value!.ETag, TableUpdateMode.Replace, ct);
    }
}
