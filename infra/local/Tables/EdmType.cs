using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Xml;

namespace Serverless.Local.Tables;

internal delegate void WriteProperty<TValue>(EntityWriter writer, string name, TValue value);

/// <returns>False when the text is none of the type's values; the property then keeps its initial value.</returns>
internal delegate bool ReadProperty<TValue>(ref Utf8JsonReader reader, out TValue value);

/// <summary>How one .NET type is kept in a table.</summary>
internal sealed record EdmType<TValue>(WriteProperty<TValue> Write, ReadProperty<TValue> Read);

internal static class EdmType
{
    private static readonly Dictionary<Type, object> Known = new()
    {
        [typeof(string)] = new EdmType<string?>(
            (writer, name, value) =>
            {
                if (value is not null)
                    writer.Write(name, value);
            },
            (ref reader, out value) =>
            {
                value = Text(ref reader);
                return true;
            }),
        [typeof(bool)] = new EdmType<bool>((writer, name, value) => writer.Write(name, value), (ref reader, out value) => Found(reader.GetBoolean(), out value)),
        [typeof(int)] = new EdmType<int>((writer, name, value) => writer.Write(name, value), (ref reader, out value) => Found(reader.GetInt32(), out value)),
        [typeof(long)] = new EdmType<long>(
            (writer, name, value) => writer.Write(name, value),
            (ref reader, out value) => Found(
                reader.TokenType == JsonTokenType.Number ? reader.GetInt64() : long.Parse(reader.GetString()!, CultureInfo.InvariantCulture), out value)),
        [typeof(ulong)] = new EdmType<ulong>(
            (writer, name, value) => writer.Write(name, value),
            (ref reader, out value) => Found(
                reader.TokenType == JsonTokenType.Number ? reader.GetUInt64() : ulong.Parse(reader.GetString()!, CultureInfo.InvariantCulture), out value)),
        [typeof(double)] = new EdmType<double>(
            (writer, name, value) => writer.Write(name, value),
            (ref reader, out value) => Found(
                reader.TokenType == JsonTokenType.Number ? reader.GetDouble() : double.Parse(reader.GetString()!, CultureInfo.InvariantCulture), out value)),
        [typeof(float)] = new EdmType<float>((writer, name, value) => writer.WriteUntyped(name, (decimal)value), NotRead),
        [typeof(decimal)] = new EdmType<decimal>((writer, name, value) => writer.WriteUntyped(name, value), NotRead),
        [typeof(Guid)] = new EdmType<Guid>((writer, name, value) => writer.Write(name, value), (ref reader, out value) => Found(Guid.Parse(reader.GetString()!), out value)),
        [typeof(DateTimeOffset)] = new EdmType<DateTimeOffset>(
            (writer, name, value) => writer.Write(name, value), (ref reader, out value) => Found(reader.GetDateTimeOffset(), out value)),
        [typeof(DateTime)] = new EdmType<DateTime>(
            (writer, name, value) => writer.Write(name, value), (ref reader, out value) => Found(reader.GetDateTimeOffset().UtcDateTime, out value)),
        [typeof(TimeSpan)] = new EdmType<TimeSpan>(
            (writer, name, value) => writer.Write(name, XmlConvert.ToString(value)), (ref reader, out value) => Found(XmlConvert.ToTimeSpan(reader.GetString()!), out value)),
        [typeof(byte[])] = new EdmType<byte[]?>(
            (writer, name, value) =>
            {
                if (value is not null)
                    writer.Write(name, value);
            },
            (ref reader, out value) => Found(reader.GetBytesFromBase64(), out value)),
        [typeof(BinaryData)] = new EdmType<BinaryData?>(
            (writer, name, value) =>
            {
                if (value is not null)
                    writer.Write(name, value.ToMemory().Span);
            },
            (ref reader, out value) => Found(BinaryData.FromBytes(reader.GetBytesFromBase64()), out value)),
    };

    public static EdmType<TValue> Of<TValue>()
    {
        if (Known.TryGetValue(typeof(TValue), out var known))
            return (EdmType<TValue>)known;
        if (typeof(TValue).IsEnum)
            return (EdmType<TValue>)Make(nameof(OfEnum), typeof(TValue));
        return Nullable.GetUnderlyingType(typeof(TValue)) is { } underlying ? (EdmType<TValue>)Make(nameof(OfNullable), underlying) : Unsupported<TValue>();
    }

    private static object Make(string method, Type type) =>
        typeof(EdmType).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, null)!;

    private static EdmType<TEnum> OfEnum<TEnum>()
        where TEnum : struct, Enum => new(
            (writer, name, value) => writer.Write(name, value.ToString()),
            (ref reader, out value) => Enum.TryParse(Text(ref reader), out value) && Enum.IsDefined(value));

    private static EdmType<TValue?> OfNullable<TValue>()
        where TValue : struct
    {
        var type = Of<TValue>();
        return new EdmType<TValue?>(
            (writer, name, value) =>
            {
                if (value is not null)
                    type.Write(writer, name, value.Value);
            },
            (ref reader, out value) =>
            {
                var found = type.Read(ref reader, out var inner);
                value = inner;
                return found;
            });
    }

    private static EdmType<TValue> Unsupported<TValue>() => new(
        (_, name, value) =>
        {
            if (value is not null)
                throw new NotSupportedException($"Not supported type {typeof(TValue)} of property {name}");
        },
        NotRead);

    private static bool NotRead<TValue>(ref Utf8JsonReader reader, out TValue value)
    {
        value = default!;
        return false;
    }

    private static bool Found<TValue>(TValue found, out TValue value)
    {
        value = found;
        return true;
    }

    private static string? Text(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString() : System.Text.Encoding.UTF8.GetString(reader.ValueSpan);
}
