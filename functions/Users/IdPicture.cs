using Azure.Data.Tables;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>
/// The picture of a document, sealed with the person's data key: rows <c>file|{owner}|{number}</c>, of a size that a row
/// can hold. They do not fit into the transaction (4 MiB), so they are written before it under the id of the record that
/// refers to them; without that record nothing does.
/// </summary>
internal static class IdPicture
{
    private const int PropertySize = 64 * 1024;

    /// <summary>
    /// Azure counts the bytes of a row (at most 1 MiB), Azurite those of its JSON, a third more: 11 fit both.
    /// </summary>
    private const int PropertiesARow = 11;

    /// <summary>The most rows that a picture has; sealing adds a few bytes.</summary>
    private const int MostRows = (UserData.MaxImageBytes / (PropertySize * PropertiesARow)) + 2;

    public static RowKind Kind { get; } = RowKind.Many("file|", PersonalPart.Whole);

    /// <summary>The picture as rows.</summary>
    /// <param name="person">Whose it is.</param>
    /// <param name="image">The picture.</param>
    /// <param name="owner">The record that refers to it.</param>
    /// <param name="ct">Cancels the call.</param>
    public static async Task<IReadOnlyList<TableEntity>> SealAsync(
        Person person,
        byte[] image,
        string owner,
        CancellationToken ct
    )
    {
        var bytes = await person.SealAsync(image, HeldField.PurposeOf(UserData.IdImagePath), ct);
        var rows = new List<TableEntity>();
        foreach (var part in bytes.Chunk(PropertySize).Chunk(PropertiesARow))
        {
            var row = new TableEntity(person.Key.Partition, RowKeyOf(owner, rows.Count));
            for (var i = 0; i < part.Length; i++)
                row[$"P{i:00}"] = part[i];
            rows.Add(row);
        }
        return rows;
    }

    /// <summary>Keys of the rows that the largest picture would have from a number on.</summary>
    public static IEnumerable<string> RowKeysFrom(int first, string owner) =>
        Enumerable.Range(first, Math.Max(0, MostRows - first)).Select(number => RowKeyOf(owner, number));

    private static string RowKeyOf(string owner, int number) => Kind.KeyOf($"{owner}|{number:00}");
}
