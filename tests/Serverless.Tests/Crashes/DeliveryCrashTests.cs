using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Serverless.Campaign;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Tests.Crashes;

/// <summary>
/// The app is killed while webhooks are under way: each reaches its receiver, and whoever drops ids that it has seen
/// gets each once.
/// </summary>
public sealed class DeliveryCrashTests(ITestOutputHelper output)
{
    private const int Partners = 12;
    private const int Waves = 7;
    private const int LinksPerWave = 96;
    private const int LinkMinutes = 5;
    private const int Deliveries = 3 * Waves * LinksPerWave;
    private const int DeliveriesOfPartner = Deliveries / Partners;
    private const int Kills = 16;
    private const int KillsOfReplay = 2;
    private const string TablePrefix = "Delivery";

    /// <summary>Minutes of the app's time that the retries after failures and kills may take.</summary>
    private const int MaxSteps = 60;

    private static readonly string[] Subscribed = ["link.created", "link.opened", "link.expired"];
    private static readonly TimeSpan PastExpiry = TimeSpan.FromMinutes(LinkMinutes + 1);

    /// <summary>
    /// How long after an attempt has come in the app may be killed: about what an attempt takes from its answer to its
    /// record.
    /// </summary>
    private static readonly TimeSpan LatestKill = TimeSpan.FromMilliseconds(60);

    [Fact]
    public async Task Kills_during_two_thousand_deliveries_and_a_replay_lose_none_and_change_none()
    {
        var ct = TestContext.Current.CancellationToken;
        var seed = CrashSettings.Seed(output);
        var random = new Random(seed);

        await using var azurite = await AzuriteProcess.StartAsync(
            new AzuriteOptions { EndWithThisProcess = true },
            output.WriteLine,
            ct
        );
        await using var receiver = await EventReceiver.StartAsync(ct);
        var unsteady = new UnsteadyAnswers(seed);
        receiver.Answer = unsteady.AnswerAsync;
        using var folder = new TemporaryFolder();
        using var app = new AppProcess(CrashSettings.FreePort(), CrashSettings.Of(azurite, folder.Path, TablePrefix));
        using var partner = new StubbornPartner(app.Address);
        try
        {
            await app.StartAsync(ct);
            var keys = new List<string>();
            for (var i = 0; i < Partners; i++)
                keys.Add(await partner.RegisterAsync($"partner-{i}", receiver.Url, Subscribed, ct));

            var started = Stopwatch.GetTimestamp();
            var living = LiveAsync(partner, keys, unsteady, ct);
            var (kills, retriesAtKills) = (0, 0);
            for (var kill = 0; kill < Kills && !living.IsCompleted; kill++)
            {
                // Spread over all deliveries, each at a random one; the last one well before the end.
                var at = (kill + random.NextDouble()) * 0.85 * Deliveries / Kills;
                if (
                    await KillAmidAsync(app, unsteady, living, () => unsteady.Taken.Count >= at, random, ct)
                    is not { } retryToCome
                )
                    break;
                kills++;
                retriesAtKills += retryToCome ? 1 : 0;
            }
            // An app that comes back works off what waits while it starts: on a fast machine all may be over before the
            // last kill.
            Assert.InRange(kills, Kills / 2, Kills);
            var links = await living;
            output.WriteLine($"All received after {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");

            var deliveries = new TableServiceClient(azurite.ConnectionString).GetTableClient(
                TablePrefix + "Deliveries"
            );
            await WaitForAsync(
                partner,
                async () => await CountAsync(deliveries, "Status eq 'Delivered'", ct) >= Deliveries,
                ct
            );
            output.WriteLine(
                $"{partner.Broken} requests broke; {receiver.Arrivals.Count} attempts for {Deliveries} deliveries: {unsteady.Refused} refused, {unsteady.Repeated} came again after a 204; "
                    + $"retries were to come at {retriesAtKills} of {kills} kills"
            );
            Assert.Equal(Deliveries, await CountAsync(deliveries, "Status eq 'Delivered'", ct));
            Assert.Equal(Deliveries, await CountAsync(deliveries, filter: null, ct));
            HasToldEachOnce(links, receiver.Arrivals, unsteady.Taken);
            Assert.True(
                unsteady.Repeated > 0,
                "No delivery came again: no kill fell between an answer and its record."
            );
            Assert.True(retriesAtKills > 0, "No retry was to come at a kill.");

            await ReplayAsync(app, partner, keys[0], receiver, unsteady, deliveries, random, ct);
            HasToldEachOnce(links, receiver.Arrivals, unsteady.Taken);
            // What was replayed has ended twice.
            await CountsAsync(partner, keys, "deliveries", "delivered", Deliveries + DeliveriesOfPartner, ct);
            foreach (var status in new[] { "created", "opened", "expired" })
                await CountsAsync(partner, keys, "links", status, Deliveries / 3, ct);
            Assert.Empty(partner.Unexpected);
        }
        catch
        {
            output.WriteLine(app.Output);
            throw;
        }
    }

