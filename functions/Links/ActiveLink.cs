using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Links;

/// <summary>The pointer to a person's active link.</summary>
internal sealed record ActiveLink(PersonKey Owner, LinkId LinkId, DateTimeOffset ExpiresAt) : IRow<ActiveLink>
{
    public const string RowKey = "link|active";

    public static RowKind Kind { get; } = RowKind.Single(RowKey, PersonalPart.None) with { IsAlwaysRead = true };

    /// <summary>True while the link can be used; a stale pointer (its timer is late) does not count.</summary>
    public bool IsLive(DateTimeOffset now) => now < ExpiresAt;

    public static ActiveLink FromRow(TableEntity row) =>
        new(PersonKey.FromPartition(row.PartitionKey), LinkId.FromStorage(row.Text("LinkId")), row.Time("ExpiresAt"));

    public TableEntity ToRow() => new(Owner.Partition, RowKey) { ["LinkId"] = LinkId.Value, ["ExpiresAt"] = ExpiresAt };
}
