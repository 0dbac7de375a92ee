using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>
/// Pictures of documents, encrypted with the person's data key and split into rows: <c>file|{owner}|{number}</c>. They
/// exceed the limit of a transaction (4 MiB), so they are written before it under the id of the record that refers to
/// them; if that record is never written, nothing refers to them.
/// </summary>
internal sealed class IdPictures(AppTables tables)
{
    private const int PropertySize = 64 * 1024;

    /// <summary>
    /// Azure limits a row to 1 MiB of data; Azurite counts its JSON, which is a third larger. 11 properties fit both.
    /// </summary>
    private const int PropertiesARow = 11;

    /// <summary>The most rows that a picture has; sealing adds a few bytes.</summary>
    private const int MostRows = (UserData.MaxImageBytes / (PropertySize * PropertiesARow)) + 2;

    public static RowKind Kind { get; } = RowKind.Many("file|", PersonalPart.Whole);

    /// <summary>Stores a picture.</summary>
    /// <param name="person">Whose it is.</param>
    /// <param name="image">The picture.</param>
    /// <param name="owner">The record that refers to it.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>The number of rows.</returns>
    public async Task<int> StoreAsync(Person person, byte[] image, string owner, CancellationToken ct)
    {
        var bytes = await person.SealAsync(image, HeldField.PurposeOf(UserData.IdImagePath), ct);
        var rows = 0;
        foreach (var part in bytes.Chunk(PropertySize).Chunk(PropertiesARow))
        {
            var row = new TableEntity(person.Key.Partition, RowKeyOf(owner, rows++));
            for (var i = 0; i < part.Length; i++)
                row[$"P{i:00}"] = part[i];
            await tables.Users.UpsertEntityAsync(row, TableUpdateMode.Replace, ct);
        }
        return rows;
    }

    /// <summary>
    /// Replaces an earlier picture of the same record. The old one may have had more rows, so the surplus is deleted.
    /// </summary>
    public async Task ReplaceAsync(Person person, byte[] image, string owner, CancellationToken ct)
    {
        for (var rows = await StoreAsync(person, image, owner, ct); rows < MostRows; rows++)
            await tables.Users.DeleteEntityAsync(person.Key.Partition, RowKeyOf(owner, rows), ETag.All, ct);
    }

    /// <summary>The picture of a record; null where there is none.</summary>
    public async Task<byte[]?> ReadAsync(Person person, string owner, CancellationToken ct)
    {
        // '}' is the character after '|', which ends the owner's id.
        var (first, end) = (Kind.KeyOf($"{owner}|"), Kind.KeyOf(owner + "}"));
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {person.Key.Partition} and RowKey ge {first} and RowKey lt {end}"
        );
        using var bytes = new MemoryStream();
        await foreach (var row in tables.Users.QueryAsync<TableEntity>(filter, cancellationToken: ct))
        {
            for (var i = 0; i < PropertiesARow && row.GetBinary($"P{i:00}") is { } part; i++)
                bytes.Write(part);
        }
        return bytes.Length == 0
            ? null
            : await person.OpenBytesAsync(bytes.ToArray(), HeldField.PurposeOf(UserData.IdImagePath), ct);
    }

    private static string RowKeyOf(string owner, int number) => Kind.KeyOf($"{owner}|{number:00}");
}
