using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>
/// A value that once arrived for a field, whether it won or was ignored: rows <c>history|{path}|{ulid}</c>.
/// </summary>
/// <param name="Field">The value as it arrived.</param>
/// <param name="Id">When it arrived; orders values of the same time.</param>
/// <param name="Applied">True if it replaced the held value.</param>
internal sealed record FieldHistory(HeldField Field, Ulid Id, bool Applied) : IRow<FieldHistory>
{
    public static RowKind Kind { get; } = RowKind.Many("history|", PersonalPart.Whole);

    public static FieldHistory FromRow(TableEntity row)
    {
        var (path, id) = Kind.IdIn(row.RowKey).Split('|') is [var first, var last]
            ? (first, last)
            : throw new FormatException("A row of a field's history names no field.");
        var field = new TableEntity(row) { RowKey = HeldField.RowKeyOf(path) };
        return new FieldHistory(HeldField.FromRow(field), Ulid.FromStorage(id), row.GetBoolean("Applied") == true);
    }

    public TableEntity ToRow() =>
        new(Field.ToRow()) { RowKey = Kind.KeyOf($"{Field.Path}|{Id}"), ["Applied"] = Applied };
}
