using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Xunit;

namespace Serverless.Conformance.Tables;

public class EntityTests(TableFixture fixture) : TableTest(fixture)
{
    [Fact]
    public async Task An_inserted_row_is_read_back_with_its_etag_and_timestamp()
    {
        var added = await Table.AddEntityAsync(Row("r", ("Name", "x")), Ct);
        Assert.Equal(204, added.Status);

        var row = await Read("r");
        Assert.Equal((Partition, "r", "x"), (row.PartitionKey, row.RowKey, row.GetString("Name")));
        Assert.Equal(added.Headers.ETag, row.ETag);
        Assert.InRange(row.Timestamp!.Value, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
    }

    [Fact]
    public async Task Inserting_a_row_twice_is_409()
    {
        await Table.AddEntityAsync(Row("r"), Ct);
        var refusal = await Refused(() => Table.AddEntityAsync(Row("r"), Ct), 409, TableErrorCode.EntityAlreadyExists);
        Assert.Contains("already exists", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_concurrent_inserts_exactly_one_succeeds()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            try
            {
                return (await Table.AddEntityAsync(Row("r"), Ct)).Status;
            }
            catch (RequestFailedException ex)
            {
                return ex.Status;
            }
        }));
        Assert.Single(results, 204);
        Assert.Equal(15, results.Count(status => status == 409));
    }

    [Fact]
    public async Task A_missing_row_is_404_or_no_value()
    {
        await Refused(() => Table.GetEntityAsync<TableEntity>(Partition, "none", cancellationToken: Ct), 404, TableErrorCode.ResourceNotFound);

        var none = await Table.GetEntityIfExistsAsync<TableEntity>(Partition, "none", cancellationToken: Ct);
        Assert.False(none.HasValue);
        Assert.Equal(404, none.GetRawResponse().Status);
        Assert.Throws<InvalidOperationException>(() => none.Value);

        await Table.AddEntityAsync(Row("r"), Ct);
        var found = await Table.GetEntityIfExistsAsync<TableEntity>(Partition, "r", cancellationToken: Ct);
        Assert.Equal("r", found.Value!.RowKey);
    }

    [Fact]
    public async Task Only_the_selected_properties_are_read()
    {
        await Table.AddEntityAsync(Row("r", ("A", "a"), ("B", "b")), Ct);
        var row = (await Table.GetEntityAsync<TableEntity>(Partition, "r", ["RowKey", "B"], Ct)).Value;
        Assert.Equal(("r", null, "b"), (row.RowKey, row.GetString("A"), row.GetString("B")));
    }

    [Fact]
    public async Task Upserting_merges_by_default()
    {
        await Table.UpsertEntityAsync(Row("r", ("A", "a")), cancellationToken: Ct);
        await Table.UpsertEntityAsync(Row("r", ("B", "b")), cancellationToken: Ct);
        var row = await Read("r");
        Assert.Equal(("a", "b"), (row.GetString("A"), row.GetString("B")));
    }

    [Fact]
    public async Task Upserting_with_replace_drops_what_is_not_sent()
    {
        await Table.UpsertEntityAsync(Row("r", ("A", "a")), TableUpdateMode.Replace, Ct);
        await Table.UpsertEntityAsync(Row("r", ("B", "b")), TableUpdateMode.Replace, Ct);
        var row = await Read("r");
        Assert.Equal((false, "b"), (row.ContainsKey("A"), row.GetString("B")));
    }

    [Fact]
    public async Task Merging_a_null_leaves_the_stored_value()
    {
        await Table.AddEntityAsync(Row("r", ("A", "a")), Ct);
        await Table.UpdateEntityAsync(Row("r", ("A", null!), ("B", "b")), ETag.All, cancellationToken: Ct);
        Assert.Equal("a", (await Read("r")).GetString("A"));
    }

    [Fact]
    public async Task A_null_is_not_stored()
    {
        await Table.AddEntityAsync(Row("r", ("A", null!)), Ct);
        Assert.False((await Read("r")).ContainsKey("A"));
    }

    [Theory]
    [InlineData(TableUpdateMode.Merge)]
    [InlineData(TableUpdateMode.Replace)]
    public async Task A_stale_etag_is_412(TableUpdateMode mode)
    {
        var first = (await Table.AddEntityAsync(Row("r", ("N", 1)), Ct)).Headers.ETag!.Value;
        var second = (await Table.UpdateEntityAsync(Row("r", ("N", 2)), first, mode, Ct)).Headers.ETag!.Value;
        Assert.NotEqual(first, second);

        await Refused(() => Table.UpdateEntityAsync(Row("r", ("N", 3)), first, mode, Ct), 412, TableErrorCode.UpdateConditionNotSatisfied);
        await Refused(() => Table.DeleteEntityAsync(Partition, "r", first, Ct), 412, TableErrorCode.UpdateConditionNotSatisfied);
        Assert.Equal(2, (await Read("r")).GetInt32("N"));
        await Table.UpdateEntityAsync(Row("r", ("N", 4)), ETag.All, mode, Ct);
        Assert.Equal(4, (await Read("r")).GetInt32("N"));
    }

    [Fact]
    public async Task Updating_needs_an_etag_and_a_row()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => Table.UpdateEntityAsync(Row("r"), default, cancellationToken: Ct));
        await Refused(() => Table.UpdateEntityAsync(Row("r"), ETag.All, cancellationToken: Ct), 404, TableErrorCode.ResourceNotFound);
    }

    [Fact]
    public async Task Deleting_is_unconditional_by_default_and_a_missing_row_is_no_error()
    {
        await Table.AddEntityAsync(Row("r"), Ct);
        Assert.Equal(204, (await Table.DeleteEntityAsync(Partition, "r", cancellationToken: Ct)).Status);
        Assert.Equal(404, (await Table.DeleteEntityAsync(Partition, "r", cancellationToken: Ct)).Status);
        Assert.Equal(404, (await Table.DeleteEntityAsync(Row("r"), cancellationToken: Ct)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("it's")]
    [InlineData("a|b %25+&=;:,@")]
    [InlineData("Zoë 日本 😀")]
    [InlineData("a(b)'='c")]
    public async Task Keys_of_any_allowed_character_work(string key)
    {
        await Table.AddEntityAsync(new TableEntity(Partition, key) { ["N"] = 1 }, Ct);
        var row = await Read(key);
        Assert.Equal(key, row.RowKey);
        await Table.UpdateEntityAsync(new TableEntity(Partition, key) { ["N"] = 2 }, row.ETag, cancellationToken: Ct);
        var found = await ToList(Table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Partition} and RowKey eq {key}"), cancellationToken: Ct));
        Assert.Equal(2, Assert.Single(found).GetInt32("N"));
        await Table.SubmitTransactionAsync([new(TableTransactionActionType.Delete, found[0], found[0].ETag)], Ct);
        await Refused(() => Read(key), 404);
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Table.AddEntityAsync(Row("r"), new CancellationToken(canceled: true)));
}
