using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Grpc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Durable;
using Serverless.Local.State;
using Serverless.Local.Time;
using Serverless.Local.Worker;
using Xunit;

namespace Serverless.Conformance.Durable;

/// <summary>Where a task hub keeps its state.</summary>
public enum Store
{
    /// <summary>In this process, on a clock that can be moved.</summary>
    Embedded,

    /// <summary>In a storage account, as in Azure: here the emulator's, in real time.</summary>
    AzureStorage,
}

/// <summary>
/// A task hub of its own, the client that an app's functions would have, and a process around them that can die.
/// </summary>
internal sealed class TestHub : IAsyncDisposable
{
    private static readonly Lazy<Task<TestHub>> InStorage = new(() => StartAsync(Store.AzureStorage));

    private readonly LocalClock? _ownClock;
    private readonly Journal? _journal;
    private readonly WebApplication _server;
    private readonly GrpcChannel _channel;
    private bool _isJournalGone;

    private TestHub(DurableHub hub, LocalClock clock, LocalClock? ownClock, Journal? journal, WebApplication server)
    {
        Hub = hub;
        Clock = clock;
        _ownClock = ownClock;
        _journal = journal;
        _server = server;
        _channel = GrpcChannel.ForAddress(server.Urls.First());
        Client = new GrpcDurableTaskClient(
            "test",
            new GrpcDurableTaskClientOptions { Channel = _channel },
            NullLogger.Instance
        );
    }

    public DurableHub Hub { get; }

    public LocalClock Clock { get; }

    public DurableTaskClient Client { get; }

    public string Address => _server.Urls.First();

    /// <summary>A hub of the test's own, or the one in storage, which takes seconds to start and is shared.</summary>
    public static Task<TestHub> GetAsync(Store store) => store == Store.Embedded ? StartAsync() : InStorage.Value;

    public static async Task<TestHub> StartAsync(
        Store store = Store.Embedded,
        string? journal = null,
        LocalClock? clock = null,
        DurableOptions? options = null,
        IFunctionInvoker? worker = null
    )
    {
        worker ??= await DurableWorker.GetAsync();
        options ??= new DurableOptions();
        options = options with
        {
            MaxConcurrentActivityFunctions = 32,
            MaxConcurrentOrchestratorFunctions = 32,
            HubName = $"hub{Guid.NewGuid():N}"[..20],
            PartitionCount = 1,
            MaxQueuePollingInterval = TimeSpan.FromMilliseconds(50),
            StorageConnectionString =
                store == Store.AzureStorage ? await StorageEmulator.GetConnectionStringAsync() : null,
        };
        var ownClock = clock is null ? new LocalClock() : null;
        clock ??= ownClock!;
        var hub = new DurableHub(options, clock, worker, NullLoggerFactory.Instance);
        var opened = hub.Journaled is null ? null : await OpenAsync(journal, hub.Journaled);
        if (opened is not null)
            hub.Attach(opened);
        clock.AddWorkProbe(() => hub.Work);
        var server = await ServeAsync(hub);
        await hub.StartAsync();
        return new TestHub(hub, clock, ownClock, opened, server);
    }

