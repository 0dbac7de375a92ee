using System.Net.Http.Json;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Serverless.Conformance.Worker;

public sealed class Gate
{
    public TaskCompletionSource Opened { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

public sealed class SlowFunctions(Seen seen, Gate gate)
{
    [Function("Slow")]
    public async Task Slow([ServiceBusTrigger("events", Connection = "ServiceBusConnection")] string text)
    {
        seen.Add("begins " + text);
        await gate.Opened.Task;
        seen.Add("ends " + text);
    }
}

public sealed class StoringFunctions(TableServiceClient tables)
{
    [Function("Store")]
    public async Task<IResult> Store([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "store/{table}")] HttpRequest request, string table, CancellationToken cancellationToken)
    {
        _ = request;
        var client = tables.GetTableClient(table);
        await client.AddEntityAsync(new TableEntity("p", "r"), cancellationToken);
        await client.GetEntityAsync<TableEntity>("p", "r", cancellationToken: cancellationToken);
        return Results.NoContent();
    }
}

/// <summary>Notes when an app's own background service starts and stops.</summary>
public sealed class NotedService(Seen seen, IConfiguration configuration) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var client = new ServiceBusClient(configuration["ServiceBusConnection"]!);
        await client.CreateSender("events").SendMessageAsync(new ServiceBusMessage("from the start"), cancellationToken);
        seen.Add("service started");
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        seen.Add("service stopped");
        return Task.CompletedTask;
    }
}

public sealed class LifetimeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("lifetime-");
    private readonly Seen _seen = new();
    private readonly Gate _gate = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    private Task<FunctionsApp> StartAsync(Type functions, Action<FunctionsApplicationBuilder>? configure = null) => FunctionsApp.StartAsync(
        [functions],
        builder =>
        {
            builder.ConfigureFunctionsWebApplication();
            builder.Services.AddSingleton(_seen).AddSingleton(_gate);
            builder.Services.AddSingleton(services => new ServiceBusClient(services.GetRequiredService<IConfiguration>()["ServiceBusConnection"]!));
            configure?.Invoke(builder);
        },
        new() { ["Local__DataFolder"] = _folder.FullName });

    [Fact]
    public async Task Orchestrations_and_messages_go_on_after_a_restart()
    {
        string id;
        await using (var app = await StartAsync(typeof(DurableFunctionsUnderTest)))
        {
            id = await (await app.PostAsync("/api/greetings/Ada")).Content.ReadAsStringAsync(Cancel);
            await app.Services.GetRequiredService<ServiceBusClient>().CreateSender("events").SendMessageAsync(new ServiceBusMessage("kept"), Cancel);
            await app.Clock.WhenIdleAsync(TimeSpan.FromSeconds(5), Cancel);
        }
        await using (var app = await StartAsync(typeof(DurableFunctionsUnderTest)))
        {
            await app.Clock.AdvanceAsync(TimeSpan.FromHours(1), Cancel);
            await app.DurableTaskClient.RaiseEventAsync(id, "Answer", "bye", Cancel);
            var done = await app.DurableTaskClient.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Cancel);
            Assert.Equal("Hello Ada x2 from True, bye", done.ReadOutputAs<string>());
        }
        await using (await StartAsync(typeof(TextFunctions)))
            Assert.Equal("kept", await _seen.NextAsync());
    }

    [Fact]
    public async Task Stopping_waits_for_the_handlers_under_way()
    {
        var app = await StartAsync(typeof(SlowFunctions));
        await app.Services.GetRequiredService<ServiceBusClient>().CreateSender("events").SendMessageAsync(new ServiceBusMessage("one"), Cancel);
        Assert.Equal("begins one", await _seen.NextAsync());
        var stopping = app.DisposeAsync();
        Assert.False(stopping.IsCompleted);
        _gate.Opened.SetResult();
        await stopping;
        Assert.Equal(["ends one"], _seen.Drain());

        await using var next = await StartAsync(typeof(TextFunctions));
        await next.Clock.WhenIdleAsync(TimeSpan.FromSeconds(5), Cancel);
        Assert.Empty(_seen.Drain());
    }

    [Fact]
    public async Task The_apps_own_services_start_before_triggers_and_stop_after_them()
    {
        await using (var app = await StartAsync(typeof(TextFunctions), builder => builder.Services.AddHostedService<NotedService>()))
        {
            Assert.Equal("service started", await _seen.NextAsync());
            Assert.Equal("from the start", await _seen.NextAsync());
        }
        Assert.Equal(["service stopped"], _seen.Drain());
    }

    [Fact]
    public async Task Costs_are_storage_transactions_by_function()
    {
        var table = $"T{Guid.NewGuid():N}";
        await Platform.Tables.CreateTableAsync(table, Cancel);
        await using var app = await StartAsync(typeof(StoringFunctions), builder => builder.Services.AddSingleton(Platform.Tables));
        (await app.PostAsync("/api/store/" + table)).EnsureSuccessStatusCode();
        var costs = await (await app.GetAsync("/local/costs")).Content.ReadFromJsonAsync<JsonElement>(Cancel);
        var operation = Assert.Single(costs.GetProperty("operations").EnumerateArray());
        Assert.Equal(("Store", 2, 2), (operation.GetProperty("operation").GetString(), operation.GetProperty("requests").GetArrayLength(), costs.GetProperty("total").GetInt32()));
        await Platform.Tables.DeleteTableAsync(table, Cancel);
    }
}
