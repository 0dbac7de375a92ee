using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Xunit;

namespace Serverless.Conformance.Tables;

public class TransactionTests(TableFixture fixture) : TableTest(fixture)
{
    private TableTransactionAction Add(string rowKey) => new(TableTransactionActionType.Add, Row(rowKey));

    private async Task<TableTransactionFailedException> Fails(IEnumerable<TableTransactionAction> actions) =>
        await Assert.ThrowsAsync<TableTransactionFailedException>(() => Table.SubmitTransactionAsync(actions, Ct));

    [Fact]
    public async Task All_kinds_of_action_are_applied_together()
    {
        await Table.SubmitTransactionAsync(
            [.. new[] { "merged", "replaced", "deleted" }.Select(key => new TableTransactionAction(TableTransactionActionType.Add, Row(key, ("A", 1))))], Ct);
        var before = await Read("merged");

        var responses = (await Table.SubmitTransactionAsync(
            [
                Add("added"),
                new(TableTransactionActionType.UpdateMerge, Row("merged", ("B", 2)), before.ETag),
                new(TableTransactionActionType.UpdateReplace, Row("replaced", ("B", 2)), ETag.All),
                new(TableTransactionActionType.Delete, Row("deleted")),
                new(TableTransactionActionType.UpsertMerge, Row("upserted1", ("B", 2))),
                new(TableTransactionActionType.UpsertReplace, Row("upserted2", ("B", 2))),
            ],
            Ct)).Value;

        Assert.All(responses, response => Assert.Equal(204, response.Status));
        Assert.Equal(6, responses.Count);
        var merged = await Read("merged");
        Assert.Equal(responses[1].Headers.ETag, merged.ETag);
        Assert.Equal((1, 2), (merged.GetInt32("A"), merged.GetInt32("B")));
        Assert.Equal(["added", "merged", "replaced", "upserted1", "upserted2"], await RowKeys());
        Assert.Null((await Read("replaced")).GetInt32("A"));
    }

    [Fact]
    public async Task One_refusal_undoes_all_and_says_which()
    {
        await Table.AddEntityAsync(Row("there"), Ct);
        var failure = await Fails([Add("a"), Add("there"), Add("b")]);
        Assert.Equal((409, 1), (failure.Status, failure.FailedTransactionActionIndex));
        Assert.True(failure.ErrorCode == TableErrorCode.EntityAlreadyExists);
        Assert.Equal(["there"], await RowKeys());
    }

    [Fact]
    public async Task A_stale_etag_undoes_all_with_412()
    {
        var etag = (await Table.AddEntityAsync(Row("there"), Ct)).Headers.ETag!.Value;
        await Table.UpsertEntityAsync(Row("there", ("N", 1)), cancellationToken: Ct);
        var failure = await Fails([Add("a"), Add("b"), new(TableTransactionActionType.UpdateReplace, Row("there"), etag)]);
        Assert.Equal((412, 2), (failure.Status, failure.FailedTransactionActionIndex));
        Assert.True(failure.ErrorCode == TableErrorCode.UpdateConditionNotSatisfied);
        Assert.Equal(["there"], await RowKeys());
    }

    [Fact]
    public async Task Deleting_a_missing_row_fails_but_updating_one_without_etag_creates_it()
    {
        var failure = await Fails([Add("a"), new(TableTransactionActionType.Delete, Row("none"))]);
        Assert.Equal((404, 1), (failure.Status, failure.FailedTransactionActionIndex));

        await Table.SubmitTransactionAsync([new(TableTransactionActionType.UpdateMerge, Row("none", ("N", 1)))], Ct);
        Assert.Equal(1, (await Read("none")).GetInt32("N"));
    }

    [Fact]
    public async Task A_hundred_actions_work_and_one_more_is_400()
    {
        var actions = Enumerable.Range(0, 101).Select(index => Add($"{index:000}")).ToList();
        var failure = await Fails(actions);
        Assert.Equal((400, "InvalidInput"), (failure.Status, failure.ErrorCode));
        Assert.Empty(await RowKeys());

        Assert.Equal(100, (await Table.SubmitTransactionAsync(actions.Take(100), Ct)).Value.Count);
        Assert.Equal(100, (await RowKeys()).Count);
    }

    [Fact]
    public async Task Two_partitions_are_400()
    {
        var failure = await Fails([Add("a"), new(TableTransactionActionType.Add, new TableEntity(Partition + "x", "b"))]);
        Assert.Equal((400, 1), (failure.Status, failure.FailedTransactionActionIndex));
        Assert.True(failure.ErrorCode == TableErrorCode.CommandsInBatchActOnDifferentPartitions);
        Assert.Empty(await RowKeys());
    }

    [Fact]
    public async Task The_same_row_twice_is_400()
    {
        var failure = await Fails([Add("a"), new(TableTransactionActionType.UpsertMerge, Row("a"))]);
        Assert.Equal(400, failure.Status);
        Assert.True(failure.ErrorCode == TableErrorCode.InvalidDuplicateRow);
    }

    [Fact]
    public async Task More_than_four_megabytes_are_413()
    {
        var text = new string('x', 30_000);
        var actions = Enumerable.Range(0, 100).Select(index => new TableTransactionAction(TableTransactionActionType.Add, Row($"{index}", ("A", text), ("B", text))));
        await Refused(() => Table.SubmitTransactionAsync(actions, Ct), 413);
        Assert.Empty(await RowKeys());
    }

    [Fact]
    public async Task A_row_that_breaks_a_limit_is_named()
    {
        var failure = await Fails([Add("a"), Add("b/c")]);
        Assert.Equal((400, 1), (failure.Status, failure.FailedTransactionActionIndex));
    }

    [Fact]
    public async Task An_empty_transaction_is_an_error_of_the_caller() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Table.SubmitTransactionAsync([], Ct));

    private async Task<List<string>> RowKeys() =>
        [.. (await ToList(Table.QueryAsync<TableEntity>(row => row.PartitionKey == Partition, cancellationToken: Ct))).Select(row => row.RowKey)];
}
