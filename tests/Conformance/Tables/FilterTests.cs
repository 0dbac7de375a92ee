using System.Linq.Expressions;
using System.Runtime.Serialization;
using Azure;
using Azure.Data.Tables;
using Xunit;

namespace Serverless.Conformance.Tables;

public class FilterTests(TableFixture fixture) : TableTest(fixture)
{
    private static readonly Guid Id = Guid.Parse("0ec3e8a2-6b1c-4d1e-9a55-1d5d5f0a4f11");
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static TheoryData<FormattableString, string> Literals => new()
    {
        { $"A eq {"it's"}", "A eq 'it''s'" },
        { $"A eq {5} or A eq {5L}", "A eq 5 or A eq 5L" },
        { $"A eq {1.5}", "A eq 1.5" },
        { $"A eq {true} and B ne {false}", "A eq true and B ne false" },
        { $"A eq {Id}", $"A eq guid'{Id}'" },
        { $"A eq {new byte[] { 1, 255 }}", "A eq X'01FF'" },
        { $"A eq {null}", "A eq null" },
        { $"A eq {"x' or PartitionKey ne '"}", "A eq 'x'' or PartitionKey ne '''" },
    };

    [Theory]
    [MemberData(nameof(Literals))]
    public void A_hole_becomes_a_literal(FormattableString filter, string expected) => Assert.Equal(expected, TableClient.CreateQueryFilter(filter));

    [Fact]
    public void A_time_becomes_UTC() =>
        Assert.StartsWith("A ge datetime'2026-01-02T03:04:05", TableClient.CreateQueryFilter($"A ge {Time.ToOffset(TimeSpan.FromHours(2))}"), StringComparison.Ordinal);

    [Fact]
    public void A_hole_of_another_type_is_refused() =>
        Assert.Throws<ArgumentException>(() => TableClient.CreateQueryFilter($"A eq {new List<int>()}"));

    [Fact]
    public async Task Every_kind_of_literal_is_understood_by_the_service()
    {
        await Table.AddEntityAsync(
            Row("r", ("S", "it's"), ("I", 5), ("L", 5_000_000_000L), ("D", 2.0), ("B", true), ("G", Id), ("T", Time), ("X", new byte[] { 1, 255 })), Ct);
        FormattableString[] filters =
        [
            $"S eq {"it's"}", $"I eq {5}", $"L eq {5_000_000_000L}", $"D eq {2.0}", $"D lt {2.5}", $"B eq {true}", $"G eq {Id}", $"T eq {Time}", $"T lt {Time.AddMilliseconds(1)}",
            $"X eq {new byte[] { 1, 255 }}", $"not (I eq {6})",
        ];
        foreach (var filter in filters)
        {
            var rows = await ToList(Table.QueryAsync<TableEntity>($"PartitionKey eq '{Partition}' and {TableClient.CreateQueryFilter(filter)}", cancellationToken: Ct));
            Assert.True(rows.Count == 1, filter.ToString(null));
        }
    }

    [Fact]
    public async Task A_lambda_finds_what_it_says()
    {
        Expression<Func<Sample, bool>>[] finds =
        [
            row => row.N == 5,
            row => row.N >= 5 && row.N < 6,
            row => row.N == 4 || row.Name == "it's",
            row => !(row.N == 4),
            row => row.Flag,
            row => row.Maybe == 7,
            row => row.Maybe!.Value == 7,
            row => row.Renamed == "x",
            row => row.Id == Id,
            row => row.At <= Time,
            row => row.Name!.CompareTo("it") > 0,
            row => string.Compare(row.Name, "it's") == 0,
            row => row.Name!.Equals("it's"),
            row => string.Equals(row.Name, "it's"),
            row => 5 == row.N,
        ];
        Expression<Func<Sample, bool>>[] misses = [row => !row.Flag, row => row.N > 5, row => row.Maybe != 7, row => row.Kind == DayOfWeek.Monday];
        await Table.AddEntityAsync(
            new Sample { PartitionKey = Partition, RowKey = "r", N = 5, Name = "it's", Flag = true, Maybe = 7, Renamed = "x", Id = Id, At = Time, Kind = DayOfWeek.Monday }, Ct);

        foreach (var find in finds)
            Assert.True(await Finds(find), find.ToString());
        foreach (var miss in misses)
            Assert.False(await Finds(miss), miss.ToString());
    }

    [Fact]
    public async Task A_lambda_may_look_up_properties_of_a_TableEntity()
    {
        await Table.AddEntityAsync(Row("r", ("N", 5), ("S", "x")), Ct);
        var five = 5;
        Assert.Single(await ToList(Table.QueryAsync<TableEntity>(row => row.PartitionKey == Partition && row.GetInt32("N") == five, cancellationToken: Ct)));
        Assert.Single(await ToList(Table.QueryAsync<TableEntity>(row => row.PartitionKey == Partition && (string)row["S"] == "x", cancellationToken: Ct)));
        Assert.Empty(await ToList(Table.QueryAsync<TableEntity>(row => row.PartitionKey == Partition && row.GetInt32("N") > five, cancellationToken: Ct)));
    }

    [Fact]
    public void A_lambda_that_the_service_cannot_do_is_refused()
    {
        Assert.Throws<NotSupportedException>(() => TableClient.CreateQueryFilter<TableEntity>(row => row.RowKey.StartsWith("a")));
        Assert.Throws<NotSupportedException>(() => TableClient.CreateQueryFilter<TableEntity>(row => row.RowKey.Contains('a')));
        Assert.Throws<NotSupportedException>(() => TableClient.CreateQueryFilter<TableEntity>(row => row.RowKey.Equals("a", StringComparison.OrdinalIgnoreCase)));
    }

    private async Task<bool> Finds(Expression<Func<Sample, bool>> filter)
    {
        var text = $"(PartitionKey eq '{Partition}') and ({TableClient.CreateQueryFilter(filter)})";
        return (await ToList(Table.QueryAsync<Sample>(text, cancellationToken: Ct))).Count == 1;
    }

    public sealed class Sample : ITableEntity
    {
        public string PartitionKey { get; set; } = "";
        public string RowKey { get; set; } = "";
        public DateTimeOffset? Timestamp { get; set; }
        public ETag ETag { get; set; }
        public int N { get; set; }
        public string? Name { get; set; }
        public bool Flag { get; set; }
        public int? Maybe { get; set; }
        public Guid Id { get; set; }
        public DateTimeOffset At { get; set; }
        public DayOfWeek Kind { get; set; }

        [DataMember(Name = "other_name")]
        public string? Renamed { get; set; }
    }
}
