using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Local.Durable;
using Serverless.Local.Time;
using Serverless.Local.Worker;

namespace Serverless.Conformance.Durable;

/// <summary>
/// The real worker with the functions of <c>Serverless.DurableApp</c>, in this process. One for all tests, which each
/// have a task hub of their own.
/// </summary>
internal static class DurableWorker
{
    private static readonly Lazy<Task<FunctionsWorker>> Shared = new(StartAsync);

    public static Task<FunctionsWorker> GetAsync() => Shared.Value;

    private static async Task<FunctionsWorker> StartAsync()
    {
        var worker = new FunctionsWorker(AppContext.BaseDirectory, NullLoggerFactory.Instance, logsOfWorker: false);
        // The server has one at the same address; no test asks this one for anything.
        var unused = new DurableHub(new DurableOptions(), new LocalClock(), worker, NullLoggerFactory.Instance);
        var server = await RpcServer.StartAsync(worker, unused.Sidecar, _ => { }, CancellationToken.None);
        var app = typeof(Serverless.DurableApp.Activities).Assembly;
        var launcher = new InProcessWorkerLauncher(app, new Dictionary<string, string>(), _ => { }, _ => { });
        await worker.StartAsync(launcher, server.Address, CancellationToken.None);
        return worker;
    }
}
