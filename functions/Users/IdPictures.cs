using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>
/// Pictures of documents, sealed with the person's data key: rows <c>file|{owner}|{number}</c>, of a size that a row can
/// hold. They do not fit into the transaction (4 MiB), so they are written before it under the id of the record that
/// refers to them; without that record nothing does.
/// </summary>
internal sealed class IdPictures(AppTables tables)
{
    private const int PropertySize = 64 * 1024;

    /// <summary>
    /// Azure counts the bytes of a row (at most 1 MiB), Azurite those of its JSON, a third more: 11 fit both.
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
    /// <returns>In how many rows it stands.</returns>
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
    /// Stores a picture in the place of an earlier one of the same record, which may have been larger: nothing of that
    /// one is left behind it.
    /// </summary>
    public async Task ReplaceAsync(Person person, byte[] image, string owner, CancellationToken ct)
    {
        for (var rows = await StoreAsync(person, image, owner, ct); rows < MostRows; rows++)
            await tables.Users.DeleteEntityAsync(person.Key.Partition, RowKeyOf(owner, rows), ETag.All, ct);
    }

    private static string RowKeyOf(string owner, int number) => Kind.KeyOf($"{owner}|{number:00}");
}
