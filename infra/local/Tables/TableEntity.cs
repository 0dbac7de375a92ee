using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Serverless.Local.Tables;

namespace Azure.Data.Tables;

/// <summary>A row as a dictionary. Values are int, long, double, bool, string, Guid, DateTimeOffset or byte[].</summary>
public sealed class TableEntity : ITableEntity, IDictionary<string, object>
{
    private readonly Dictionary<string, object> _properties;

    public TableEntity()
        : this((IDictionary<string, object>?)null)
    {
    }

    public TableEntity(string partitionKey, string rowKey)
        : this()
    {
        PartitionKey = partitionKey;
        RowKey = rowKey;
    }

    public TableEntity(IDictionary<string, object>? values) => _properties = values is null ? [] : new Dictionary<string, object>(values);

    public string PartitionKey
    {
        get => GetString(nameof(PartitionKey))!;
        set => _properties[nameof(PartitionKey)] = value;
    }

    public string RowKey
    {
        get => GetString(nameof(RowKey))!;
        set => _properties[nameof(RowKey)] = value;
    }

    public DateTimeOffset? Timestamp
    {
        get => GetDateTimeOffset(nameof(Timestamp));
        set => _properties[nameof(Timestamp)] = value!;
    }

    public ETag ETag
    {
        get => GetString(EntityReader.ETagName) is { Length: > 0 } etag ? new ETag(etag) : default;
        set => _properties[EntityReader.ETagName] = value.ToString();
    }

    public ICollection<string> Keys => _properties.Keys;

    public int Count => _properties.Count;

    ICollection<object> IDictionary<string, object>.Values => _properties.Values;

    bool ICollection<KeyValuePair<string, object>>.IsReadOnly => false;

    /// <summary>A property's value; null when there is none. A number that is set keeps the kind of the number that it replaces.</summary>
    [AllowNull]
    public object this[string key]
    {
        get => _properties.TryGetValue(key, out var value) ? value : null!;
        set => _properties[key] = (_properties.GetValueOrDefault(key), value) switch
        {
            (long, int number) => (long)number,
            (double, int number) => (double)number,
            (double, long number) => (double)number,
            _ => value!,
        };
    }

    /// <exception cref="InvalidOperationException">The property is of another type; so for all of these.</exception>
    public string? GetString(string key) => Get<string>(key);

    public byte[]? GetBinary(string key) => _properties.GetValueOrDefault(key) is BinaryData data ? data.ToArray() : Get<byte[]>(key);

    public BinaryData? GetBinaryData(string key) =>
        _properties.GetValueOrDefault(key) is byte[] bytes ? BinaryData.FromBytes(bytes) : Get<BinaryData>(key);

    public bool? GetBoolean(string key) => GetValue<bool>(key);

    public DateTime? GetDateTime(string key) =>
        _properties.GetValueOrDefault(key) is DateTimeOffset time ? time.UtcDateTime : GetValue<DateTime>(key);

    public DateTimeOffset? GetDateTimeOffset(string key) =>
        _properties.GetValueOrDefault(key) is DateTime time ? new DateTimeOffset(time) : GetValue<DateTimeOffset>(key);

    public double? GetDouble(string key) => GetValue<double>(key);

    public Guid? GetGuid(string key) => GetValue<Guid>(key);

    public int? GetInt32(string key) => GetValue<int>(key);

    public long? GetInt64(string key) => GetValue<long>(key);

    public void Add(string key, object value) => _properties.Add(key, value);

    public bool ContainsKey(string key) => _properties.ContainsKey(key);

    public bool Remove(string key) => _properties.Remove(key);

    public bool TryGetValue(string key, out object value) => _properties.TryGetValue(key, out value!);

    public void Clear() => _properties.Clear();

    void ICollection<KeyValuePair<string, object>>.Add(KeyValuePair<string, object> item) => Add(item.Key, item.Value);

    bool ICollection<KeyValuePair<string, object>>.Contains(KeyValuePair<string, object> item) => _properties.Contains(item);

    void ICollection<KeyValuePair<string, object>>.CopyTo(KeyValuePair<string, object>[] array, int arrayIndex) =>
        ((ICollection<KeyValuePair<string, object>>)_properties).CopyTo(array, arrayIndex);

    bool ICollection<KeyValuePair<string, object>>.Remove(KeyValuePair<string, object> item) =>
        ((ICollection<KeyValuePair<string, object>>)_properties).Remove(item);

    IEnumerator<KeyValuePair<string, object>> IEnumerable<KeyValuePair<string, object>>.GetEnumerator() => _properties.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _properties.GetEnumerator();

    internal void Set(string key, object value) => _properties[key] = value;

    private T? Get<T>(string key)
        where T : class => _properties.GetValueOrDefault(key) switch
        {
            null => null,
            T value => value,
            var other => throw Mismatch<T>(key, other),
        };

    private T? GetValue<T>(string key)
        where T : struct => _properties.GetValueOrDefault(key) switch
        {
            null => null,
            T value => value,
            var other => throw Mismatch<T>(key, other),
        };

    private static InvalidOperationException Mismatch<T>(string key, object value) =>
        new($"Cannot return {typeof(T)} type for a {value.GetType()} typed property '{key}'.");
}
