using System.Globalization;

namespace Serverless.Functions.Storage;

/// <summary>
/// Rows that are kept for a time are in a table a day or a quarter, which is dropped as a whole: two storage
/// transactions, however many rows it has. The first write of a span creates its table.
/// </summary>
/// <param name="Name">Begins the name of each table.</param>
/// <param name="FirstDayOf">The first day of the span that has a day: it ends the name of the span's table.</param>
internal sealed record DatedTable(string Name, Func<DateOnly, DateOnly> FirstDayOf)
{
    private const string DayFormat = "yyyyMMdd";

    /// <summary>Nonces of signed requests, by the day in the nonce.</summary>
    public static DatedTable Nonces { get; } = new("Nonces", day => day);

    /// <summary>
    /// Counts of what happened, by the quarter in which it did: 90 days are in two of them at most, so that an overview
    /// reads two.
    /// </summary>
    public static DatedTable Statistics { get; } =
        new("Statistics", day => new DateOnly(day.Year, ((day.Month - 1) / 3 * 3) + 1, 1));

    /// <summary>Partners' requests, by the day on which they were written.</summary>
    public static DatedTable Requests { get; } = new("Requests", day => day);

    /// <summary>The table that has a day.</summary>
    public string NameOf(DateOnly day) => Name + FirstDayOf(day).ToString(DayFormat, CultureInfo.InvariantCulture);

    /// <summary>True for the name of one of these tables.</summary>
    public bool Covers(string name) =>
        name.StartsWith(Name, StringComparison.OrdinalIgnoreCase)
        && DateOnly.TryParseExact(name.AsSpan(Name.Length), DayFormat, out _);
}
