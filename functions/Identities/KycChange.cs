using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>A change of an account's <c>kyc.status</c>, in the partition of its root: rows <c>kyc|{ulid}</c>.</summary>
/// <param name="Owner">The root.</param>
/// <param name="Id">Its time is that of the change.</param>
/// <param name="Status">What it changed to.</param>
internal sealed record KycChange(PersonKey Owner, Ulid Id, KycStatus Status) : IRow<KycChange>
{
    public static RowKind Kind { get; } = RowKind.Many("kyc|", PersonalPart.None);

    public static KycChange FromRow(TableEntity row) =>
        new(
            PersonKey.FromPartition(row.PartitionKey),
            Ulid.FromStorage(Kind.IdIn(row.RowKey)),
            Enum.Parse<KycStatus>(row.Text("Status"))
        );

    public TableEntity ToRow() => new(Owner.Partition, Kind.KeyOf(Id)) { ["Status"] = Status.ToString() };
}
