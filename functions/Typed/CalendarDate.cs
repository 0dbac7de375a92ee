using System.Globalization;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>Reads a calendar date from a body: only <c>YYYY-MM-DD</c>, because other formats are ambiguous.</summary>
internal static class CalendarDate
{
    private const string Form = "yyyy-MM-dd";
    private const string Rule = "must be a calendar date as YYYY-MM-DD";

    /// <summary>The date; null if it is absent or, after an error was noted, invalid.</summary>
    public static DateOnly? Date(this JsonInput body, string member, bool required = false)
    {
        if (body.String(member, Rule, required) is not { } typed)
            return null;
        if (Read(typed.Trim()) is { } date)
            return date;
        body.Fail(member, Rule);
        return null;
    }

    /// <summary>Parses a date; null if the text is missing or invalid.</summary>
    public static DateOnly? Read(string? text) =>
        DateOnly.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : null;

    /// <summary>A date of birth within limits; null if it is absent or, after an error was noted, invalid.</summary>
    /// <param name="body">The object that contains it.</param>
    /// <param name="member">The member.</param>
    /// <param name="limits">Returns what is wrong with a date; null if it is fine.</param>
    /// <param name="required">True where it must be given.</param>
    public static string? Birth(
        this JsonInput body,
        string member,
        Func<DateOnly, string?> limits,
        bool required = false
    )
    {
        if (body.Date(member, required) is not { } date)
            return null;
        if (limits(date) is not { } problem)
            return Write(date);
        body.Fail(member, problem);
        return null;
    }

    /// <summary>The format in which dates are stored and shown.</summary>
    public static string Write(DateOnly date) => date.ToString(Form, CultureInfo.InvariantCulture);
}
