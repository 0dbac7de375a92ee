using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;
using Serverless.Local;

namespace Serverless.Benchmarks;

/// <summary>Orchestrations to measure the engine with.</summary>
public static class Flows
{
    internal const int WaitDays = 2;

    /// <summary>One activity and one timer that is due at once.</summary>
    [Function(nameof(ShortFlow))]
    public static async Task<int> ShortFlow([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var doubled = await context.CallActivityAsync<int>(nameof(Twice), context.GetInput<int>());
        await context.CreateTimer(context.CurrentUtcDateTime, CancellationToken.None);
        return doubled;
    }

    /// <summary>Waits for days.</summary>
    [Function(nameof(LongWait))]
    public static Task LongWait([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.CreateTimer(context.CurrentUtcDateTime.AddDays(WaitDays), CancellationToken.None);
    }

    /// <summary>The smallest activity.</summary>
    [Function(nameof(Twice))]
    public static int Twice([ActivityTrigger] int number) => 2 * number;
}

/// <summary>The Durable engine with its journal on disk, without storage.</summary>
internal sealed class DurableBenchmark(Report report)
{
    private const int Waiting = 10_000;

    public async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("benchmark-");
        try
        {
            await using (var app = await StartAsync(folder.FullName))
            {
                await Load.RunAsync(0, 500, 32, i => RunShortAsync(app, i));
                foreach (var inFlight in new[] { 1, 32 })
                {
                    Report.Say($"orchestrations, {inFlight} in flight");
                    report.Add($"orchestration, {inFlight} in flight", await Load.RunAsync(0, inFlight == 1 ? 1000 : 5000, inFlight, i => RunShortAsync(app, i)), "orch/s", null, null,
                        "start, one activity, one timer, completion");
                }
                await app.DurableTaskClient.PurgeAllInstancesAsync(new PurgeInstancesFilter());
            }
            var empty = await ReopenAsync(folder.FullName);

            Report.Say($"{Waiting:N0} waiting timers");
            await using (var app = await StartAsync(folder.FullName))
            {
                var before = GC.GetTotalMemory(forceFullCollection: true);
                var started = await Load.RunAsync(0, Waiting, 32, i => app.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync(nameof(Flows.LongWait), i));
                await app.Clock.WhenIdleAsync(TimeSpan.FromMinutes(1));
                var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / Waiting;
                report.Add($"start of {Waiting:N0} that wait for a timer", started, "orch/s", null, null, $"{bytes:N0} bytes of memory each");
            }
            var full = await ReopenAsync(folder.FullName);
            report.Note($"start of the host with {Waiting:N0} waiting timers in the journal: {full.TotalMilliseconds:0} ms, with an empty one {empty.TotalMilliseconds:0} ms");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<TimeSpan> ReopenAsync(string folder)
    {
        var started = Stopwatch.GetTimestamp();
        await using var app = await StartAsync(folder);
        return Stopwatch.GetElapsedTime(started);
    }

    private static async Task RunShortAsync(LocalApp app, int number)
    {
        var id = await app.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync(nameof(Flows.ShortFlow), number);
        var done = await app.DurableTaskClient.WaitForInstanceCompletionAsync(id);
        if (done.RuntimeStatus != OrchestrationRuntimeStatus.Completed)
            throw new InvalidOperationException($"An orchestration ended as {done.RuntimeStatus}.");
    }

    private static Task<LocalApp> StartAsync(string folder) => LocalApp.StartAsync(
        typeof(Flows).Assembly,
        args =>
        {
            var builder = FunctionsApplication.CreateBuilder(args);
            builder.ConfigureFunctionsWebApplication();
            builder.Build().Run();
            return Task.CompletedTask;
        },
        BenchApp.Settings("", folder));
}
