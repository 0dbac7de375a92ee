using System.Runtime.Serialization;
using Azure;
using Azure.Data.Tables;
using Xunit;

namespace Serverless.Conformance.Tables;

public class TypeTests(TableFixture fixture) : TableTest(fixture)
{
    private static readonly DateTimeOffset Precise = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddTicks(1234567);

    [Fact]
    public async Task Every_type_of_a_dictionary_comes_back_as_it_went()
    {
        (string Name, object Value)[] values =
        [
            ("S", "text \"quoted\" \r\n é 😀"), ("Empty", ""), ("B", true), ("F", false), ("I", int.MinValue), ("L", 9007199254740993L), ("SmallLong", 5L),
            ("D", 2.0), ("D2", 0.1 + 0.2), ("D3", 1e300), ("NaN", double.NaN), ("G", Guid.NewGuid()), ("T", Precise), ("X", new byte[] { 0, 1, 255 }), ("NoBytes", Array.Empty<byte>()),
        ];
        await Table.AddEntityAsync(Row("r", values), Ct);
        var row = await Read("r");
        Assert.All(values, value =>
        {
            Assert.Equal(value.Value, row[value.Name]);
            // Azurite returns NaN without its type: as text.
            if (value.Name != "NaN")
                Assert.Equal(value.Value.GetType(), row[value.Name].GetType());
        });
    }

    [Fact]
    public async Task Every_type_of_a_model_comes_back_as_it_went()
    {
        var sent = new Model
        {
            PartitionKey = Partition,
            RowKey = "r",
            Text = "x",
            Flag = true,
            Int = -5,
            Long = long.MaxValue,
            Unsigned = 7,
            Double = 2.0,
            Id = Guid.NewGuid(),
            At = Precise.ToOffset(TimeSpan.FromHours(2)),
            Utc = Precise.UtcDateTime,
            Bytes = [1, 2, 255],
            Data = BinaryData.FromString("data"),
            Kind = DayOfWeek.Friday,
            Span = TimeSpan.FromSeconds(90),
            MaybeInt = 3,
            MaybeTime = Precise,
            MaybeKind = DayOfWeek.Monday,
            Renamed = "renamed",
            Ignored = "ignored",
            Field = 4,
        };
        await Table.AddEntityAsync(sent, Ct);
        var read = (await Table.GetEntityAsync<Model>(Partition, "r", cancellationToken: Ct)).Value;

        Assert.Equal(("x", true, -5, long.MaxValue, 7UL, 2.0), (read.Text, read.Flag, read.Int, read.Long, read.Unsigned, read.Double));
        Assert.Equal((sent.Id, sent.Utc, DateTimeKind.Utc), (read.Id, read.Utc, read.Utc.Kind));
        Assert.Equal((Precise, TimeSpan.Zero), (read.At, read.At.Offset));
        Assert.Equal(sent.Bytes, read.Bytes);
        Assert.Equal("data", read.Data!.ToString());
        Assert.Equal((DayOfWeek.Friday, TimeSpan.FromSeconds(90)), (read.Kind, read.Span));
        Assert.Equal((3, Precise, DayOfWeek.Monday), (read.MaybeInt, read.MaybeTime, read.MaybeKind));
        Assert.Equal(("renamed", "initial", 4, "r!"), (read.Renamed, read.Ignored, read.Field, read.Computed));
        Assert.NotEqual(default, read.ETag);
        Assert.NotNull(read.Timestamp);

        var raw = await Read("r");
        Assert.Equal(("Friday", "PT1M30S", "renamed", "r!"), (raw.GetString("Kind"), raw.GetString("Span"), raw.GetString("other_name"), raw.GetString("Computed")));
        Assert.False(raw.ContainsKey("Ignored") || raw.ContainsKey("Renamed"));
    }

    [Fact]
    public async Task Nulls_and_missing_properties_leave_the_initial_value()
    {
        await Table.AddEntityAsync(new Model { PartitionKey = Partition, RowKey = "r", Bytes = null, Utc = Precise.UtcDateTime, At = Precise }, Ct);
        var read = (await Table.GetEntityAsync<Model>(Partition, "r", cancellationToken: Ct)).Value;
        Assert.Equal((null, null, null), (read.MaybeInt, read.MaybeTime, read.MaybeKind));

        await Table.AddEntityAsync(Row("few", ("Unknown", 1), ("Kind", "Someday")), Ct);
        read = (await Table.GetEntityAsync<Model>(Partition, "few", cancellationToken: Ct)).Value;
        Assert.Equal(("initial", default, 0), (read.Text, read.Kind, read.Int));
    }

