using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Azure.Data.Tables;

namespace Serverless.Local.Tables;

/// <summary>Writes one entity as JSON with its EDM types, and measures it as the service does.</summary>
internal sealed class EntityWriter : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
    private readonly Utf8JsonWriter _json;
    private int _properties;
    private long _bytes = 4;

    private EntityWriter(IBufferWriter<byte> target) => _json = new Utf8JsonWriter(target, Options);

    /// <exception cref="Azure.RequestFailedException">The entity breaks a limit of the service.</exception>
    /// <exception cref="NotSupportedException">A property is of a type that tables do not have.</exception>
    public static void Write(ITableEntity entity, IBufferWriter<byte> target)
    {
        TableLimits.CheckKeys(entity);
        using var writer = new EntityWriter(target);
        writer._json.WriteStartObject();
        if (entity is IDictionary<string, object> properties)
        {
            foreach (var (name, value) in properties)
                if (value is not null && name is not (EntityReader.ETagName or nameof(ITableEntity.Timestamp)))
                    writer.WriteValue(name, value);
        }
        else
        {
            EntityShape.Of(entity.GetType()).Write(entity, writer);
        }
        writer._json.WriteEndObject();
        writer._json.Flush();
        TableLimits.CheckEntity(writer._properties, writer._bytes);
    }

    public void Write(string name, string value)
    {
        Measure(name, name is nameof(ITableEntity.PartitionKey) or nameof(ITableEntity.RowKey) ? 2 * value.Length : (2 * value.Length) + 4);
        _json.WriteString(name, value);
    }

    public void Write(string name, bool value)
    {
        Measure(name, 1);
        _json.WriteBoolean(name, value);
    }

    public void Write(string name, int value)
    {
        Measure(name, 4);
        _json.WriteNumber(name, value);
    }

    public void Write(string name, long value)
    {
        Measure(name, 8);
        Annotate(name, Edm.Int64);
        _json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
    }

    public void Write(string name, ulong value)
    {
        Measure(name, 8);
        Annotate(name, Edm.Int64);
        _json.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
    }

    public void Write(string name, double value)
    {
        Measure(name, 8);
        Annotate(name, Edm.Double);
        if (double.IsNaN(value))
            _json.WriteString(name, "NaN");
        else
            _json.WriteNumber(name, value);
    }

    /// <summary>A number without a type, as the real client sends float and decimal; it cannot be read back into them.</summary>
    public void WriteUntyped(string name, decimal value)
    {
        Measure(name, 8);
        _json.WriteNumber(name, value);
    }

    public void Write(string name, Guid value)
    {
        Measure(name, 16);
        Annotate(name, Edm.Guid);
        _json.WriteString(name, value);
    }

    public void Write(string name, DateTimeOffset value)
    {
        TableLimits.CheckDate(name, value.UtcDateTime);
        Measure(name, 8);
        Annotate(name, Edm.DateTime);
        Span<char> text = stackalloc char[28];
        value.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture);
        _json.WriteString(name, text);
    }

    public void Write(string name, DateTime value)
    {
        if (value.Kind != DateTimeKind.Utc)
            throw new NotSupportedException($"DateTime {value} has a Kind of {value.Kind}. Azure SDK requires it to be UTC.");
        Write(name, new DateTimeOffset(value));
    }

    public void Write(string name, ReadOnlySpan<byte> value)
    {
        Measure(name, value.Length + 4);
        Annotate(name, Edm.Binary);
        _json.WriteBase64String(name, value);
    }

    public void Dispose() => _json.Dispose();

    private void WriteValue(string name, object value)
    {
        switch (value)
        {
            case string text: Write(name, text); break;
            case bool flag: Write(name, flag); break;
            case int number: Write(name, number); break;
            case long number: Write(name, number); break;
            case ulong number: Write(name, number); break;
            case double number: Write(name, number); break;
            case float number: WriteUntyped(name, (decimal)number); break;
            case decimal number: WriteUntyped(name, number); break;
            case Guid id: Write(name, id); break;
            case DateTimeOffset time: Write(name, time); break;
            case DateTime time: Write(name, time); break;
            case byte[] bytes: Write(name, bytes); break;
            case BinaryData bytes: Write(name, bytes.ToMemory().Span); break;
            default: throw new NotSupportedException($"Not supported type {value.GetType()} of property {name}");
        }
    }

    private void Annotate(string name, string type) => _json.WriteString(string.Concat(name, Edm.Annotation), type);

    private void Measure(string name, long valueBytes)
    {
        if (name is nameof(ITableEntity.PartitionKey) or nameof(ITableEntity.RowKey))
        {
            _bytes += valueBytes;
            return;
        }
        TableLimits.CheckName(name);
        _properties++;
        _bytes += 8 + (2 * name.Length) + valueBytes;
    }
}

/// <summary>The names of the service's types in JSON.</summary>
internal static class Edm
{
    public const string Annotation = "@odata.type";
    public const string Int64 = "Edm.Int64";
    public const string Double = "Edm.Double";
    public const string Guid = "Edm.Guid";
    public const string DateTime = "Edm.DateTime";
    public const string Binary = "Edm.Binary";
}
