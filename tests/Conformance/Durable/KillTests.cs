using Serverless.DurableApp;
using Serverless.Local.Time;
using Serverless.Local.Worker;
using Serverless.Local.Worker.Rpc;
using Xunit;

namespace Serverless.Conformance.Durable;

/// <summary>The host, or the worker, dies while much is under way.</summary>
public sealed class KillTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Kills_under_load_lose_nothing_that_was_acknowledged(int seed)
    {
        var random = new Random(seed);
        using var clock = new LocalClock();
        using var file = new JournalFile();
        var run = Guid.NewGuid().ToString("N")[..8];
        var acknowledged = new List<string>();
        for (var life = 0; life < 5; life++)
        {
            var hub = await TestHub.StartAsync(journal: file.FileName, clock: clock);
            var clients = Enumerable
                .Range(0, 4)
                .Select(client => LoadAsync(hub, $"{run}-{life}-{client}", acknowledged))
                .ToList();
            await Task.Delay(random.Next(50, 250), TestContext.Current.CancellationToken);
            await hub.CrashAsync();
            await Task.WhenAll(clients);
        }

        await using var last = await TestHub.StartAsync(journal: file.FileName, clock: clock);
        var ends = new Dictionary<string, string>();
        foreach (var id in acknowledged)
            ends[id] = TestHub.Text(await last.EndAsync(id));
        var notes = Activities.Noted.ToHashSet();
        Assert.True(acknowledged.Count > 50, $"{acknowledged.Count} were started");
        foreach (var id in acknowledged)
        {
            Assert.Equal("Completed \"a-2 b-2 c-2 child-2\"", ends[id]);
            foreach (var step in new[] { "a-1", "b-1", "c-1", "child-1", "a-2", "b-2", "c-2", "child-2" })
                Assert.Contains($"{id}:{step}", notes);
        }
    }

    [Fact]
    public async Task A_worker_that_dies_is_asked_again()
    {
        var worker = new MortalWorker(await DurableWorker.GetAsync()) { Deaths = 5 };
        await using var hub = await TestHub.StartAsync(worker: worker);

        Assert.Equal("Completed \"x!!!\"", await hub.RunAsync("Chain", "x"));
        Assert.Equal(0, worker.Deaths);
    }

    /// <summary>Starts one orchestration after the other until the host no longer answers.</summary>
    private static async Task LoadAsync(TestHub hub, string prefix, List<string> acknowledged)
    {
        try
        {
            for (var number = 0; ; number++)
            {
                await hub.StartAsync("Load", 1, $"{prefix}-{number}");
                lock (acknowledged)
                    acknowledged.Add($"{prefix}-{number}");
            }
        }
        catch (Exception ex)
            when (ex is Grpc.Core.RpcException or ObjectDisposedException or OperationCanceledException)
        {
            // Dead. Whether this one was heard is not known, so nothing is expected of it.
        }
    }

    private sealed class MortalWorker(IFunctionInvoker inner) : IFunctionInvoker
    {
        public int Deaths { get; set; }

        public LoadedFunction? Find(string name) => inner.Find(name);

        public async Task<InvocationResponse> InvokeAsync(
            LoadedFunction function,
            TypedData trigger,
            IReadOnlyDictionary<string, TypedData>? metadata,
            CancellationToken cancellationToken
        )
        {
            var answer = await inner.InvokeAsync(function, trigger, metadata, cancellationToken);
            if (Deaths == 0)
                return answer;
            Deaths--;
            throw new WorkerLostException("The worker is gone.");
        }
    }
}
