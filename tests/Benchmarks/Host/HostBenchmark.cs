using System.Diagnostics;
using Serverless.Functions.Webhooks;

namespace Serverless.Benchmarks;

/// <summary>
/// What the host costs: requests through host and worker, beside the same worker called by this process, and beside bare web servers. Host, worker and Azurite are processes of their
/// own; load and webhook receiver are this one.
/// </summary>
internal sealed class HostBenchmark(Report report)
{
    private const int Partners = 16;
    private const int Rounds = 3;
    private const int Starts = 3;
    private const int WarmUp = 2000;
    private int _person;

    public async Task RunAsync()
    {
        using var folders = new Folders();
        await MeasureStartAsync(folders);
        await MeasureBareAsync();
        await using var receiver = await Receiver.StartAsync();
        await using var through = await HostApp.StartAsync(Built.Functions, SettingsOf(folders.Next()));
        report.Note($"Memory after the start: {through.Use.Memory}.");
        await using (var engine = await EngineHost.StartAsync(Built.Functions, SettingsOf(folders.Next())))
        {
            using var direct = new DirectWorker(engine.Worker);
            var keys = await Benchmarks.Partners.CreateAsync(through.Http.BaseAddress!, Partners, null);
            var directKeys = await Benchmarks.Partners.CreateAsync(engine.Address, Partners, null);
            foreach (var clients in new[] { 1, 16 })
            {
                await MeasureAsync("GET /health/live", "Liveness", clients, _ => new Request(HttpMethod.Get, "/health/live"), _ => new Request(HttpMethod.Get, "/health/live"));
                await MeasureAsync("GET /partner/me", "GetProfile", clients, i => Profile(keys, i), i => Profile(directKeys, i));
                await MeasureAsync("POST /partner/links", "CreateLink", clients, i => NewLink(keys, i), i => NewLink(directKeys, i));
            }

            async Task MeasureAsync(string name, string function, int clients, Func<int, Request> request, Func<int, Request> ofDirect)
            {
                var isWrite = name.StartsWith("POST", StringComparison.Ordinal);
                var count = (clients, isWrite) switch { (1, true) => 100, (1, false) => 500, (_, true) => 240, _ => 2000 };
                // Until the methods on the way are compiled for good.
                var warmUp = isWrite ? count / 2 : WarmUp;
                await Load.RunAsync(0, warmUp, clients, i => through.SendAsync(request(i)));
                await Load.RunAsync(0, warmUp, clients, i => direct.SendAsync(function, ofDirect(i)));
                var (mine, limit, spent) = (new List<Measurement>(), new List<Measurement>(), "");
                for (var round = 1; round <= Rounds; round++)
                {
                    await through.PassMinuteAsync();
                    await engine.Clock.AdvanceAsync(TimeSpan.FromSeconds(61));
                    if (round % 2 == 0)
                        limit.Add(await Load.RunAsync(0, count, clients, i => direct.SendAsync(function, ofDirect(i))));
                    (var measured, spent) = await through.SpendAsync(() => Load.RunAsync(0, count, clients, i => through.SendAsync(request(i))));
                    mine.Add(measured);
                    if (round % 2 == 1)
                        limit.Add(await Load.RunAsync(0, count, clients, i => direct.SendAsync(function, ofDirect(i))));
                }
                Report.Say($"{name}, {clients}: {mine[^1].PerSecond:0}/s, called directly {limit[^1].PerSecond:0}/s; {spent}");
                var ratio = Statistics.Median(mine.Zip(limit, (one, bound) => one.PerSecond / bound.PerSecond));
                var more = Statistics.Median(mine.Zip(limit, (one, bound) => one.Percentile(0.5) - bound.Percentile(0.5)));
                report.Add($"{name}, {Clients(clients)}", Measurement.Sum(mine), "req/s", null, null, $"{ratio:0.00} of the direct calls, p50 {more:+0.0;-0.0} ms (medians of {Rounds} rounds); {spent}");
                report.Add("  worker called directly", Measurement.Sum(limit), "req/s", null, null, "");
            }
        }
        await MeasureDeliveriesAsync(through, receiver);
        report.Note($"Memory after the load: {through.Use.Memory}.");
    }

