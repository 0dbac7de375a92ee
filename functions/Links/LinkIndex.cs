using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;
using Serverless.Functions.Webhooks;

namespace Serverless.Functions.Links;

/// <summary>
/// The table Links: finds a link's person by the link's id, and lists a partner's links newest first. The truth stands in the person's partition; a row here is written
/// before it (so that a link can be found as soon as it exists) and may be left behind by a creation that lost its race.
/// </summary>
/// <remarks>
/// Partition: partner and the hour counted backwards; row: the id mirrored. Both run newest first, so a range of hours is one range of keys.
/// Each change of a link is a column of its own: merges can arrive in any order.
/// </remarks>
internal sealed class LinkIndex(AppTables tables)
{
    private const long MaxHour = 9_999_999;

    /// <summary>Writes the row of a link to come.</summary>
    public Task AddAsync(Link link, CancellationToken ct) => tables.Links.AddEntityAsync(new TableEntity(PartitionOf(link.Id), link.Id.Id.Inverted)
    {
        ["Reference"] = link.Owner.Reference.Value,
        ["Url"] = link.Url,
        ["UserId"] = link.UserId,
        ["CreatedAt"] = link.CreatedAt,
        ["ExpiresAt"] = link.ExpiresAt,
    }, ct);

    /// <summary>Takes back the row of a link that was not created.</summary>
    public Task RemoveAsync(LinkId id, CancellationToken ct) => tables.Links.DeleteEntityAsync(PartitionOf(id), id.Id.Inverted, ETag.All, ct);

    /// <summary>Whose link this is; null for an unknown id.</summary>
    public async Task<PersonKey?> FindOwnerAsync(LinkId id, CancellationToken ct)
    {
        var row = await tables.Links.GetEntityIfExistsAsync<TableEntity>(PartitionOf(id), id.Id.Inverted, ["Reference"], ct);
        return row.HasValue ? new PersonKey(id.Partner, ReferenceId.FromStorage(row.Value!.Text("Reference"))) : null;
    }

    /// <summary>Copies a link's change into its row.</summary>
    public Task ApplyAsync(Link link, CancellationToken ct) => MergeAsync(link.Id, new Dictionary<string, object>
    {
        ["Committed"] = true,
        ["OpenedAt"] = link.OpenedAt!,
        ["RevokedAt"] = link.RevokedAt!,
    }, ct);

    /// <summary>The same from an event, for the case that the process died between the change and its copy.</summary>
    public Task ApplyAsync(EventRow happened, CancellationToken ct)
    {
        var columns = new Dictionary<string, object> { ["Committed"] = true };
        if (happened.Name == WebhookEvents.LinkOpened)
            columns["OpenedAt"] = happened.Id.Time;
        else if (happened.Name == WebhookEvents.LinkRevoked)
            columns["RevokedAt"] = happened.Id.Time;
        return MergeAsync(LinkId.FromStorage(happened.LinkId), columns, ct);
    }

    /// <summary>The partner's rows of links created in a span, newest first.</summary>
    public AsyncPageable<TableEntity> Read(PartnerId partner, DateTimeOffset? from, DateTimeOffset? to, CancellationToken ct)
    {
        // No link is older than the epoch, from which on the keys' order holds.
        if (from <= DateTimeOffset.UnixEpoch)
            from = null;
        // Hours run backwards: the newest moment gives the lowest key.
        var first = $"{partner}|{(to is { } newest ? HourKey(newest) : "")}";
        var last = $"{partner}|{(from is { } oldest ? HourKey(oldest) : "~")}";
        var filter = TableClient.CreateQueryFilter($"PartitionKey ge {first} and PartitionKey le {last}");
        if (from is { } since)
            filter += TableClient.CreateQueryFilter($" and CreatedAt ge {since}");
        if (to is { } until)
            filter += TableClient.CreateQueryFilter($" and CreatedAt le {until}");
        return tables.Links.QueryAsync<TableEntity>(filter, cancellationToken: ct);
    }

    private Task<Response> MergeAsync(LinkId id, Dictionary<string, object> columns, CancellationToken ct)
    {
        var row = new TableEntity(PartitionOf(id), id.Id.Inverted);
        foreach (var (name, value) in columns)
            row[name] = value;
        return tables.Links.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Merge, ct);
    }

    private static string PartitionOf(LinkId id) => $"{id.Partner}|{HourKey(id.Id.Time)}";

    private static string HourKey(DateTimeOffset at) => $"{MaxHour - (at.ToUnixTimeSeconds() / 3600):0000000}";
}
