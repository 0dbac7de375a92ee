using System.Text.Json;
using Azure.Data.Tables;

namespace Serverless.Local.Tables;

/// <summary>Reads entities from the service's JSON.</summary>
internal static class EntityReader
{
    public const string ETagName = "odata.etag";

    public static T Read<T>(BinaryData json)
        where T : class, ITableEntity
    {
        var reader = new Utf8JsonReader(json.ToMemory().Span);
        reader.Read();
        return Read<T>(ref reader);
    }

    /// <summary>The entities of a query's page.</summary>
    public static List<T> ReadPage<T>(BinaryData json)
        where T : class, ITableEntity
    {
        var entities = new List<T>();
        var reader = new Utf8JsonReader(json.ToMemory().Span);
        if (FindRows(ref reader))
            while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
                entities.Add(Read<T>(ref reader));
        return entities;
    }

    /// <summary>The names of a page of tables.</summary>
    public static List<string> ReadTableNames(BinaryData json)
    {
        using var page = JsonDocument.Parse(json.ToMemory());
        return [.. page.RootElement.GetProperty("value").EnumerateArray().Select(table => table.GetProperty("TableName").GetString()!)];
    }

    private static bool FindRows(ref Utf8JsonReader reader)
    {
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isRows = reader.ValueTextEquals("value"u8);
            reader.Read();
            if (isRows)
                return reader.TokenType == JsonTokenType.StartArray;
            reader.Skip();
        }
        return false;
    }

    private static T Read<T>(ref Utf8JsonReader reader)
        where T : class, ITableEntity =>
        typeof(T) == typeof(TableEntity) ? (T)(object)ReadTableEntity(ref reader) : EntityShape<T>.Instance.Read(ref reader);

    private static TableEntity ReadTableEntity(ref Utf8JsonReader reader)
    {
        var entity = new TableEntity();
        (string Name, string? Type) annotated = default;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (name.EndsWith(Edm.Annotation, StringComparison.Ordinal))
                annotated = (name[..^Edm.Annotation.Length], reader.GetString());
            else if (name is "odata.metadata" || reader.TokenType is JsonTokenType.Null)
                reader.Skip();
            else
                entity.Set(name, ReadValue(ref reader, name == nameof(ITableEntity.Timestamp) ? Edm.DateTime : name == annotated.Name ? annotated.Type : null));
        }
        return entity;
    }

    private static object ReadValue(ref Utf8JsonReader reader, string? type) => type switch
    {
        Edm.Int64 => Read(EdmTypes.Long, ref reader),
        Edm.Double => Read(EdmTypes.Double, ref reader),
        Edm.Guid => Read(EdmTypes.Guid, ref reader),
        Edm.DateTime => Read(EdmTypes.Time, ref reader),
        Edm.Binary => reader.GetBytesFromBase64(),
        _ => reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            // Azurite returns a Double without its type, with a decimal point: only a bare integer is an Int32.
            JsonTokenType.Number => reader.TryGetInt32(out var number) ? (object)number : reader.GetDouble(),
            _ => reader.GetString()!,
        },
    };

    private static TValue Read<TValue>(EdmType<TValue> type, ref Utf8JsonReader reader)
    {
        type.Read(ref reader, out var value);
        return value;
    }

    private static class EdmTypes
    {
        public static readonly EdmType<long> Long = EdmType.Of<long>();
        public static readonly EdmType<double> Double = EdmType.Of<double>();
        public static readonly EdmType<Guid> Guid = EdmType.Of<Guid>();
        public static readonly EdmType<DateTimeOffset> Time = EdmType.Of<DateTimeOffset>();
    }
}