    [Fact]
    public async Task Models_are_read_from_a_query_whatever_the_order_of_their_properties()
    {
        await Table.AddEntityAsync(Row("a", ("Int", 1), ("Text", "x"), ("Long", 3L)), Ct);
        await Table.AddEntityAsync(Row("b", ("Long", 4L), ("Double", 2.5), ("Text", "y"), ("Int", 2)), Ct);
        var rows = await ToList(Table.QueryAsync<Model>(row => row.PartitionKey == Partition, cancellationToken: Ct));
        Assert.Equal([("a", 1, "x", 3L), ("b", 2, "y", 4L)], rows.Select(row => (row.RowKey, row.Int, row.Text, row.Long)));
        Assert.All(rows, row => Assert.NotEqual(default, row.ETag));
    }

    [Fact]
    public async Task A_model_may_implement_the_interface_explicitly_and_hold_fields()
    {
        ITableEntity sent = new Explicit { N = 5 };
        (sent.PartitionKey, sent.RowKey) = (Partition, "r");
        await Table.AddEntityAsync(sent, Ct);
        var read = (await Table.GetEntityAsync<Explicit>(Partition, "r", cancellationToken: Ct)).Value;
        Assert.Equal((5, "r"), (read.N, ((ITableEntity)read).RowKey));
        Assert.NotEqual(default, ((ITableEntity)read).ETag);
    }

    [Fact]
    public async Task Init_only_and_required_properties_are_read()
    {
        await Table.AddEntityAsync(new Modern { PartitionKey = Partition, RowKey = "r", Name = "x" }, Ct);
        Assert.Equal("x", (await Table.GetEntityAsync<Modern>(Partition, "r", cancellationToken: Ct)).Value.Name);
    }

    [Fact]
    public async Task A_time_that_is_not_UTC_is_refused() =>
        await Assert.ThrowsAsync<NotSupportedException>(
            () => Table.AddEntityAsync(Row("r", ("T", new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Local))), Ct));

    [Fact]
    public async Task Types_that_tables_do_not_have_are_refused()
    {
        await Assert.ThrowsAsync<NotSupportedException>(() => Table.AddEntityAsync(Row("r", ("E", DayOfWeek.Friday)), Ct));
        await Assert.ThrowsAsync<NotSupportedException>(() => Table.AddEntityAsync(Row("r", ("S", (short)1)), Ct));
        await Assert.ThrowsAsync<ArgumentException>(() => Table.AddEntityAsync(Row("r", ("D", double.PositiveInfinity)), Ct));
    }

    [Fact]
    public void A_dictionary_gives_values_only_as_their_type()
    {
        var row = new TableEntity("p", "r") { ["L"] = 5L, ["T"] = Precise };
        Assert.Null(row.GetInt32("none"));
        Assert.Throws<InvalidOperationException>(() => row.GetString("L"));
        Assert.Equal(Precise.UtcDateTime, row.GetDateTime("T"));
        row["L"] = 6;
        Assert.Equal(6L, row.GetInt64("L"));
        Assert.Equal(["PartitionKey", "RowKey", "L", "T"], row.Keys);
    }

    public sealed class Model : ITableEntity
    {
        public int Field;

        public string PartitionKey { get; set; } = "";
        public string RowKey { get; set; } = "";
        public DateTimeOffset? Timestamp { get; set; }
        public ETag ETag { get; set; }
        public string Text { get; set; } = "initial";
        public bool Flag { get; set; }
        public int Int { get; set; }
        public long Long { get; set; }
        public ulong Unsigned { get; set; }
        public double Double { get; set; }
        public Guid Id { get; set; }
        public DateTimeOffset At { get; set; }
        public DateTime Utc { get; set; }
        public byte[]? Bytes { get; set; }
        public BinaryData? Data { get; set; }
        public DayOfWeek Kind { get; set; }
        public TimeSpan Span { get; set; }
        public int? MaybeInt { get; set; }
        public DateTimeOffset? MaybeTime { get; set; }
        public DayOfWeek? MaybeKind { get; set; }

        [DataMember(Name = "other_name")]
        public string? Renamed { get; set; }

        [IgnoreDataMember]
        public string Ignored { get; set; } = "initial";

        public string Computed => RowKey + "!";
    }

    public sealed class Modern : ITableEntity
    {
        public required string PartitionKey { get; set; }
        public required string RowKey { get; set; }
        public DateTimeOffset? Timestamp { get; set; }
        public ETag ETag { get; set; }
        public required string Name { get; init; }
    }

    private sealed class Explicit : ITableEntity
    {
        public int N { get; set; }

        string ITableEntity.PartitionKey { get; set; } = "";
        string ITableEntity.RowKey { get; set; } = "";
        DateTimeOffset? ITableEntity.Timestamp { get; set; }
        ETag ITableEntity.ETag { get; set; }
    }
}