    /// <summary>
    /// Each wave's links are created, opened and expire; the retries of what failed fall due on the way.
    /// </summary>
    private static async Task<List<KnownLink>> LiveAsync(
        StubbornPartner partner,
        List<string> keys,
        UnsteadyAnswers receiver,
        CancellationToken ct
    )
    {
        var links = new List<KnownLink>();
        for (var wave = 0; wave < Waves; wave++)
        {
            links.AddRange(
                await Task.WhenAll(
                    Enumerable
                        .Range(wave * LinksPerWave, LinksPerWave)
                        .Select(async number =>
                            await partner.OpenAsync(
                                await partner.CreateAsync(keys[number % Partners], $"person-{number}", LinkMinutes, ct),
                                ct
                            )
                        )
                )
            );
            await partner.AdvanceAsync(PastExpiry, ct);
        }
        await WaitForAsync(partner, () => Task.FromResult(receiver.Taken.Count == Deliveries), ct);
        return links;
    }

    /// <summary>
    /// Kills the app once a condition holds, within a moment after an attempt has come in, and starts it again.
    /// </summary>
    /// <returns>Whether a retry was to come then; null if all was over before.</returns>
    private static async Task<bool?> KillAmidAsync(
        AppProcess app,
        UnsteadyAnswers receiver,
        Task work,
        Func<bool> condition,
        Random random,
        CancellationToken ct
    )
    {
        do
        {
            var ended = await Task.WhenAny(receiver.NextAttempt, work).WaitAsync(ct);
            if (work.IsFaulted)
                await work;
            if (ended == work)
                return null;
        } while (!condition());
        await Task.Delay(LatestKill * random.NextDouble(), ct);
        var retryToCome = receiver.IsRetryToCome;
        await app.KillAsync(ct);
        await app.StartAsync(ct);
        return retryToCome;
    }

    /// <summary>All deliveries of one partner are replayed by one operation, over kills.</summary>
    private async Task ReplayAsync(
        AppProcess app,
        StubbornPartner partner,
        string key,
        EventReceiver receiver,
        UnsteadyAnswers unsteady,
        TableClient deliveries,
        Random random,
        CancellationToken ct
    )
    {
        const string OfPartner = "PartitionKey ge 'partner-0|' and PartitionKey lt 'partner-0}'";
        var before = receiver.Arrivals.Count;
        var begun = await partner.CallAsync(
            HttpMethod.Post,
            "/partner/webhooks/deliveries/replay",
            key,
            null,
            new { from = "2000-01-01" },
            [HttpStatusCode.Accepted],
            ct,
            idempotencyKey: "replay"
        );
        var shown = default(JsonElement);
        var ended = WaitForAsync(
            partner,
            async () =>
            {
                shown = await partner.CallAsync(
                    HttpMethod.Get,
                    $"/partner/webhooks/replays/{begun.GetProperty("operationId").GetString()}",
                    key,
                    null,
                    null,
                    [HttpStatusCode.OK],
                    ct
                );
                return shown.GetProperty("status").GetString() != "running"
                    && await CountAsync(deliveries, OfPartner + " and Status eq 'Delivered'", ct)
                        == DeliveriesOfPartner;
            },
            ct
        );
        for (var kill = 0; kill < KillsOfReplay; kill++)
        {
            var at = before + ((kill + random.NextDouble()) * DeliveriesOfPartner / (KillsOfReplay + 1));
            await KillAmidAsync(app, unsteady, ended, () => receiver.Arrivals.Count >= at, random, ct);
        }
        await ended;

        var replayed = receiver.Arrivals.Skip(before).Select(arrival => arrival.WebhookId).ToList();
        output.WriteLine($"{replayed.Count} attempts for {DeliveriesOfPartner} replayed deliveries");
        Assert.Equal(
            ("completed", DeliveriesOfPartner, DeliveriesOfPartner),
            (
                shown.GetProperty("status").GetString(),
                shown.GetProperty("found").GetInt32(),
                shown.GetProperty("replayed").GetInt32()
            )
        );
        Assert.Equal(DeliveriesOfPartner, replayed.Distinct().Count());
        // Each in one cycle more, however often the operation was begun anew.
        Assert.Equal(
            DeliveriesOfPartner,
            await CountAsync(deliveries, OfPartner + " and Cycle eq 2 and Status eq 'Delivered'", ct)
        );
        Assert.Equal(DeliveriesOfPartner, await CountAsync(deliveries, "Cycle gt 1", ct));
    }

