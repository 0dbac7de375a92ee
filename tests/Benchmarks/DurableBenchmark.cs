using System.Diagnostics;
using Microsoft.DurableTask.Client;

namespace Serverless.Benchmarks;

/// <summary>
/// Orchestrations on the embedded store with its journal on disk: host and load in this process, the worker beside it.
/// </summary>
internal sealed class DurableBenchmark(Report report)
{
    private const int Waiting = 10_000;

    public async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("benchmark-");
        try
        {
            await using (var app = await EngineHost.StartAsync(folder.FullName))
            {
                await Load.RunAsync(0, 500, 32, i => RunShortAsync(app, i));
                foreach (var inFlight in new[] { 1, 32 })
                {
                    Report.Say($"orchestrations, {inFlight} in flight");
                    report.Add(
                        $"orchestration, {inFlight} in flight",
                        await Load.RunAsync(0, inFlight == 1 ? 1000 : 5000, inFlight, i => RunShortAsync(app, i)),
                        "orch/s",
                        null,
                        null,
                        "start, one activity, one timer, completion"
                    );
                }
                await app.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter());
            }
            var empty = await ReopenAsync(folder.FullName);

            Report.Say($"{Waiting:N0} waiting timers");
            await using (var app = await EngineHost.StartAsync(folder.FullName))
            {
                var before = GC.GetTotalMemory(forceFullCollection: true);
                var started = await Load.RunAsync(
                    0,
                    Waiting,
                    32,
                    i => app.Client.ScheduleNewOrchestrationInstanceAsync("LongWait", i)
                );
                await app.Clock.WhenIdleAsync(TimeSpan.FromMinutes(1));
                var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / Waiting;
                report.Add(
                    $"start of {Waiting:N0} that wait for a timer",
                    started,
                    "orch/s",
                    null,
                    null,
                    $"{bytes:N0} bytes of memory each"
                );
            }
            var full = await ReopenAsync(folder.FullName);
            report.Note(
                $"start of the host with {Waiting:N0} waiting timers in the journal: {full.TotalMilliseconds:0} ms, with an empty one {empty.TotalMilliseconds:0} ms"
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<TimeSpan> ReopenAsync(string folder)
    {
        var started = Stopwatch.GetTimestamp();
        await using var app = await EngineHost.StartAsync(folder);
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task RunShortAsync(EngineHost app, int number)
    {
        var id = await app.Client.ScheduleNewOrchestrationInstanceAsync("ShortFlow", number);
        var done = await app.Client.WaitForInstanceCompletionAsync(id);
        if (done.RuntimeStatus != OrchestrationRuntimeStatus.Completed)
            throw new InvalidOperationException($"An orchestration ended as {done.RuntimeStatus}.");
    }
}
