using System.Globalization;

namespace Serverless.Benchmarks;

/// <summary>Collects rows while the benchmarks run and prints the table at the end.</summary>
internal sealed class Report
{
    private static readonly string[] Header =
    [
        "",
        "rate",
        "p50 ms",
        "p99 ms",
        "storage",
        "storage of others, each",
        "notes",
    ];
    private readonly List<string[]> _rows = [Header];
    private readonly List<string> _notes = [];

    public static void Say(string step) => Console.WriteLine($"… {step}");

    /// <param name="name">What was measured.</param>
    /// <param name="measured">Count, time and latencies.</param>
    /// <param name="unit">Of the rate.</param>
    /// <param name="transactions">Billable storage transactions of the function itself, each time.</param>
    /// <param name="others">The same of the functions that it caused to run.</param>
    /// <param name="remark">Anything else.</param>
    public void Add(
        string name,
        Measurement measured,
        string unit,
        double? transactions,
        string? others,
        string remark
    ) =>
        _rows.Add([
            name,
            $"{Number(measured.PerSecond, 0)} {unit}",
            Latency(measured.Percentile(0.5)),
            Latency(measured.Percentile(0.99)),
            transactions is { } own ? Number(own, 2) : "",
            others ?? "",
            remark,
        ]);

    public void Note(string line) => _notes.Add(line);

    public void Print()
    {
        var widths = Enumerable
            .Range(0, Header.Length)
            .Select(column => _rows.Max(row => row[column].Length))
            .ToArray();
        Console.WriteLine();
        foreach (var row in _rows)
        {
            Console.WriteLine(
                string.Join(
                        "  ",
                        row.Select(
                            (cell, column) =>
                                column is >= 1 and <= 4 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column])
                        )
                    )
                    .TrimEnd()
            );
            if (row == Header)
                Console.WriteLine(string.Join("  ", widths.Select(width => new string('-', width))));
        }
        foreach (var note in _notes)
            Console.WriteLine(note);
    }

    /// <summary>Empty where single latencies were not measured.</summary>
    private static string Latency(double milliseconds) =>
        double.IsNaN(milliseconds) ? "" : Number(milliseconds, milliseconds < 1 ? 3 : 1);

    private static string Number(double value, int digits) =>
        value.ToString($"N{digits}", CultureInfo.InvariantCulture);
}
