using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;

namespace Serverless.BenchmarkApp;

/// <summary>
/// What a load generator asks for. Loads that no HTTP request starts one by one run in the worker, where an app would
/// begin them, too; the answer is how many milliseconds they took.
/// </summary>
public static class Requests
{
    /// <summary>The smallest request.</summary>
    [Function(nameof(Nothing))]
    public static IResult Nothing(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "nothing")] HttpRequest http
    ) => Results.Ok();

    /// <summary>
    /// Runs orchestrations to their end, <c>atOnce</c> of <c>count</c> at a time; answers how long each took.
    /// </summary>
    [Function(nameof(RunOrchestrations))]
    public static async Task<IResult> RunOrchestrations(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "orchestrations")] HttpRequest http,
        [DurableClient] DurableTaskClient client
    )
    {
        var name = http.Query["name"].ToString();
        var (count, input) = (Number(http, "count"), Number(http, "input"));
        var milliseconds = new double[count];
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Number(http, "atOnce")).Select(_ => Task.Run(RunAsync)));
        return Results.Json(milliseconds);

        async Task RunAsync()
        {
            for (int i; (i = Interlocked.Increment(ref next)) < count; )
            {
                var started = Stopwatch.GetTimestamp();
                var id = await client.ScheduleNewOrchestrationInstanceAsync(name, input);
                var ended = await client.WaitForInstanceCompletionAsync(id);
                if (ended.RuntimeStatus != OrchestrationRuntimeStatus.Completed)
                    throw new InvalidOperationException($"An orchestration ended as {ended.RuntimeStatus}.");
                milliseconds[i] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
            }
        }
    }

    internal static int Number(HttpRequest http, string name) =>
        int.Parse(http.Query[name].ToString(), NumberStyles.None, CultureInfo.InvariantCulture);
}
