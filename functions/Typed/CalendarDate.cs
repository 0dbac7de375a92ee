using System.Globalization;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>
/// Reads a day of the calendar from a body: <c>YYYY-MM-DD</c> and nothing else, as every other spelling means two days.
/// </summary>
internal static class CalendarDate
{
    private const string Form = "yyyy-MM-dd";
    private const string Rule = "must be a calendar date as YYYY-MM-DD";

    /// <summary>The day; null when it is absent or, after noting why, none.</summary>
    public static DateOnly? Date(this JsonInput body, string member, bool required = false)
    {
        if (body.String(member, Rule, required) is not { } typed)
            return null;
        if (Read(typed.Trim()) is { } date)
            return date;
        body.Fail(member, Rule);
        return null;
    }

    /// <summary>The day that a text is; null where it is none, or there is no text.</summary>
    public static DateOnly? Read(string? text) =>
        DateOnly.TryParseExact(text, Form, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date
            : null;

    /// <summary>A date of birth within limits; null when it is absent or, after noting why, none.</summary>
    /// <param name="body">Where it stands.</param>
    /// <param name="member">The member.</param>
    /// <param name="limits">What is wrong with a day; null when nothing is.</param>
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

    /// <summary>As it is kept and shown.</summary>
    public static string Write(DateOnly date) => date.ToString(Form, CultureInfo.InvariantCulture);
}
