using Azure.Data.Tables;
using Xunit;

namespace Serverless.Conformance.Tables;

public class QueryTests(TableFixture fixture) : TableTest(fixture)
{
    private async Task Fill(int rows)
    {
        foreach (var chunk in Enumerable.Range(0, rows).Chunk(100))
            await Table.SubmitTransactionAsync(chunk.Select(n => new TableTransactionAction(TableTransactionActionType.Add, Row($"{n:0000}", ("N", n)))), Ct);
    }

    [Fact]
    public async Task More_than_a_thousand_rows_come_in_pages_and_in_order()
    {
        await Fill(1205);
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Partition}");
        var rows = await ToList(Table.QueryAsync<TableEntity>(filter, cancellationToken: Ct));
        Assert.Equal(Enumerable.Range(0, 1205), rows.Select(row => row.GetInt32("N")!.Value));

        var pages = await ToList(Table.QueryAsync<TableEntity>(filter, cancellationToken: Ct).AsPages());
        Assert.Equal([1000, 205], pages.Select(page => page.Values.Count));
        Assert.Equal(200, pages[0].GetRawResponse().Status);
        Assert.Null(pages[^1].ContinuationToken);
    }

    [Fact]
    public async Task A_continuation_token_goes_on_where_its_page_ended()
    {
        await Fill(25);
        var query = Table.QueryAsync<TableEntity>(row => row.PartitionKey == Partition, maxPerPage: 10, cancellationToken: Ct);
        await using var pages = query.AsPages().GetAsyncEnumerator(Ct);
        await pages.MoveNextAsync();
        Assert.Equal(10, pages.Current.Values.Count);

        var rest = await ToList(query.AsPages(pages.Current.ContinuationToken, pageSizeHint: 20));
        Assert.Equal(Enumerable.Range(10, 15), rest.SelectMany(page => page.Values).Select(row => row.GetInt32("N")!.Value));
        Assert.Single(rest);
    }

    [Fact]
    public async Task A_page_size_is_no_limit_of_the_result()
    {
        await Fill(7);
        Assert.Equal(7, (await ToList(Table.QueryAsync<TableEntity>(row => row.PartitionKey == Partition, maxPerPage: 2, cancellationToken: Ct))).Count);
    }

    [Fact]
    public async Task A_query_without_results_has_one_empty_page()
    {
        var pages = await ToList(Table.QueryAsync<TableEntity>(row => row.PartitionKey == Partition, cancellationToken: Ct).AsPages());
        Assert.Empty(Assert.Single(pages).Values);
    }

    [Fact]
    public async Task A_prefix_is_a_range_of_keys()
    {
        await Fill(120);
        var rows = await ToList(Table.QueryAsync<TableEntity>($"PartitionKey eq '{Partition}' and RowKey ge '011' and RowKey lt '012'", cancellationToken: Ct));
        Assert.Equal(10, rows.Count);
        rows = await ToList(Table.QueryAsync<TableEntity>(
            row => row.PartitionKey == Partition && row.RowKey.CompareTo("011") >= 0 && string.Compare(row.RowKey, "012") < 0, cancellationToken: Ct));
        Assert.Equal(10, rows.Count);
    }

    [Fact]
    public async Task Only_selected_properties_come_back_from_a_query()
    {
        await Table.AddEntityAsync(Row("r", ("A", "a"), ("B", "b")), Ct);
        var row = Assert.Single(await ToList(Table.QueryAsync<TableEntity>(row => row.PartitionKey == Partition, select: ["RowKey", "A"], cancellationToken: Ct)));
        Assert.Equal(("r", "a", false), (row.RowKey, row.GetString("A"), row.ContainsKey("B")));
    }

    [Fact]
    public async Task A_filter_that_the_service_cannot_do_is_400() =>
        await Refused(() => ToList(Table.QueryAsync<TableEntity>("startswith(RowKey, 'a')", cancellationToken: Ct)), 400);

    [Fact]
    public async Task Nothing_is_sent_before_the_results_are_asked_for()
    {
        var missing = Platform.Tables.GetTableClient("NoSuchTable").QueryAsync<TableEntity>(cancellationToken: Ct);
        await Refused(() => ToList(missing), 404, Azure.Data.Tables.Models.TableErrorCode.TableNotFound);
    }
}
