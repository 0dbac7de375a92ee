using System.Text;
using Azure.Data.Tables;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Users;

/// <content>The person's values: sealed with its data key, merged by precedence.</content>
internal sealed partial class Person
{
    /// <summary>Where the held fields came from, by path.</summary>
    public IReadOnlyDictionary<string, HeldField> Fields =>
        Standing().ToDictionary(held => held.Path, held => HeldField.FromRow(held.Path, held.Row));

    /// <summary>The fields that verification needs and nobody has given.</summary>
    public IReadOnlyList<string> MissingCipFields => [.. UserData.CipFields.Where(path => !IsHeld(FieldPrefix + path))];

    /// <summary>True for a value that was read, and for one that this change brings.</summary>
    private bool IsHeld(string rowKey) => _rows.ContainsKey(rowKey) || _writes.GetValueOrDefault(rowKey) is not null;

    /// <summary>A value in clear; null when it is not held.</summary>
    public async ValueTask<string?> ReadAsync(string path, CancellationToken ct) =>
        _rows.GetValueOrDefault(FieldPrefix + path) is { } row ? await OpenAsync(path, row, ct) : null;

    /// <summary>The value of a row of a field or of its history, in clear.</summary>
    public async ValueTask<string> OpenAsync(string path, TableEntity row, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        return Encoding.UTF8.GetString(Sealed.Open(row.GetBinary("Value"), key, Purpose(path)));
    }

    /// <summary>The names that are held, in clear, for showing which person a link is for.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadNamesAsync(CancellationToken ct)
    {
        var names = new Dictionary<string, string>();
        foreach (
            var (path, _) in Standing()
                .Where(field => field.Path.StartsWith("name.", StringComparison.Ordinal))
                .ToList()
        )
            names[path["name.".Length..]] = (await ReadAsync(path, ct))!;
        return names;
    }

    /// <summary>
    /// Merges arriving data by precedence and evaluates the status. A losing value is ignored, which is not an error,
    /// and kept in the field's history.
    /// </summary>
    /// <param name="data">What arrived.</param>
    /// <param name="source">Where from.</param>
    /// <param name="via">The link or data request that it came through.</param>
    /// <param name="at">When.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task MergeAsync(UserData data, FieldSource source, string via, DateTimeOffset at, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        foreach (var (path, value) in data.Fields)
        {
            var arriving = new FieldWrite(source, at, via, value);
            var standing = _rows.GetValueOrDefault(FieldPrefix + path) is { } held
                ? new FieldWrite(
                    FieldSources.Parse(held.Text("Source")),
                    held.Time("At"),
                    held.Text("Via"),
                    await OpenAsync(path, held, ct)
                )
                : null;
            var applied = Precedence.Wins(arriving, standing);
            var row = new TableEntity(Key.Partition, FieldPrefix + path)
            {
                ["Value"] = Sealed.Seal(Encoding.UTF8.GetBytes(value), key, Purpose(path)),
                ["Source"] = source.WireName(),
                ["At"] = at,
                ["Via"] = via,
            };
            if (applied)
                Write(row);
            // After a failed verification, data that changes something is what makes another one worth while. Of a
            // picture only the kind is known here.
            if (
                applied
                && Status == UserStatus.CipFailed
                && (path == UserData.IdImagePath || (UserData.CipFields.Contains(path) && value != standing?.Value))
            )
                AllowVerification(at);
            Write(new TableEntity(row) { RowKey = FieldHistory.RowKeyOf(path, Ulid.New(at)), ["Applied"] = applied });
        }
        User["Status"] = UserTransitions
            .AfterMerge(Status, data.Fields.Keys.Concat(Standing().Select(field => field.Path)))
            .ToString();
        Touch(at);
    }

    private const int PropertySize = 64 * 1024;

    /// <summary>
    /// Azure counts the bytes of a row (at most 1 MiB), Azurite those of its JSON, a third more: 11 fit both.
    /// </summary>
    private const int PropertiesARow = 11;

    /// <summary>Keys of the rows that the largest picture would have from a number on.</summary>
    public static IEnumerable<string> ImageRowsFrom(int first, string linkId)
    {
        const int Most = (UserData.MaxImageBytes / (PropertySize * PropertiesARow)) + 2;
        return Enumerable.Range(first, Math.Max(0, Most - first)).Select(number => FileRow(linkId, number));
    }

    private static string FileRow(string linkId, int number) => $"file|{linkId}|{number:00}";

    /// <summary>
    /// What arrived, with a document's number that came without its type read by the type that is held; and what is
    /// wrong with that number, null when nothing is.
    /// </summary>
    public async ValueTask<(UserData Data, ErrorDetail? Problem)> ReadNumberAsync(UserData data, CancellationToken ct)
    {
        if (data.Fields.ContainsKey("idType") || !data.Fields.TryGetValue("idNumber", out var typed))
            return (data, null);
        var type = await ReadAsync("idType", ct);
        return DocumentNumbers.Read(type, typed, out var rule) is { } number
            ? (data with { Fields = new Dictionary<string, string>(data.Fields) { ["idNumber"] = number } }, null)
            : (data, new ErrorDetail("userData.idNumber", rule));
    }

    /// <summary>The picture's bytes as rows of the partition, sealed with the data key.</summary>
    /// <remarks>
    /// They do not fit into the transaction (4 MiB), so they are written before it under the link's id; without the
    /// link nothing refers to them.
    /// </remarks>
    public async Task<IReadOnlyList<TableEntity>> SealImageAsync(byte[] image, string linkId, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        var bytes = Sealed.Seal(image, key, Purpose(UserData.IdImagePath));
        var rows = new List<TableEntity>();
        foreach (
            var (part, number) in bytes
                .Chunk(PropertySize)
                .Chunk(PropertiesARow)
                .Select((part, number) => (part, number))
        )
        {
            var row = new TableEntity(Key.Partition, FileRow(linkId, number));
            for (var i = 0; i < part.Length; i++)
                row[$"P{i:00}"] = part[i];
            rows.Add(row);
        }
        return rows;
    }

    /// <summary>Seals a text with the data key, to be kept in another record of the person.</summary>
    public async ValueTask<byte[]> SealAsync(string text, string purpose, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        return Sealed.Seal(Encoding.UTF8.GetBytes(text), key, purpose);
    }

    /// <summary>Opens what <see cref="SealAsync"/> made for the same purpose.</summary>
    public async ValueTask<string> OpenAsync(byte[] sealedText, string purpose, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        return Encoding.UTF8.GetString(Sealed.Open(sealedText, key, purpose));
    }

    private string KeyPurpose => $"data-key|{Key.Partition}";

    private static string Purpose(string path) => $"field|{path}";

    private async ValueTask<byte[]> DataKeyAsync(CancellationToken ct) =>
        _dataKey ??= await _keyRing.UnwrapAsync(User.Text("DataKey"), KeyPurpose, ct);

    private IEnumerable<(string Path, TableEntity Row)> Standing() =>
        _rows
            .Values.Where(row => row.RowKey.StartsWith(FieldPrefix, StringComparison.Ordinal))
            .Select(row => (row.RowKey[FieldPrefix.Length..], row));
}
