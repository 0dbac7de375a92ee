using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Xunit;

namespace Serverless.Conformance.Tables;

public class LimitTests(TableFixture fixture) : TableTest(fixture)
{
    [Theory]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a#b")]
    [InlineData("a?b")]
    [InlineData("a\tb")]
    [InlineData("a\u0081b")]
    public async Task A_key_with_a_forbidden_character_is_400(string key)
    {
        await Refused(() => Table.AddEntityAsync(new TableEntity(Partition, key), Ct), 400);
        await Refused(() => Table.AddEntityAsync(new TableEntity(key, "r"), Ct), 400);
        await Refused(() => Table.UpsertEntityAsync(new TableEntity(Partition, key), cancellationToken: Ct), 400);
    }

    [Fact]
    public async Task A_key_has_at_most_512_characters()
    {
        await Table.AddEntityAsync(Row(new string('k', 512)), Ct);
        await Refused(() => Table.AddEntityAsync(Row(new string('k', 513)), Ct), 400);
    }

    [Fact]
    public async Task A_text_has_at_most_32768_characters()
    {
        await Table.AddEntityAsync(Row("r", ("S", new string('x', 32768))), Ct);
        await Refused(() => Table.AddEntityAsync(Row("s", ("S", new string('x', 32769))), Ct), 400, TableErrorCode.PropertyValueTooLarge);
    }

    [Fact]
    public async Task A_binary_has_at_most_65536_bytes()
    {
        await Table.AddEntityAsync(Row("r", ("X", new byte[65536])), Ct);
        await Refused(() => Table.AddEntityAsync(Row("s", ("X", new byte[65537])), Ct), 400, TableErrorCode.PropertyValueTooLarge);
    }

    [Fact]
    public async Task A_row_has_at_most_252_properties()
    {
        (string, object)[] properties = [.. Enumerable.Range(0, 253).Select(index => ($"P{index}", (object)index))];
        await Table.AddEntityAsync(Row("r", properties[..252]), Ct);
        await Refused(() => Table.AddEntityAsync(Row("s", properties), Ct), 400, TableErrorCode.TooManyProperties);
    }

    [Fact]
    public async Task A_row_has_at_most_one_megabyte()
    {
        (string, object)[] properties = [.. Enumerable.Range(0, 16).Select(index => ($"P{index:00}", (object)new string('x', 32768)))];
        await Table.AddEntityAsync(Row("r", properties[..15]), Ct);
        await Refused(() => Table.AddEntityAsync(Row("s", properties), Ct), 400, TableErrorCode.EntityTooLarge);
    }

    [Theory]
    [InlineData("a-b")]
    [InlineData("a b")]
    [InlineData("1a")]
    [InlineData("a.b")]
    public async Task A_property_is_named_like_an_identifier(string name)
    {
        await Table.AddEntityAsync(Row("r", ("_aÄ1", 1)), Ct);
        await Refused(() => Table.AddEntityAsync(Row("s", (name, 1)), Ct), 400, TableErrorCode.PropertyNameInvalid);
        await Refused(() => Table.AddEntityAsync(Row("s", (new string('n', 256), 1)), Ct), 400, TableErrorCode.PropertyNameTooLong);
    }

    [Fact]
    public async Task A_time_before_1601_is_400()
    {
        await Table.AddEntityAsync(Row("r", ("T", new DateTimeOffset(1601, 1, 1, 0, 0, 0, TimeSpan.Zero))), Ct);
        await Refused(() => Table.AddEntityAsync(Row("s", ("T", DateTimeOffset.MinValue)), Ct), 400, TableErrorCode.OutOfRangeInput);
    }
}
