using System.Diagnostics;

namespace Serverless.Benchmarks;

/// <summary>
/// What the host asks of the worker besides requests: messages, activities, turns of orchestrations. With the small
/// app, whose functions do nothing.
/// </summary>
internal sealed class InvocationBenchmark(Report report)
{
    public async Task RunAsync()
    {
        using var folders = new Folders();
        var settings = EngineHost.SettingsOf(folders.Next()).ToDictionary();
        await using (var app = await HostApp.StartAsync(Built.BenchmarkApp, settings))
        {
            foreach (var clients in new[] { 1, 16 })
            {
                await Load.RunAsync(0, 500, clients, _ => app.Http.GetByteArrayAsync("/nothing"));
                var (measured, spent) = await app.SpendAsync(() =>
                    Load.RunAsync(0, clients == 1 ? 1000 : 4000, clients, _ => app.Http.GetByteArrayAsync("/nothing"))
                );
                var name = $"GET of a function that does nothing, {clients} at once";
                report.Add(name, measured, "req/s", null, null, spent);
            }
            await MeasureMessagesAsync(app);
            await MeasureOrchestrationsAsync(app, "embedded store", [1, 32], 40);
            report.Note($"Memory of the small app after its load: {app.Use.Memory}.");
        }
        settings["Local__DataFolder"] = folders.Next();
        settings["AzureWebJobsStorage"] = "UseDevelopmentStorage=true";
        settings["Durable__Store"] = "AzureStorage";
        await using (var app = await HostApp.StartAsync(Built.BenchmarkApp, settings))
        {
            await MeasureOrchestrationsAsync(app, "AzureStorage", [1, 200], 4);
            report.Note($"Memory of the same on AzureStorage: {app.Use.Memory}.");
        }
    }

    private async Task MeasureMessagesAsync(HostApp app)
    {
        const int Count = 5000;
        Report.Say("messages");
        await MeasureAsync("messages to a function", "messages");
        await MeasureAsync("  bare: to the client's own processor in the worker", "bare/messages");

        async Task MeasureAsync(string name, string path)
        {
            await app.PostAsync($"/{path}?count=1000");
            var (measured, spent) = await app.SpendAsync(async () =>
                Of(Count, (await app.PostAsync($"/{path}?count={Count}")).GetDouble())
            );
            var remark = $"sent in batches of 500, 32 at once; {spent}";
            report.Add(name, measured, "messages/s", null, null, remark);
        }
    }

    private async Task MeasureOrchestrationsAsync(HostApp app, string store, int[] inFlight, int scale)
    {
        Report.Say($"orchestrations, {store}");
        await app.PostAsync($"/orchestrations?name=ShortFlow&input=1&count={10 * scale}&atOnce=8");
        foreach (var atOnce in inFlight)
        {
            var count = scale * (atOnce == 1 ? 10 : 50);
            var (measured, spent) = await app.SpendAsync(async () =>
            {
                var started = Stopwatch.GetTimestamp();
                var each = await app.PostAsync($"/orchestrations?name=ShortFlow&input=1&count={count}&atOnce={atOnce}");
                var elapsed = Stopwatch.GetElapsedTime(started);
                return new Measurement(count, elapsed, [.. each.EnumerateArray().Select(one => one.GetDouble())]);
            });
            var remark = $"start, one activity, one timer, completion; {spent}";
            report.Add($"orchestration, {atOnce} in flight, {store}", measured, "orch/s", null, null, remark);
        }
        const int Activities = 100,
            Flows = 8;
        var flows = Math.Max(Flows, scale / 2);
        var wide = await app.SpendAsync(async () =>
        {
            var started = Stopwatch.GetTimestamp();
            await app.PostAsync($"/orchestrations?name=Wide&input={Activities}&count={flows}&atOnce={Flows}");
            return Of(flows * Activities, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        });
        var atOnceEach = $"{Activities} at once in each of {Flows} orchestrations; {wide.Spent}";
        report.Add($"activities, {store}", wide.Measured, "activities/s", null, null, atOnceEach);
    }

    private static Measurement Of(int count, double milliseconds) =>
        new(count, TimeSpan.FromMilliseconds(milliseconds), []);
}
