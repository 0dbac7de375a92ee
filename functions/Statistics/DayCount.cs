using System.Globalization;
using Azure;
using Azure.Data.Tables;

namespace Serverless.Functions.Statistics;

/// <summary>What one shard counted of a partner on a day: a row of the table Statistics.</summary>
/// <param name="Day">In UTC.</param>
/// <param name="Shard">Which of the day's rows.</param>
/// <param name="Counts">How often each thing happened.</param>
/// <param name="Version">Of the row; default where there is none yet.</param>
internal sealed record DayCount(DateOnly Day, int Shard, IReadOnlyDictionary<Measure, int> Counts, ETag Version)
{
    private const string Prefix = "day|";
    private const string DayFormat = "yyyyMMdd";

    public static DayCount Empty(DateOnly day, int shard) => new(day, shard, new Dictionary<Measure, int>(), default);

    public string RowKey => RowKeyOf(Day, Shard);

    public static string RowKeyOf(DateOnly day, int shard) => $"{FirstKeyOf(day)}{shard}";

    /// <summary>Row keys of a day are greater than this; those of later days are greater still.</summary>
    public static string FirstKeyOf(DateOnly day) =>
        $"{Prefix}{day.ToString(DayFormat, CultureInfo.InvariantCulture)}|";

    /// <summary>The count with these occurrences.</summary>
    public DayCount With(IEnumerable<Occurrence> happened)
    {
        var counts = new Dictionary<Measure, int>(Counts);
        foreach (var measure in happened.SelectMany(one => one.Measures))
            counts[measure] = counts.GetValueOrDefault(measure) + 1;
        return this with { Counts = counts };
    }

    public static DayCount FromRow(TableEntity row)
    {
        var name = row.RowKey[Prefix.Length..].Split('|');
        return new DayCount(
            DateOnly.ParseExact(name[0], DayFormat, CultureInfo.InvariantCulture),
            int.Parse(name[1], CultureInfo.InvariantCulture),
            Enum.GetValues<Measure>()
                .Where(measure => row.ContainsKey(measure.ToString()))
                .ToDictionary(measure => measure, measure => row.GetInt32(measure.ToString()) ?? 0),
            row.ETag
        );
    }

    public TableEntity ToRow(string partition)
    {
        var row = new TableEntity(partition, RowKey);
        foreach (var (measure, count) in Counts)
            row[measure.ToString()] = count;
        return row;
    }
}
