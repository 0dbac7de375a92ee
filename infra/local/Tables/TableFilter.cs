using System.Globalization;

namespace Serverless.Local.Tables;

/// <summary>Values as literals of the service's filter language.</summary>
internal static class TableFilter
{
    /// <summary>The filter with each hole of the text as a literal; the text itself is taken as it is.</summary>
    public static string Format(FormattableString filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var literals = Array.ConvertAll(filter.GetArguments(), value => (object)Literal(value));
        return string.Format(CultureInfo.InvariantCulture, filter.Format, literals);
    }

    /// <exception cref="ArgumentException">The value is of a type that tables do not have.</exception>
    public static string Literal(object? value) => value switch
    {
        null => "null",
        string text => Quote(text),
        char letter => Quote(letter.ToString()),
        bool flag => flag ? "true" : "false",
        int or short or byte => string.Create(CultureInfo.InvariantCulture, $"{value}"),
        long or uint or ulong => string.Create(CultureInfo.InvariantCulture, $"{value}L"),
        float number => Literal((double)number),
        double number => Number(number),
        Guid id => $"guid'{id}'",
        DateTimeOffset time => Time(time.UtcDateTime),
        DateTime time => Time(time.ToUniversalTime()),
        byte[] bytes => $"X'{Convert.ToHexString(bytes)}'",
        BinaryData bytes => $"X'{Convert.ToHexString(bytes.ToMemory().Span)}'",
        _ => throw new ArgumentException($"Unable to convert filter argument from type {value.GetType()}."),
    };

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Time(DateTime utc) => string.Create(CultureInfo.InvariantCulture, $"datetime'{utc:O}'");

    private static string Number(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return double.IsInteger(number) && !text.Contains('E', StringComparison.Ordinal) ? text + ".0" : text;
    }
}
