using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Storage;

/// <summary>
/// A kind of row: its key prefix and which part of it is personal. Each record type declares its own; an erasure
/// follows these declarations.
/// </summary>
internal sealed record RowKind
{
    private RowKind(string prefix, bool isSingle, PersonalPart personal) =>
        (Prefix, IsSingle, Personal) = (prefix, isSingle, personal);

    /// <summary>Prefix of the row keys; for a single row, the whole key.</summary>
    public string Prefix { get; }

    /// <summary>True where a partition has at most one such row.</summary>
    public bool IsSingle { get; }

    /// <summary>What an erasure removes.</summary>
    public PersonalPart Personal { get; }

    /// <summary>True for rows that every read of the partition includes: there must be few.</summary>
    public bool IsAlwaysRead { get; init; }

    /// <summary>
    /// True for rows that are processed later (events, records with an orchestration): they keep the trace of the
    /// change that created them.
    /// </summary>
    public bool IsTraced { get; init; }

    /// <summary>A row that a partition has once.</summary>
    public static RowKind Single(string rowKey, PersonalPart personal) => new(rowKey, isSingle: true, personal);

    /// <summary>Rows whose keys are a prefix and an id.</summary>
    public static RowKind Many(string prefix, PersonalPart personal) => new(prefix, isSingle: false, personal);

    /// <summary>The row key of an id.</summary>
    public string KeyOf(object id) => Prefix + id;

    /// <summary>The id in a row key of this kind.</summary>
    public string IdIn(string rowKey) => rowKey[Prefix.Length..];

    /// <summary>True for a row key of this kind.</summary>
    public bool Covers(string rowKey) =>
        IsSingle ? rowKey == Prefix : rowKey.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The condition of a query that finds the rows of this kind in any partition.</summary>
    public string Filter =>
        IsSingle
            ? TableClient.CreateQueryFilter($"RowKey eq {Prefix}")
            : TableClient.CreateQueryFilter($"(RowKey ge {Prefix} and RowKey lt {AfterPrefix})");

    /// <summary>The condition of a query that finds them in one partition.</summary>
    public string FilterIn(string partition) =>
        TableClient.CreateQueryFilter($"PartitionKey eq {partition}") + " and " + Filter;

    // The first key after all keys with this prefix.
    private string AfterPrefix => Prefix[..^1] + (char)(Prefix[^1] + 1);
}

/// <summary>The personal part of a row.</summary>
internal sealed class PersonalPart
{
    private readonly Func<TableEntity, bool>? _remove;

    private PersonalPart(Func<TableEntity, bool>? remove) => _remove = remove;

    /// <summary>Nothing: an erasure leaves the row as it is.</summary>
    public static PersonalPart None { get; } = new(_ => false);

    /// <summary>All of it: an erasure deletes the row.</summary>
    public static PersonalPart Whole { get; } = new(null);

    /// <summary>True for a row that an erasure deletes.</summary>
    public bool IsWhole => _remove is null;

    /// <summary>Some columns.</summary>
    public static PersonalPart Columns(params string[] columns) =>
        new(row =>
        {
            var held = columns.Where(row.ContainsKey).ToList();
            held.ForEach(column => row.Remove(column));
            return held.Count > 0;
        });

    /// <summary>
    /// A part of the columns' content: <paramref name="remove"/> removes it and returns whether there was any.
    /// </summary>
    public static PersonalPart Inside(Func<TableEntity, bool> remove) => new(remove);

    /// <summary>Takes the personal part out of a row that is not deleted; false where it has none.</summary>
    public bool RemoveFrom(TableEntity row) => _remove is not null && _remove(row);
}

/// <summary>A record that is written as a row of a partition.</summary>
internal interface IRow
{
    /// <summary>The kind of these rows.</summary>
    static abstract RowKind Kind { get; }

    TableEntity ToRow();
}

/// <summary>A record that is read back, too.</summary>
internal interface IRow<TSelf> : IRow
    where TSelf : class, IRow<TSelf>
{
    static abstract TSelf FromRow(TableEntity row);
}

/// <summary>All kinds of row that a person's partition has.</summary>
internal sealed class RowKinds(IEnumerable<RowKind> kinds)
{
    private readonly List<RowKind> _kinds = [.. kinds];

    public IReadOnlyList<RowKind> All => _kinds;

    /// <summary>The kind of a row; null for a key that none covers.</summary>
    public RowKind? Find(string rowKey) => _kinds.Find(kind => kind.Covers(rowKey));

    /// <summary>The kind of a row that is to be written.</summary>
    /// <exception cref="InvalidOperationException">
    /// No registered kind covers it, so that an erasure would not know what to do with it.
    /// </exception>
    public RowKind Require(string rowKey) =>
        Find(rowKey)
        ?? throw new InvalidOperationException(
            $"No kind of row is registered for '{rowKey.Split('|')[0]}': add it in the folder's …Services.cs."
        );
}

internal static class RowKindServices
{
    /// <summary>Registers a kind of row for the unit of work and the erasure.</summary>
    public static void AddRow<T>(this IServiceCollection services)
        where T : IRow => services.AddSingleton(T.Kind);
}
