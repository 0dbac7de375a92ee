using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Serverless.Campaign;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Tests.Crashes;

/// <summary>
/// The app is killed around every timer of data requests, verifications and transfers: each ends as documented, and
/// each event is told once.
/// </summary>
public sealed class DataRequestCrashTests(ITestOutputHelper output)
{
    private const int Waves = 3;
    private const int PersonsOfAStory = 2;
    private const int WeekInMinutes = 10_080;
    private const int HourInMinutes = 60;

    /// <summary>
    /// Minutes of the app's time that what a crash left half done may take: more than the third pause between attempts
    /// at a webhook.
    /// </summary>
    private const int MaxSteps = 40;

    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan PastGrace = TimeSpan.FromMinutes(11);
    private static readonly TimeSpan PastExpiry = TimeSpan.FromMinutes(HourInMinutes + 1);

    /// <summary>How long the receiver holds a response back that is not held until the app dies.</summary>
    private static readonly TimeSpan LongestHold = TimeSpan.FromMilliseconds(300);

    private static readonly string[] Subscribed =
    [
        "link.created",
        "link.opened",
        "link.in_progress",
        "link.completed",
        "link.expired",
        "link.revoked",
        "user.data_request",
        "user.data_request.fulfilled",
        "user.data_request.expired",
        "user.status_changed",
        "operation.created",
        "operation.cancelled",
        "operation.completed",
        "operation.failed",
    ];

    [Fact]
    public async Task Requests_verifications_and_transfers_end_as_documented_over_kills()
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
        var held = new HeldAnswers(seed);
        receiver.Answer = held.AnswerAsync;
        using var folder = new TemporaryFolder();
        var environment = CrashSettings.Of(azurite, folder.Path, "Request");
        environment["DataRequests__GracePeriod"] = Grace.ToString("c");
        using var app = new AppProcess(CrashSettings.FreePort(), environment);
        using var partner = new StubbornPartner(app.Address);
        try
        {
            await app.StartAsync(ct);
            var keys = new Dictionary<Story, string>();
            foreach (var story in Enum.GetValues<Story>())
            {
                // Some are asked with the creation, others with the opening.
                var settings = new
                {
                    dataRequests = story is Story.FellBack or Story.Revoked ? "on_open" : "on_create",
                };
                keys.Add(
                    story,
                    await partner.RegisterAsync($"partner-{(int)story}", receiver.Url, Subscribed, ct, settings)
                );
            }

            var all = new List<CrashedPerson>();
            for (var wave = 0; wave < Waves; wave++)
            {
                var started = Stopwatch.GetTimestamp();
                var creating = CreateAsync(partner, keys, wave, ct);
                await app.KillSoonAsync(random, ct);
                var persons = await creating;
                all.AddRange(persons);
                await LiveThroughAsync(app, partner, persons, random, ct);
                output.WriteLine($"Wave {wave}: {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
            }

            var expected = all.SelectMany(person => person.Events.Select(name => (person.LinkId, name))).ToHashSet();
            await UntilAsync(
                partner,
                async () =>
                {
                    expected.ExceptWith(await SupersededAsync(all, expected, receiver, ct));
                    return receiver.Arrivals.Select(Occurrence).ToHashSet().IsSupersetOf(expected);
                },
                ct
            );
            output.WriteLine(
                $"{partner.Broken} requests broke, {held.Repeated} requests for data came again, {receiver.Arrivals.Count} webhooks for {expected.Count} events"
            );
            foreach (var person in all)
                await EndedAsDocumentedAsync(person, ct);
            var told = receiver.Arrivals.ToLookup(Occurrence);
            Assert.Equal(expected.Order(), told.Select(arrivals => arrivals.Key).Order());
            // Whoever drops webhook ids that it has seen gets each event once, with one body.
            Assert.All(
                told,
                arrivals => Assert.Single(arrivals.Select(arrival => (arrival.WebhookId, arrival.Body)).Distinct())
            );
            Assert.Empty(partner.Unexpected);
            Assert.True(held.Repeated > 0, "No request for data came again.");
        }
        catch
        {
            output.WriteLine(app.Output);
            throw;
        }
    }

    /// <summary>
    /// Requests for data that a kill kept from being sent until nobody waited for the answer any more: answered or
    /// cancelled, they are not sent, and the log says so.
    /// </summary>
    private static async Task<HashSet<(string, string)>> SupersededAsync(
        List<CrashedPerson> persons,
        HashSet<(string LinkId, string Name)> expected,
        EventReceiver receiver,
        CancellationToken ct
    )
    {
        var told = receiver.Arrivals.Select(Occurrence).ToHashSet();
        var superseded = new HashSet<(string, string)>();
        foreach (
            var person in persons.Where(person => person.Story is Story.Answered or Story.FellBack or Story.Revoked)
        )
        {
            var request = (person.LinkId, "user.data_request");
            if (
                expected.Contains(request)
                && !told.Contains(request)
                && await person.DeliveryStatusAsync("user.data_request", ct) == "superseded"
            )
                superseded.Add(request);
        }
        return superseded;
    }

