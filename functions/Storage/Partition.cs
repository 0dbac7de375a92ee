using Azure.Data.Tables;
using Serverless.Functions.Observability;

namespace Serverless.Functions.Storage;

/// <summary>
/// Unit of work for one partition: the rows as read, and the changes to commit in one transaction. A row that was read
/// is written conditionally on its ETag; any other row is inserted.
/// </summary>
/// <param name="key">Partition key.</param>
/// <param name="read">The rows as read.</param>
/// <param name="kinds">What the partition may hold.</param>
internal sealed class Partition(string key, IEnumerable<TableEntity> read, RowKinds kinds)
{
    /// <summary>Table Storage takes no more in one transaction.</summary>
    public const int MaxWrites = 100;

    private readonly Dictionary<string, TableEntity> _read = read.ToDictionary(row => row.RowKey);
    private readonly Dictionary<string, TableEntity?> _writes = [];
    private readonly Dictionary<string, object> _records = [];

    public string Key { get; } = key;

    /// <summary>True when there is something to commit.</summary>
    public bool IsChanged => _writes.Count > 0;

    /// <summary>The same without the changes.</summary>
    public Partition AsRead() => new(Key, _read.Values, kinds);

    /// <summary>A record as this change leaves it; null if it does not exist or was not read.</summary>
    public T? Find<T>(string rowKey)
        where T : class, IRow<T>
    {
        if (_records.TryGetValue(rowKey, out var known))
            return (T)known;
        if (Row(rowKey) is not { } row)
            return null;
        var record = T.FromRow(row);
        _records[rowKey] = record;
        return record;
    }

    /// <summary>All records of a kind that were read or written, in the order of their keys.</summary>
    public IEnumerable<T> All<T>()
        where T : class, IRow<T> =>
        _read.Keys.Union(_writes.Keys).Where(T.Kind.Covers).Order(StringComparer.Ordinal).Select(Find<T>).OfType<T>();

    /// <summary>True if the row exists after this change.</summary>
    public bool Has(string rowKey) => Row(rowKey) is not null;

    /// <summary>Writes a record's next state, or a new one.</summary>
    public void Put<T>(T record)
        where T : class, IRow
    {
        var row = record.ToRow();
        var kind = kinds.Require(row.RowKey);
        if (kind != T.Kind)
            throw new InvalidOperationException($"'{typeof(T).Name}' stands where '{kind.Prefix}' rows stand.");
        if (kind.IsTraced)
            row[Tracing.Column] = _read.GetValueOrDefault(row.RowKey)?.GetString(Tracing.Column) ?? Tracing.Context;
        _writes[row.RowKey] = row;
        _records[row.RowKey] = record;
    }

    /// <summary>Deletes a row that was read.</summary>
    public void Remove(string rowKey)
    {
        _records.Remove(rowKey);
        if (_read.ContainsKey(rowKey))
            _writes[rowKey] = null;
        else
            _writes.Remove(rowKey);
    }

    /// <summary>The trace of the first of these rows that was read with one.</summary>
    public string? TraceOf(IEnumerable<string> rowKeys) =>
        rowKeys
            .Select(rowKey => _read.GetValueOrDefault(rowKey)?.GetString(Tracing.Column))
            .FirstOrDefault(trace => trace is not null);

    /// <summary>The transaction.</summary>
    /// <exception cref="InvalidOperationException">More than <see cref="MaxWrites"/>.</exception>
    public IReadOnlyList<TableTransactionAction> Transaction() =>
        _writes.Count <= MaxWrites
            ? [.. _writes.Select(write => ActionOf(write.Key, write.Value))]
            : throw new InvalidOperationException($"{_writes.Count} writes are too many for one transaction.");

    private TableTransactionAction ActionOf(string rowKey, TableEntity? written)
    {
        var before = _read.GetValueOrDefault(rowKey);
        if (written is null)
            return new TableTransactionAction(TableTransactionActionType.Delete, before!, before!.ETag);
        return before is null
            ? new TableTransactionAction(TableTransactionActionType.Add, written)
            : new TableTransactionAction(TableTransactionActionType.UpdateReplace, written, before.ETag);
    }

    private TableEntity? Row(string rowKey) =>
        _writes.TryGetValue(rowKey, out var written) ? written : _read.GetValueOrDefault(rowKey);
}
