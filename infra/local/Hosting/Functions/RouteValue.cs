using System.ComponentModel;
using System.Globalization;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Local.Hosting;

/// <summary>Converts a route value or a message property to the type of the parameter of its name.</summary>
internal static class RouteValue
{
    public static bool IsSupported(Type type)
    {
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        return bare == typeof(string) || bare == typeof(bool) || bare == typeof(Guid) || bare.IsEnum
            || bare == typeof(DateTime) || bare == typeof(DateTimeOffset)
            || bare == typeof(int) || bare == typeof(long) || bare == typeof(double) || bare == typeof(decimal);
    }

    /// <exception cref="FunctionInputConverterException">The value is none of <paramref name="type"/>.</exception>
    public static object? Convert(string parameter, Type type, object value)
    {
        if (type.IsInstanceOfType(value))
            return value;
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        var text = System.Convert.ToString(value, CultureInfo.InvariantCulture)!;
        try
        {
            if (bare == typeof(string))
                return text;
            if (bare.IsEnum)
                return Enum.Parse(bare, text, ignoreCase: true);
            if (bare == typeof(DateTime))
                return DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind);
            return TypeDescriptor.GetConverter(bare).ConvertFromInvariantString(text);
        }
        catch (Exception ex) when (ex is FormatException or ArgumentException or OverflowException or NotSupportedException or InvalidCastException)
        {
            throw new FunctionInputConverterException($"Cannot convert input parameter '{parameter}' to type '{type}' from type '{value.GetType()}'. Error: {ex.Message}", ex);
        }
    }

    /// <summary>What a parameter gets when there is no value of its name.</summary>
    public static object? Missing(FunctionParameter parameter) =>
        parameter.HasDefaultValue ? parameter.DefaultValue
        : parameter.IsReferenceOrNullableType ? null
        : throw new FunctionInputConverterException($"There is no value for input parameter '{parameter.Name}' of type '{parameter.Type}', which cannot be null.");
}
