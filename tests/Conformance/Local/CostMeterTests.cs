using Azure;
using Azure.Data.Tables;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Conformance.Local;

public class CostMeterTests
{
    [Fact]
    public async Task Each_request_to_the_table_service_is_counted_once()
    {
        var ct = TestContext.Current.CancellationToken;
        var meter = new CostMeter();
        meter.Enter("Test");
        var table = Platform.Tables.GetTableClient($"T{Guid.NewGuid():N}");
        await table.CreateAsync(ct);
        await table.AddEntityAsync(new TableEntity("p", "r"), ct);
        await table.GetEntityAsync<TableEntity>("p", "r", cancellationToken: ct);
        await table.GetEntityIfExistsAsync<TableEntity>("p", "none", cancellationToken: ct);
        await table.UpsertEntityAsync(new TableEntity("p", "s"), cancellationToken: ct);
        await table.UpdateEntityAsync(new TableEntity("p", "s"), ETag.All, cancellationToken: ct);
        await table.SubmitTransactionAsync([.. Enumerable.Range(0, 5).Select(row => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", $"{row}")))], ct);
        await foreach (var _ in table.QueryAsync<TableEntity>(maxPerPage: 3, cancellationToken: ct))
        {
        }
        await table.DeleteEntityAsync("p", "r", cancellationToken: ct);
        // Refused without being sent: costs nothing.
        await Assert.ThrowsAsync<RequestFailedException>(() => table.AddEntityAsync(new TableEntity("p", "a/b"), ct));

        Assert.Equal(
            [("delete", 1), ("get", 2), ("insert", 1), ("query", 3), ("table", 1), ("transaction", 1), ("update", 1), ("upsert", 1)],
            meter.Read().Select(cost => (cost.Request[(table.Name.Length + 1)..], (int)cost.Count)));
    }
}
