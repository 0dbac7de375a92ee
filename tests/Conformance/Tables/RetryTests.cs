using System.Collections.Concurrent;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Xunit;

namespace Serverless.Conformance.Tables;

public class RetryTests(TableFixture fixture) : TableTest(fixture)
{
    [Fact]
    public async Task A_lost_answer_is_asked_for_again_and_signed_again()
    {
        var transport = new LosingTransport();
        var table = Flaky(transport);
        await Table.AddEntityAsync(Row("r"), Ct);

        transport.Lose = 1;
        Assert.Equal("r", (await table.GetEntityAsync<TableEntity>(Partition, "r", cancellationToken: Ct)).Value.RowKey);
        Assert.Equal(2, transport.Sent.Count);
        Assert.All(transport.Sent, authorization => Assert.StartsWith("SharedKeyLite devstoreaccount1:", authorization, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_insert_whose_answer_was_lost_shows_as_409()
    {
        var transport = new LosingTransport { Lose = 1 };
        await Refused(() => Flaky(transport).AddEntityAsync(Row("r"), Ct), 409, TableErrorCode.EntityAlreadyExists);
        Assert.Equal("r", (await Read("r")).RowKey);
    }

    [Fact]
    public async Task A_service_that_never_answers_ends_in_an_error()
    {
        var transport = new LosingTransport { Lose = int.MaxValue };
        await Assert.ThrowsAnyAsync<Exception>(() => Flaky(transport).GetEntityAsync<TableEntity>(Partition, "r", cancellationToken: Ct));
        Assert.Equal(4, transport.Sent.Count);
    }

    private TableClient Flaky(LosingTransport transport)
    {
        var options = new TableClientOptions { Transport = transport };
        options.Retry.Delay = TimeSpan.FromMilliseconds(1);
        options.Retry.MaxDelay = TimeSpan.FromMilliseconds(1);
        return new TableClient(Platform.TablesConnectionString, Table.Name, options);
    }

    /// <summary>Sends every request, and then loses the first answers.</summary>
    private sealed class LosingTransport : HttpPipelineTransport
    {
        private static readonly HttpClientTransport Inner = new();

        public int Lose { get; set; }

        public ConcurrentQueue<string> Sent { get; } = new();

        public override Request CreateRequest() => Inner.CreateRequest();

        public override void Process(HttpMessage message) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message)
        {
            Assert.True(message.Request.Headers.TryGetValue("Authorization", out var authorization));
            Sent.Enqueue(authorization!);
            await Inner.ProcessAsync(message);
            if (Lose-- > 0)
                throw new RequestFailedException("The connection was lost.", new IOException());
        }
    }
}
