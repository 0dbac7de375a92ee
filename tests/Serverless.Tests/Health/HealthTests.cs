using System.Net;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Functions.Events;
using Serverless.Functions.Health;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Xunit;

namespace Serverless.Tests.Health;

/// <summary>Alive and ready, for whoever looks after the app.</summary>
public sealed class HealthTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_live_app_says_so_to_anybody_and_touches_nothing()
    {
        await using var app = await TestApp.StartAsync(services =>
            services.AddSingleton<ISecretSource>(new Vault { Fails = true })
        );
        Assert.Equal((200, """{"status":"live"}"""), await AskAsync(app, "/health/live"));
        Assert.Empty(await app.RowsAsync("Health"));
    }

    [Fact]
    public async Task A_ready_app_has_written_sent_and_read()
    {
        var vault = new Vault();
        await using var app = await TestApp.StartAsync(services => services.AddSingleton<ISecretSource>(vault));
        Assert.Equal(
            (200, """{"status":"ready","checks":{"storage":"ok","queue":"ok","secrets":"ok"}}"""),
            await AskAsync(app, "/health/ready")
        );
        var first = Assert.Single(await app.RowsAsync("Health")).ETag;
        Assert.Equal(1, vault.Reads);

        await app.AdvanceAsync(TimeSpan.FromSeconds(11));
        Assert.Equal(200, (await AskAsync(app, "/health/ready")).Status);
        Assert.NotEqual(first, Assert.Single(await app.RowsAsync("Health")).ETag);
        // The message is ignored, and leaves nothing.
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Empty(await app.RowsAsync("Users"));
    }

    [Fact]
    public async Task Of_a_hundred_at_once_and_for_ten_seconds_one_round_is_made()
    {
        var vault = new Vault();
        await using var app = await TestApp.StartAsync(services => services.AddSingleton<ISecretSource>(vault));
        var replies = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => AskAsync(app, "/health/ready")));
        Assert.All(replies, reply => Assert.Equal(200, reply.Status));
        await app.AdvanceAsync(TimeSpan.FromSeconds(9));
        await AskAsync(app, "/health/ready");
        Assert.Equal(1, vault.Reads);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AskAsync(app, "/health/ready")));
        Assert.Equal(2, vault.Reads);
    }

    [Fact]
    public async Task Instances_share_the_row_and_do_not_disturb_each_other()
    {
        await using var app = await TestApp.StartAsync();
        await using var twin = await app.StartTwinAsync();
        for (var i = 0; i < 3; i++)
        {
            var replies = await Task.WhenAll(AskAsync(app, "/health/ready"), AskAsync(twin, "/health/ready"));
            Assert.All(replies, reply => Assert.Equal(200, reply.Status));
            await app.AdvanceAsync(TimeSpan.FromSeconds(11));
            await twin.AdvanceAsync(TimeSpan.FromSeconds(11));
        }
        Assert.Single(await app.RowsAsync("Health"));
    }

    [Theory]
    [InlineData("storage")]
    [InlineData("queue")]
    [InlineData("secrets")]
    public async Task What_is_down_is_named_and_nothing_else_is_said(string down)
    {
        var vault = new Vault { Fails = down == "secrets" };
        await using var app = await TestApp.StartAsync(services =>
            services
                .AddSingleton<ISecretSource>(vault)
                .AddSingleton(provider => new StorageCheck(
                    down == "storage"
                        ? new AppTables(Unreachable(), provider.GetRequiredService<IOptions<StorageOptions>>())
                        : provider.GetRequiredService<AppTables>(),
                    provider.GetRequiredService<TimeProvider>(),
                    provider.GetRequiredService<ILogger<StorageCheck>>()
                ))
                .AddSingleton(provider => new QueueCheck(
                    down == "queue" ? Closed(provider) : provider.GetRequiredService<AppQueues>(),
                    provider.GetRequiredService<TimeProvider>(),
                    provider.GetRequiredService<ILogger<QueueCheck>>()
                ))
        );
        var (status, text) = await AskAsync(app, "/health/ready");
        Assert.Equal(503, status);
        Assert.Equal(
            [
                ("storage", down == "storage" ? "failed" : "ok"),
                ("queue", down == "queue" ? "failed" : "ok"),
                ("secrets", down == "secrets" ? "failed" : "ok"),
            ],
            JsonNode.Parse(text)!["checks"]!.AsObject().Select(check => (check.Key, (string)check.Value!))
        );
        Assert.Equal(["status", "checks"], JsonNode.Parse(text)!.AsObject().Select(member => member.Key));
        Assert.Contains(app.Log.Lines, line => line.Contains($"Not ready: {down} failed", StringComparison.Ordinal));
        Assert.DoesNotContain(app.Log.Lines, line => line.Contains("canary-secret", StringComparison.Ordinal));

        // It recovers once what failed is back, after ten seconds.
        if (down == "secrets")
        {
            vault.Fails = false;
            Assert.Equal(503, (await AskAsync(app, "/health/ready")).Status);
            await app.AdvanceAsync(TimeSpan.FromSeconds(10));
            Assert.Equal(200, (await AskAsync(app, "/health/ready")).Status);
        }
    }

    [Fact]
    public async Task A_check_that_hangs_fails_after_three_seconds()
    {
        var vault = new Vault();
        await using var app = await TestApp.StartAsync(services => services.AddSingleton<ISecretSource>(vault));
        vault.Hangs = true;
        var asked = AskAsync(app, "/health/ready");
        await vault.Asked;
        await app.Clock.AdvanceAsync(TimeSpan.FromSeconds(3), Cancel);
        var (status, text) = await asked;
        Assert.Equal((503, "failed"), (status, (string?)JsonNode.Parse(text)!["checks"]!["secrets"]));
    }

    private static async Task<(int Status, string Text)> AskAsync(TestApp app, string path)
    {
        using var http = new HttpClient();
        using var reply = await http.GetAsync(new Uri(app.Address, path), Cancel);
        Assert.True(reply.Headers.Contains("X-Request-Id"));
        Assert.Equal("no-store", reply.Headers.CacheControl!.ToString());
        return ((int)reply.StatusCode, await reply.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>Nothing listens at port 1.</summary>
    private static TableServiceClient Unreachable()
    {
        var options = new TableClientOptions();
        options.Retry.MaxRetries = 0;
        return new TableServiceClient(
            "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;TableEndpoint=http://127.0.0.1:1/devstoreaccount1;",
            options
        );
    }

    private static AppQueues Closed(IServiceProvider provider)
    {
        var client = new ServiceBusClient(
            "Endpoint=sb://localhost/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true"
        );
        var queues = new AppQueues(
            client,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AppQueues>>()
        );
        client.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return queues;
    }

    private sealed class Vault : ISecretSource
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _reads;

        public int Reads => _reads;

        public bool Fails { get; set; }

        public bool Hangs { get; set; }

        public Task Asked => _asked.Task;

        public Task<string> GetAsync(string name, CancellationToken ct)
        {
            if (name == KeyRing.SecretName)
                Interlocked.Increment(ref _reads);
            if (Hangs)
                _asked.TrySetResult();
            return Hangs ? new TaskCompletionSource<string>().Task
                : Fails
                    ? Task.FromException<string>(
                        new HttpRequestException("canary-secret cannot be reached", null, HttpStatusCode.Forbidden)
                    )
                : Task.FromResult($$"""{"current":"a","keys":{"a":"{{Convert.ToBase64String(new byte[32])}}"} }""");
        }
    }
}
