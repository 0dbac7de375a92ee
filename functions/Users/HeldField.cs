using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>The current value of a field, encrypted, and where it came from: rows <c>field|{path}</c>.</summary>
internal sealed record HeldField : IRow<HeldField>
{
    public static RowKind Kind { get; } = RowKind.Many("field|", PersonalPart.Whole) with { IsAlwaysRead = true };

    public required PersonKey Owner { get; init; }
    public required string Path { get; init; }
    public required byte[] SealedValue { get; init; }
    public required FieldSource Source { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The link or data request that it came through.</summary>
    public required string Via { get; init; }

    public static string RowKeyOf(string path) => Kind.KeyOf(path);

    /// <summary>The purpose that a field's value is encrypted for.</summary>
    public static string PurposeOf(string path) => $"field|{path}";

    public static HeldField FromRow(TableEntity row) =>
        new()
        {
            Owner = PersonKey.FromPartition(row.PartitionKey),
            Path = Kind.IdIn(row.RowKey),
            SealedValue = row.Bytes("Value"),
            Source = FieldSources.Parse(row.Text("Source")),
            At = row.Time("At"),
            Via = row.Text("Via"),
        };

    public TableEntity ToRow() =>
        new(Owner.Partition, RowKeyOf(Path))
        {
            ["Value"] = SealedValue,
            ["Source"] = Source.WireName(),
            ["At"] = At,
            ["Via"] = Via,
        };
}