    /// <summary>
    /// A test that starts a program in this moment holds every open file for an instant, also one that is closed here
    /// meanwhile.
    /// </summary>
    private static async Task<Journal> OpenAsync(string? file, IJournaled part)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Journal.Open(file, [part]);
            }
            catch (IOException) when (attempt < 100)
            {
                await Task.Delay(20);
            }
        }
    }

    public Task<string> StartAsync(string name, object? input = null, string? id = null) =>
        Client.ScheduleNewOrchestrationInstanceAsync(
            name,
            input,
            new StartOrchestrationOptions(id),
            TestContext.Current.CancellationToken
        );

    public async Task<OrchestrationMetadata> EndAsync(string id)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        // The storage's own wait looks every two seconds only.
        while (Hub.Journaled is null && (await Client.GetInstanceAsync(id, limit.Token))?.IsCompleted != true)
            await Task.Delay(20, limit.Token);
        return await Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, limit.Token);
    }

    /// <summary>Runs an orchestrator to its end: "status output".</summary>
    public async Task<string> RunAsync(string name, object? input = null) =>
        Text(await EndAsync(await StartAsync(name, input)));

    public async Task<OrchestrationMetadata> GetAsync(string id) =>
        await Client.GetInstanceAsync(id, getInputsAndOutputs: true)
        ?? throw new InvalidOperationException($"There is no instance {id}.");

    public Task<string> StartWithAsync(string name, object? input, StartOrchestrationOptions options) =>
        Client.ScheduleNewOrchestrationInstanceAsync(name, input, options);

    public Task RaiseAsync(string id, string name, object? data = null) => Client.RaiseEventAsync(id, name, data);

    public Task TerminateAsync(string id, object? output = null) => Client.TerminateInstanceAsync(id, output);

    public Task SuspendAsync(string id) => Client.SuspendInstanceAsync(id);

    public Task ResumeAsync(string id) => Client.ResumeInstanceAsync(id);

    public Task<OrchestrationMetadata?> FindAsync(string id) => Client.GetInstanceAsync(id);

    public async Task<List<OrchestrationMetadata>> AllAsync(OrchestrationQuery? query = null)
    {
        var all = new List<OrchestrationMetadata>();
        await foreach (var instance in Client.GetAllInstancesAsync(query))
            all.Add(instance);
        return all;
    }

    public async Task<List<int>> PageSizesAsync(OrchestrationQuery query)
    {
        var sizes = new List<int>();
        await foreach (var page in Client.GetAllInstancesAsync(query).AsPages())
            sizes.Add(page.Values.Count);
        return sizes;
    }

    public async Task<int> PurgeAsync(string id) => (await Client.PurgeInstanceAsync(id)).PurgedInstanceCount;

    public async Task<int> PurgeAsync(PurgeInstancesFilter filter) =>
        (await Client.PurgeAllInstancesAsync(filter)).PurgedInstanceCount;

    public Task<string> RestartAsync(string id, bool newId = false) => Client.RestartAsync(id, newId);

    /// <summary>What a status page would show of it.</summary>
    public async Task<DurableInstance> ReadAsync(string id) =>
        (await Hub.ReadAsync(1000)).Single(instance => instance.Id == id);

    public async Task UntilAsync(string id, OrchestrationRuntimeStatus status)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await Client.GetInstanceAsync(id, limit.Token))?.RuntimeStatus != status)
            await Task.Delay(5, limit.Token);
    }

    /// <summary>Waits until nothing is under way: what waits for a timer or an event waits.</summary>
    public async Task IdleAsync() => Assert.True(await Clock.WhenIdleAsync(TimeSpan.FromSeconds(30)));

    public async Task AdvanceAsync(TimeSpan by)
    {
        await IdleAsync();
        await Clock.AdvanceAsync(by);
    }

    public static string Text(OrchestrationMetadata instance) =>
        $"{instance.RuntimeStatus} {instance.SerializedOutput}";

    /// <summary>The process dies without a word to its journal.</summary>
    public ValueTask CrashAsync()
    {
        _journal!.Abandon();
        _isJournalGone = true;
        return DisposeAsync();
    }

    /// <summary>From here on nothing can be kept: as if the disk were full.</summary>
    public ValueTask CloseJournalAsync()
    {
        _isJournalGone = true;
        return _journal!.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (InStorage.IsValueCreated && this == await InStorage.Value)
            return;
        await Hub.DisposeAsync();
        await Client.DisposeAsync();
        _channel.Dispose();
        await _server.DisposeAsync();
        if (_journal is not null && !_isJournalGone)
            await _journal.DisposeAsync();
        _ownClock?.Dispose();
    }

    private static async Task<WebApplication> ServeAsync(DurableHub hub)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2)
        );
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(hub.Sidecar);
        var server = builder.Build();
        server.MapGrpcService<DurableSidecar>();
        await server.StartAsync();
        return server;
    }
}
