using System.Diagnostics;
using System.Net;
using Serverless.Functions.Events;

namespace Serverless.Benchmarks;

/// <summary>
/// What the host costs: requests through host and worker, beside a worker called by this process, and beside bare web
/// servers. Host, worker and Azurite are processes of their own; load and webhook receiver are this one.
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
                await MeasureAsync("Liveness", clients, (_, _) => new Request(HttpMethod.Get, "/health/live"));
                await MeasureAsync("GetProfile", clients, Profile);
                await MeasureAsync("CreateLink", clients, Refused, " refused");
                await MeasureAsync("CreateLink", clients, NewLink);
            }

            async Task MeasureAsync(
                string function,
                int clients,
                Func<List<string>, int, Request> request,
                string outcome = ""
            )
            {
                var (method, path) = (request(keys, 0).Method, request(keys, 0).Path);
                var count = (clients, method.Method) switch
                {
                    (1, "POST") => 100,
                    (1, _) => 500,
                    (_, "POST") => 240,
                    _ => 2000,
                };
                // Until the methods on the way are compiled for good.
                var warmUp = method == HttpMethod.Post ? count / 2 : WarmUp;
                await RunThroughAsync(warmUp);
                await RunDirectAsync(warmUp);
                var (mine, limit, spent) = (new List<Measurement>(), new List<Measurement>(), "");
                for (var round = 1; round <= Rounds; round++)
                {
                    await through.PassMinuteAsync();
                    await engine.Clock.AdvanceAsync(TimeSpan.FromSeconds(61));
                    if (round % 2 == 0)
                        limit.Add(await RunDirectAsync(count));
                    (var measured, spent) = await through.SpendAsync(() => RunThroughAsync(count));
                    mine.Add(measured);
                    if (round % 2 == 1)
                        limit.Add(await RunDirectAsync(count));
                }
                var name = $"{method} {path}{outcome}, {Of(clients)}";
                Report.Say($"{name}: {mine[^1].PerSecond:0}/s, called directly {limit[^1].PerSecond:0}/s; {spent}");
                var pairs = mine.Zip(limit).ToList();
                var ratio = Statistics.Median(pairs.Select(pair => pair.First.PerSecond / pair.Second.PerSecond));
                var more = Statistics.Median(
                    pairs.Select(pair => pair.First.Percentile(0.5) - pair.Second.Percentile(0.5))
                );
                var remark =
                    $"{ratio:0.00} of the direct calls, p50 {more:+0.0;-0.0} ms (medians of {Rounds} rounds); {spent}";
                report.Add(name, Measurement.Sum(mine), "req/s", null, null, remark);
                report.Add("  worker called directly", Measurement.Sum(limit), "req/s", null, null, "");

                Task<Measurement> RunThroughAsync(int requests) =>
                    Load.RunAsync(0, requests, clients, i => through.SendAsync(request(keys, i)));

                Task<Measurement> RunDirectAsync(int requests) =>
                    Load.RunAsync(0, requests, clients, i => direct.SendAsync(function, request(directKeys, i)));
            }
        }
        await MeasureDeliveriesAsync(through, receiver);
        report.Note($"Memory after the load: {through.Use.Memory}.");
    }

    private static string Of(int clients) => clients == 1 ? "1 client" : $"{clients} clients";

    private static Request Profile(List<string> keys, int number) =>
        new(HttpMethod.Get, "/partner/me", keys[number % keys.Count]);

    /// <summary>A body that nothing follows from: what is left is the way there and back.</summary>
    private static Request Refused(List<string> keys, int number) =>
        new(HttpMethod.Post, "/partner/links", keys[number % keys.Count], new { referenceId = "no reference" })
        {
            Refusal = HttpStatusCode.BadRequest,
        };

    private Request NewLink(List<string> keys, int number) =>
        Request.CreateLink(keys[number % keys.Count], $"person-{Interlocked.Increment(ref _person)}");

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
        report.Note(
            "Start of host, Azurite and worker to the first answer of GET /health/live: "
                + $"{Statistics.Median(first):0} ms on an empty folder, {Statistics.Median(again):0} ms on one with data (medians of {Starts})."
        );
    }

    private async Task MeasureBareAsync()
    {
        var self = typeof(HostBenchmark).Assembly.Location;
        await using var server = await ChildProgram.StartAsync(self, ["serve"], []);
        await using var forwarder = await ChildProgram.StartAsync(self, ["forward", server.Address.ToString()], []);
        using var http = Clients.New();
        foreach (var clients in new[] { 1, 16 })
        {
            var count = clients == 1 ? 2000 : 10_000;
            await MeasureAsync("bare: a web server", server.Address);
            await MeasureAsync("bare: a forwarder and a web server", forwarder.Address);

            async Task MeasureAsync(string name, Uri address)
            {
                await Load.RunAsync(0, count, clients, _ => http.GetByteArrayAsync(address));
                var measured = await Load.RunAsync(0, count, clients, _ => http.GetByteArrayAsync(address));
                report.Add($"{name}, {Of(clients)}", measured, "req/s", null, null, "");
            }
        }
    }

    /// <summary>Links are created, and then their webhooks sent once more.</summary>
    private async Task MeasureDeliveriesAsync(HostApp app, Receiver receiver)
    {
        const int Links = 320;
        Report.Say("deliveries");
        await app.PassMinuteAsync();
        string[] events = [PartnerEvents.LinkCreated];
        var partner = new
        {
            partnerId = "receives",
            name = "receives",
            webhookUrl = receiver.Url,
            webhookEvents = events,
        };
        var key = (await app.PostAsync("/operator/partners", partner))
            .GetProperty("data")
            .GetProperty("apiKey")
            .GetString()!;
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
            var replay = new { from = "2020-01-01" };
            await app.SendAsync(new Request(HttpMethod.Post, "/partner/webhooks/deliveries/replay", key, replay));
            await WhenArrivedAsync(receiver, Links);
            return new Measurement(Links, Stopwatch.GetElapsedTime(started), []);
        });
        var remark = $"from the request to the last receipt; {spent}";
        report.Add($"replay of {Links} webhooks of one partner", measured, "webhooks/s", null, null, remark);
    }

    private static async Task WhenArrivedAsync(Receiver receiver, int count)
    {
        var started = Stopwatch.GetTimestamp();
        while (receiver.Arrivals(PartnerEvents.LinkCreated).Count is var came && came < count)
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(3))
                throw new TimeoutException($"Only {came} of {count} webhooks came in three minutes.");
            await Task.Delay(2);
        }
    }

    private static Dictionary<string, string?> SettingsOf(string dataFolder) =>
        new() { ["Local__DataFolder"] = dataFolder, ["Demo__Seed"] = "false" };
}
