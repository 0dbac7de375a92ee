using System.Globalization;

namespace Serverless.Functions.Storage;

/// <summary>
/// Rows that are kept for a time are in a table a day or a month, which is dropped as a whole: two storage transactions,
/// however many rows it has. The first write of a span creates its table.
/// </summary>
/// <param name="Name">Begins the name of each table.</param>
/// <param name="Format">The day or month that ends it.</param>
internal sealed record DatedTable(string Name, string Format)
{
    /// <summary>Nonces of signed requests, by the day in the nonce.</summary>
    public static DatedTable Nonces { get; } = new("Nonces", "yyyyMMdd");

    /// <summary>Counts of what happened, by the month in which it did.</summary>
    public static DatedTable Statistics { get; } = new("Statistics", "yyyyMM");

    /// <summary>Partners' requests, by the day on which they were written.</summary>
    public static DatedTable Requests { get; } = new("Requests", "yyyyMMdd");

    /// <summary>The table that has a day.</summary>
    public string NameOf(DateOnly day) => Name + day.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>True for the name of one of these tables.</summary>
    public bool Covers(string name) =>
        name.StartsWith(Name, StringComparison.OrdinalIgnoreCase)
        && DateOnly.TryParseExact(name.AsSpan(Name.Length), Format, out _);
}