    private static void HasToldEachOnce(
        List<KnownLink> links,
        IReadOnlyCollection<Arrival> arrivals,
        ConcurrentDictionary<string, bool> taken
    )
    {
        var told = arrivals.ToLookup(arrival => (arrival.LinkId, arrival.Event));
        Assert.Equal(Deliveries / 3, links.Count);
        Assert.Equal(
            links.SelectMany(link => Subscribed.Select(name => (link.LinkId, name))).Order(),
            told.Select(occurrence => occurrence.Key).Order()
        );
        Assert.All(
            told,
            occurrence =>
            {
                var (id, _) = Assert.Single(occurrence.Select(arrival => (arrival.WebhookId, arrival.Body)).Distinct());
                Assert.True(taken.ContainsKey(id), $"{occurrence.Key} was never answered with 204.");
            }
        );
        Assert.Equal(Deliveries, arrivals.Select(arrival => arrival.WebhookId).Distinct().Count());
    }

    /// <summary>The statistics of all partners come to just this, however often things were done again.</summary>
    private static async Task CountsAsync(
        StubbornPartner partner,
        List<string> keys,
        string part,
        string name,
        int expected,
        CancellationToken ct
    )
    {
        var counted = 0;
        await WaitForAsync(
            partner,
            async () =>
            {
                counted = 0;
                foreach (var key in keys)
                {
                    const string Statistics = "/partner/statistics?days=90";
                    var shown = await partner.CallAsync(
                        HttpMethod.Get,
                        Statistics,
                        key,
                        null,
                        null,
                        [HttpStatusCode.OK],
                        ct
                    );
                    counted += shown.GetProperty(part).GetProperty(name).GetInt32();
                }
                return counted >= expected;
            },
            ct
        );
        Assert.Equal(expected, counted);
    }

    /// <summary>Lets the app's time pass until a condition holds.</summary>
    private static async Task WaitForAsync(StubbornPartner partner, Func<Task<bool>> condition, CancellationToken ct)
    {
        for (var step = 0; step < MaxSteps && !await condition(); step++)
            await partner.AdvanceAsync(TimeSpan.FromMinutes(1), ct);
    }

    private static async Task<int> CountAsync(TableClient table, string? filter, CancellationToken ct)
    {
        var count = 0;
        await foreach (var _ in table.QueryAsync<TableEntity>(filter, select: ["RowKey"], cancellationToken: ct))
            count++;
        return count;
    }

    /// <summary>
    /// A receiver that takes a moment for each answer and refuses some with 503, none of them more than twice.
    /// </summary>
    private sealed class UnsteadyAnswers(int seed)
    {
        private const double RefusedPart = 0.08;
        private const int RefusalsOfOne = 2;
        private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(30);
        private readonly Random _random = new(seed);
        private readonly ConcurrentDictionary<string, int> _refused = new();
        private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _repeated;

        /// <summary>The webhooks that were answered with 204.</summary>
        public ConcurrentDictionary<string, bool> Taken { get; } = new();

        /// <summary>Completes when the next attempt comes in; its answer takes a moment.</summary>
        public Task NextAttempt => _next.Task;

        /// <summary>How many answers were a 503.</summary>
        public int Refused => _refused.Values.Sum();

        /// <summary>How many came again that had been answered with 204.</summary>
        public int Repeated => Volatile.Read(ref _repeated);

        public bool IsRetryToCome => _refused.Keys.Any(id => !Taken.ContainsKey(id));

        public async Task AnswerAsync(Arrival arrival, HttpContext http)
        {
            TimeSpan pause;
            bool refuses;
            lock (_random)
            {
                pause = Longest * _random.NextDouble();
                refuses =
                    _random.NextDouble() < RefusedPart && _refused.GetValueOrDefault(arrival.WebhookId) < RefusalsOfOne;
                if (refuses)
                    _refused.AddOrUpdate(arrival.WebhookId, 1, (_, count) => count + 1);
            }
            Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            await Task.Delay(pause, CancellationToken.None);
            if (!refuses && !Taken.TryAdd(arrival.WebhookId, true))
                Interlocked.Increment(ref _repeated);
            http.Response.StatusCode = refuses
                ? StatusCodes.Status503ServiceUnavailable
                : StatusCodes.Status204NoContent;
        }
    }
}
