using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Time;

/// <summary>Timestamps in the contract's format: ISO 8601, UTC, milliseconds, <c>Z</c>.</summary>
internal static partial class Timestamps
{
    /// <summary>The rule, for error messages.</summary>
    public const string Rule = "must be an ISO 8601 date or timestamp, for example 2026-05-04T10:30:00.000Z";

    public static string Format(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>The current time rounded to milliseconds, so that stored and answered values are equal.</summary>
    public static DateTimeOffset Now(this TimeProvider time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    /// <summary>Reads an ISO 8601 date or timestamp; one without an offset is UTC.</summary>
    public static bool TryParse(string text, out DateTimeOffset at)
    {
        at = default;
        return Iso8601().IsMatch(text)
            && DateTimeOffset.TryParse(
                text,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out at
            );
    }

    /// <summary>The same for the inclusive end of a range: a date means the end of that day.</summary>
    public static bool TryParseEnd(string text, out DateTimeOffset at)
    {
        if (!TryParse(text, out at))
            return false;
        const int DateLength = 10;
        if (text.Length == DateLength && at < DateTimeOffset.MaxValue.AddDays(-1))
            at = at.AddDays(1).AddMilliseconds(-1);
        return true;
    }

    [GeneratedRegex(
        @"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?(Z|[+-]\d{2}:\d{2})?)?\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Iso8601();
}
