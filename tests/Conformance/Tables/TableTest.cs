using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Xunit;

namespace Serverless.Conformance.Tables;

/// <summary>A table of a test class's own.</summary>
public sealed class TableFixture : IAsyncLifetime
{
    internal TableClient Table { get; } = Platform.Tables.GetTableClient($"T{Guid.NewGuid():N}");

    public async ValueTask InitializeAsync() => await Table.CreateAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync() => await Table.DeleteAsync(CancellationToken.None);
}

/// <summary>A test with a table of its class and a partition of its own.</summary>
public abstract class TableTest(TableFixture fixture) : IClassFixture<TableFixture>
{
    internal TableClient Table => fixture.Table;

    protected string Partition { get; } = Guid.NewGuid().ToString("N");

    protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal static async Task<Azure.RequestFailedException> Refused(Func<Task> act, int status, TableErrorCode? code = null)
    {
        var refusal = await Assert.ThrowsAnyAsync<Azure.RequestFailedException>(act);
        Assert.Equal(status, refusal.Status);
        if (code is not null)
            Assert.Equal(code.Value.ToString(), refusal.ErrorCode);
        return refusal;
    }

    internal TableEntity Row(string rowKey, params (string Name, object Value)[] properties)
    {
        var row = new TableEntity(Partition, rowKey);
        foreach (var (name, value) in properties)
            row[name] = value;
        return row;
    }

    internal async Task<TableEntity> Read(string rowKey) => await Table.GetEntityAsync<TableEntity>(Partition, rowKey, cancellationToken: Ct);

    internal static async Task<List<T>> ToList<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items.WithCancellation(Ct))
            list.Add(item);
        return list;
    }
}
