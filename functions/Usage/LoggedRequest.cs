using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Usage;

/// <summary>
/// A partner's request that was answered: nothing of its query, its body or its path but the template.
/// </summary>
/// <param name="Id">A ULID, whose time is that of the request.</param>
/// <param name="Method">The HTTP method.</param>
/// <param name="Route">The template of the route; null where the path is none of ours.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Code">The error's code; null for a success.</param>
/// <param name="RequestId">The answer's <c>X-Request-Id</c>.</param>
/// <param name="Milliseconds">How long it took.</param>
internal sealed record LoggedRequest(
    string Id,
    string Method,
    string? Route,
    int Status,
    string? Code,
    string RequestId,
    long Milliseconds
);

/// <summary>What an instance logged of a partner in a minute: a row of the table Requests of its day.</summary>
internal static class LoggedMinute
{
    private const string Column = "Requests";

    /// <summary>The most that a binary column holds.</summary>
    private const int ColumnSize = 64 * 1024;

    /// <summary>Newest first, as rows are read.</summary>
    public static TableEntity ToRow(PartnerId partner, Ulid id, IReadOnlyList<LoggedRequest> requests)
    {
        var row = new TableEntity(partner.Value, id.Inverted);
        var parts = JsonSerializer.SerializeToUtf8Bytes(requests, StoredJson.Options).Chunk(ColumnSize);
        foreach (var (part, number) in parts.Select((part, number) => (part, number)))
            row[$"{Column}{number}"] = part;
        return row;
    }

    public static IReadOnlyList<LoggedRequest> FromRow(TableEntity row)
    {
        var bytes = new List<byte>();
        for (var number = 0; row.GetBinary($"{Column}{number}") is { } part; number++)
            bytes.AddRange(part);
        return JsonSerializer.Deserialize<List<LoggedRequest>>(bytes.ToArray(), StoredJson.Options)!;
    }

    /// <summary>Row keys of rows that were written after a moment are at most this.</summary>
    public static string LastKeySince(DateTimeOffset at) => Ulid.First(at).Inverted;
}
