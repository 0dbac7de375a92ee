using Azure.Data.Tables;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Storage;

/// <summary>
/// A kind of row: where its rows stand in a partition, and what of them is personal. Each record declares its own, once;
/// what an erasure deletes follows from it.
/// </summary>
internal sealed record RowKind
{
    private RowKind(string prefix, bool isSingle, PersonalPart personal) =>
        (Prefix, IsSingle, Personal) = (prefix, isSingle, personal);

    /// <summary>What the row keys begin with; of a single row the whole key.</summary>
    public string Prefix { get; }

    /// <summary>True where a partition has at most one such row.</summary>
    public bool IsSingle { get; }

    /// <summary>What goes when the person is erased.</summary>
    public PersonalPart Personal { get; }

    /// <summary>True where every reading of the partition reads these rows, too: there must be few.</summary>
    public bool IsAlwaysRead { get; init; }

    /// <summary>
    /// True for rows that something follows later (events, and what orchestrations are about): they keep the trace of
    /// the change that wrote them first.
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

    // The next character is behind every key that begins with the prefix.
    private string AfterPrefix => Prefix[..^1] + (char)(Prefix[^1] + 1);
}

/// <summary>What of a row speaks of the person.</summary>
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

    /// <summary>A part inside of columns: <paramref name="remove"/> takes it out, and gives whether there was one.</summary>
    public static PersonalPart Inside(Func<TableEntity, bool> remove) => new(remove);

    /// <summary>Takes the personal part out of a row that is not deleted; false where it has none.</summary>
    public bool RemoveFrom(TableEntity row) => _remove is not null && _remove(row);
}

/// <summary>A record that is written as a row of a partition.</summary>
internal interface IRow
{
    /// <summary>Where such rows stand.</summary>
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
    /// <summary>Makes a kind of row known to the unit of work and to the erasure.</summary>
    public static void AddRow<T>(this IServiceCollection services)
        where T : IRow => services.AddSingleton(T.Kind);
}