    /// <summary>The stories side by side, with a kill in each of their phases.</summary>
    private static async Task LiveThroughAsync(
        AppProcess app,
        StubbornPartner partner,
        CrashedPerson[] persons,
        Random random,
        CancellationToken ct
    )
    {
        await KilledInAsync(() => Task.WhenAll(persons.Select(person => person.OpenAsync(ct))));
        await KilledInAsync(() => Task.WhenAll(persons.Select(person => person.ActAsync(ct))));
        foreach (var person in persons.Where(person => person.Story == Story.FellBack))
            Assert.True(Waits(await person.StateAsync(ct)));

        await KilledInAsync(() => partner.AdvanceAsync(PastGrace, ct));
        foreach (var person in persons.Where(person => person.Story == Story.FellBack))
        {
            Assert.False(Waits(await person.StateAsync(ct)));
            // The orchestration has come to the same end.
            Assert.True(
                await UntilAsync(
                    partner,
                    async () =>
                        (await person.RequestAsync(ct)).TryGetProperty("fellBackAt", out var at)
                        && at.ValueKind == JsonValueKind.String,
                    ct
                )
            );
            Assert.Equal("pending", (await person.RequestAsync(ct)).GetProperty("status").GetString());
        }
        foreach (var person in persons.Where(person => person.Story == Story.Paid))
            Assert.True(
                await UntilAsync(
                    partner,
                    async () => (await person.UserAsync(ct)).GetProperty("cipStatus").GetString() == "verified",
                    ct
                )
            );

        await KilledInAsync(() => Task.WhenAll(persons.Select(person => person.ActLateAsync(ct))));
        await KilledInAsync(() => partner.AdvanceAsync(PastExpiry, ct));

        async Task KilledInAsync(Func<Task> phase)
        {
            var done = phase();
            await app.KillSoonAsync(random, ct);
            await done;
        }
    }

    private static async Task EndedAsDocumentedAsync(CrashedPerson person, CancellationToken ct)
    {
        if (person.RequestEnding is { } ending)
            Assert.Equal(
                (person.Story, ending),
                (person.Story, (await person.RequestAsync(ct)).GetProperty("status").GetString())
            );
        var link = person.Story switch
        {
            Story.Expired => "expired",
            Story.Revoked => "revoked",
            Story.FellBack => "in_progress",
            Story.Paid => "completed",
            _ => "opened",
        };
        Assert.Equal((person.Story, link), (person.Story, await person.LinkStatusAsync(ct)));
        var user = (await person.UserAsync(ct)).GetProperty("status").GetString();
        Assert.Equal(
            (
                person.Story,
                person.Story switch
                {
                    Story.Expired or Story.Revoked => "data_incomplete",
                    Story.Verified or Story.Paid => "cip_verified",
                    _ => "data_complete",
                }
            ),
            (person.Story, user)
        );
        if (person.Story == Story.FellBack)
        {
            var first = (await person.StateAsync(ct)).GetProperty("fields")[0];
            Assert.Equal(
                ("Carlos", "partner_webhook"),
                (first.GetProperty("value").GetString(), first.GetProperty("source").GetString())
            );
        }
        if (person.Story == Story.Paid)
            Assert.Equal("completed", (await person.OperationAsync(ct)).GetProperty("status").GetString());
    }

    private static async Task<CrashedPerson[]> CreateAsync(
        StubbornPartner partner,
        Dictionary<Story, string> keys,
        int wave,
        CancellationToken ct
    )
    {
        var created = keys.SelectMany(key =>
            Enumerable
                .Range(0, PersonsOfAStory)
                .Select(async number =>
                {
                    var minutes = key.Key == Story.Expired ? HourInMinutes : WeekInMinutes;
                    var link = await partner.CreateAsync(
                        key.Value,
                        $"{key.Key}-{wave}-{number}",
                        minutes,
                        ct,
                        CrashedPerson.UserData(key.Key)
                    );
                    return new CrashedPerson(key.Key, link, partner);
                })
        );
        return await Task.WhenAll(created);
    }

    /// <summary>
    /// Lets the app's time pass until a condition holds: what a crash left half done comes back after a delay.
    /// </summary>
    private static async Task<bool> UntilAsync(
        StubbornPartner partner,
        Func<Task<bool>> condition,
        CancellationToken ct
    )
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            if (await condition())
                return true;
            await partner.AdvanceAsync(TimeSpan.FromMinutes(1), ct);
        }
        return await condition();
    }

    private static bool Waits(JsonElement state) =>
        state.GetProperty("dataRequest").GetProperty("waiting").GetBoolean();

    private static (string LinkId, string Event) Occurrence(Arrival arrival)
    {
        if (arrival.Event != "user.status_changed")
            return (arrival.LinkId, arrival.Event);
        using var body = JsonDocument.Parse(arrival.Body);
        return (
            arrival.LinkId,
            $"{arrival.Event} {body.RootElement.GetProperty("data").GetProperty("status").GetString()}"
        );
    }

    /// <summary>
    /// A partner that answers requests inside the webhook's response, slowly: every second person's first response is
    /// held back until the app is gone, the others' for a random time, so that the app may die before, while and after
    /// it comes.
    /// </summary>
    private sealed class HeldAnswers(int seed)
    {
        private readonly ConcurrentDictionary<string, bool> _seen = new();
        private readonly Random _random = new(seed);

        /// <summary>How many times a webhook came again after its response had been held back.</summary>
        public int Repeated { get; private set; }

        public async Task AnswerAsync(Arrival arrival, HttpContext http)
        {
            if (
                arrival.Event != "user.data_request"
                || !arrival.Body.Contains($"\"{Story.AnsweredInResponse}-", StringComparison.Ordinal)
            )
            {
                http.Response.StatusCode = StatusCodes.Status204NoContent;
                return;
            }
            TimeSpan? hold = null;
            lock (_random)
            {
                if (_seen.TryAdd(arrival.WebhookId, true))
                    hold = _seen.Count % 2 == 1 ? Timeout.InfiniteTimeSpan : LongestHold * _random.NextDouble();
                else
                    Repeated++;
            }
            try
            {
                await Task.Delay(hold ?? TimeSpan.Zero, http.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            await http.Response.WriteAsJsonAsync(new { userData = Samples.FullUserData() });
        }
    }
}