    private static string Clients(int clients) => clients == 1 ? "1 client" : $"{clients} clients";

    private static Request Profile(List<string> keys, int number) => new(HttpMethod.Get, "/partner/me", keys[number % keys.Count]);

    private Request NewLink(List<string> keys, int number) => Request.CreateLink(keys[number % keys.Count], $"person-{Interlocked.Increment(ref _person)}");

    private async Task MeasureStartAsync(Folders folders)
    {
        Report.Say("starts");
        var (first, again) = (new List<double>(), new List<double>());
        for (var i = 0; i < Starts; i++)
        {
            var settings = SettingsOf(folders.Next());
            first.Add((await HostApp.MeasureStartAsync(Built.Functions, settings, "/health/live")).TotalMilliseconds);
            again.Add((await HostApp.MeasureStartAsync(Built.Functions, settings, "/health/live")).TotalMilliseconds);
        }
        report.Note($"Start of host, Azurite and worker to the first answer of GET /health/live: {Statistics.Median(first):0} ms on an empty folder, {Statistics.Median(again):0} ms on one with data (medians of {Starts}).");
    }

    private async Task MeasureBareAsync()
    {
        var self = typeof(HostBenchmark).Assembly.Location;
        await using var server = await ChildProgram.StartAsync(self, ["serve"], []);
        await using var forwarder = await ChildProgram.StartAsync(self, ["forward", server.Address.ToString()], []);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null });
        foreach (var clients in new[] { 1, 16 })
        {
            var count = clients == 1 ? 2000 : 10_000;
            foreach (var (name, address) in new[] { ("bare: a web server", server.Address), ("bare: a forwarder and a web server", forwarder.Address) })
            {
                await Load.RunAsync(0, count, clients, _ => http.GetByteArrayAsync(address));
                report.Add($"{name}, {Clients(clients)}", await Load.RunAsync(0, count, clients, _ => http.GetByteArrayAsync(address)), "req/s", null, null, "");
            }
        }
    }

    /// <summary>Links are created, and then their webhooks sent once more.</summary>
    private async Task MeasureDeliveriesAsync(HostApp app, Receiver receiver)
    {
        const int Links = 320;
        Report.Say("deliveries");
        await app.PassMinuteAsync();
        var key = (await app.PostAsync("/operator/partners", new { partnerId = "receives", name = "receives", webhookUrl = receiver.Url, webhookEvents = new[] { WebhookEvents.LinkCreated } }))
            .GetProperty("data").GetProperty("apiKey").GetString()!;
        for (var made = 0; made < Links; made += 80)
        {
            await app.PassMinuteAsync();
            await Load.RunAsync(0, 80, 16, i => app.SendAsync(NewLink([key], i)));
        }
        await WhenArrivedAsync(receiver, Links);
        receiver.Forget();
        var started = Stopwatch.GetTimestamp();
        var (measured, spent) = await app.SpendAsync(async () =>
        {
            await app.SendAsync(new Request(HttpMethod.Post, "/partner/webhooks/deliveries/replay", key, new { from = "2020-01-01" }));
            await WhenArrivedAsync(receiver, Links);
            return new Measurement(Links, Stopwatch.GetElapsedTime(started), []);
        });
        report.Add($"replay of {Links} webhooks of one partner", measured, "webhooks/s", null, null, $"from the request to the last receipt; {spent}");
    }

    private static async Task WhenArrivedAsync(Receiver receiver, int count)
    {
        var started = Stopwatch.GetTimestamp();
        while (receiver.Arrivals(WebhookEvents.LinkCreated).Count < count)
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(3))
                throw new TimeoutException($"Only {receiver.Arrivals(WebhookEvents.LinkCreated).Count} of {count} webhooks came in three minutes.");
            await Task.Delay(2);
        }
    }

    private static Dictionary<string, string?> SettingsOf(string dataFolder) => new()
    {
        ["Local__DataFolder"] = dataFolder,
        ["Demo__Seed"] = "false",
    };
}
