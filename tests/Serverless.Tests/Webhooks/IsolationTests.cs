using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Serverless.Functions.Ids;
using Serverless.Functions.Webhooks.Deliveries;
using Serverless.Functions.Webhooks.Endpoints;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>
/// One partner's endpoints do not disturb another's, and an endpoint that does not work is left alone.
/// </summary>
public sealed class IsolationTests(TestApp app) : IClassFixture<TestApp>
{
    private const int Week = 10080;

    [Fact]
    public async Task Endpoints_that_hang_take_six_places_each_and_twelve_a_partner_and_others_are_served_at_once()
    {
        await using var hanging = new FickleServer(app.Clock, Mood.Hang);
        await using var second = new FickleServer(app.Clock, Mood.Hang);
        await using var third = new FickleServer(app.Clock, Mood.Hang);
        await using var good = new FickleServer(app.Clock);
        var slow = await PartnerAsync(hanging);
        var quick = await PartnerAsync(good);
        for (var i = 0; i < 40; i++)
            await CreateAsync(slow, i % 2 == 0 ? null : (i % 4 == 1 ? second : third));
        await quick.CreateLinkAsync(expiresInMinutes: Week);
        await app.IdleAsync();

        Assert.Single(good.Arrivals);
        FickleServer[] all = [hanging, second, third];
        Assert.Equal(12, all.Sum(server => server.Arrivals.Count));
        await app.AdvanceAsync(TimeSpan.FromMinutes(10));
        Assert.All(all, server => Assert.InRange(server.Arrivals.Max(arrival => arrival.UnderWay), 1, 6));
        await quick.CreateLinkAsync(expiresInMinutes: Week);
        await app.IdleAsync();
        Assert.Equal(2, good.Arrivals.Count);

        foreach (var server in all)
            server.Mood = Mood.Up;
        await app.AdvanceAsync(TimeSpan.FromHours(5));
        var deliveries = await app.DeliveriesAsync(slow);
        Assert.Equal(40, deliveries.Count);
        Assert.All(deliveries, delivery => Assert.Equal(DeliveryStatus.Delivered, delivery.Status));
        Assert.All(all, server => Assert.InRange(server.Arrivals.Max(arrival => arrival.UnderWay), 1, 6));
    }

    [Fact]
    public async Task However_many_partners_hang_one_that_answers_is_served_at_once_whether_it_is_known_or_not()
    {
        await using var own = await TestApp.StartAsync();
        await using var hanging = new FickleServer(own.Clock, Mood.Hang);
        await using var good = new FickleServer(own.Clock);
        var known = await PartnerAsync(own, good);
        await CreateAsync(known);
        await own.IdleAsync();
        Assert.Single(good.Arrivals);

        var slow = new List<TestPartner>();
        for (var i = 0; i < 60; i++)
        {
            var partner = await PartnerAsync(own, hanging, "link.created", "user.data_request");
            slow.Add(partner);
            for (var n = 0; n < (i < 4 ? 14 : 3); n++)
                await CreateAsync(partner);
            await own.IdleAsync();
        }
        // Each has what it asks for until half of the places are taken, then two, and in the end one on trial.
        Assert.Equal(EndpointGate.SlowPlaces + EndpointGate.TrialPlaces, hanging.Arrivals.Count);

        await CreateAsync(known);
        await own.IdleAsync();
        Assert.Equal(2, good.Arrivals.Count);

        // A second later those on trial are given up, which is no attempt, and the next that nobody knows has a place.
        await own.AdvanceAsync(TimeSpan.FromSeconds(1));
        var stranger = await PartnerAsync(own, good);
        await CreateAsync(stranger);
        await own.IdleAsync();
        Assert.Equal(3, good.Arrivals.Count);
        Assert.All(await own.DeliveriesAsync(slow[^1]), delivery => Assert.Empty(delivery.Attempts));

        hanging.Mood = Mood.Up;
        await own.AdvanceAsync(TimeSpan.FromHours(1));
        foreach (var partner in slow)
            Assert.All(
                await own.DeliveriesAsync(partner),
                delivery => Assert.Equal(DeliveryStatus.Delivered, delivery.Status)
            );
    }

    [Fact]
    public async Task A_data_request_goes_before_all_that_waits_for_its_own_partner_and_for_others()
    {
        await using var own = await TestApp.StartAsync();
        await using var hanging = new FickleServer(own.Clock, Mood.Hang);
        for (var i = 0; i < 8 + 24; i++)
        {
            var partner = await PartnerAsync(own, hanging);
            for (var n = 0; n < (i < 8 ? 6 : 2); n++)
                await CreateAsync(partner);
            await own.IdleAsync();
        }
        Assert.Equal(EndpointGate.SlowPlaces, hanging.Arrivals.Count);
        // Its first event is on trial, the others wait.
        var asking = await PartnerAsync(own, hanging, "user.data_request", "link.created");
        for (var i = 0; i < 3; i++)
            await CreateAsync(asking);
        await own.IdleAsync();
        await own.AdvanceAsync(TimeSpan.FromSeconds(1.5));

        var before = hanging.Arrivals.Count;
        var link = await asking.CreateLinkAsync(expiresInMinutes: 60);
        (await link.OpenAsync()).Is(200);
        await own.IdleAsync();
        Assert.Equal(["user.data_request"], hanging.Arrivals.Skip(before).Select(arrival => arrival.Event));
        // It has its whole time: an attempt that fails for want of an answer, not one that was given up.
        await own.AdvanceAsync(TimeSpan.FromSeconds(31));
        var asked = Assert.Single(await own.DeliveriesAsync(asking), delivery => delivery.Event == "user.data_request");
        Assert.Equal("no complete answer within 30 s", Assert.Single(asked.Attempts).Error);
    }

    [Fact]
    public async Task A_burst_to_an_endpoint_that_takes_its_time_is_sent_six_at_once_and_none_of_it_counts_twice()
    {
        await using var server = new FickleServer(app.Clock, Mood.Slow);
        var partner = await PartnerAsync(server);
        for (var i = 0; i < 20; i++)
            await CreateAsync(partner);
        await app.IdleAsync();
        Assert.Equal(6, server.Arrivals.Count);
        await app.AdvanceAsync(TimeSpan.FromMinutes(4));
        Assert.Equal(20, server.Arrivals.Count);
        Assert.Equal(6, server.Arrivals.Max(arrival => arrival.UnderWay));
        Assert.All(
            await app.DeliveriesAsync(partner),
            delivery => Assert.Equal((DeliveryStatus.Delivered, 1), (delivery.Status, delivery.Attempts.Count))
        );
    }

    [Fact]
    public async Task A_dead_endpoint_is_probed_with_growing_pauses_and_every_event_still_gets_its_five_attempts()
    {
        await using var server = new FickleServer(app.Clock, Mood.Error);
        var partner = await PartnerAsync(server);
        for (var i = 0; i < 5; i++)
            await CreateAsync(partner);
        await app.IdleAsync();
        Assert.Equal(5, server.Arrivals.Count);
        var opened = app.Clock.GetUtcNow();

        // Put off without an attempt; the one that comes first after the pause is the probe.
        for (var i = 0; i < 5; i++)
            await CreateAsync(partner);
        await app.AdvanceAsync(TimeSpan.FromSeconds(29));
        Assert.Equal(5, server.Arrivals.Count);
        Assert.Equal(5, (await app.DeliveriesAsync(partner)).Count(delivery => delivery.Attempts.Count == 0));
        await app.AdvanceAsync(TimeSpan.FromSeconds(25));
        Assert.Equal(6, server.Arrivals.Count);
        Assert.InRange((server.Arrivals[5].At - opened).TotalSeconds, 28, 34);
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(6, server.Arrivals.Count);
        await app.AdvanceAsync(TimeSpan.FromSeconds(15));
        Assert.Equal(7, server.Arrivals.Count);

        await app.AdvanceAsync(TimeSpan.FromHours(6));
        var deliveries = await app.DeliveriesAsync(partner);
        Assert.Equal(10, deliveries.Count);
        Assert.All(
            deliveries,
            delivery => Assert.Equal((DeliveryStatus.Failed, 5), (delivery.Status, delivery.Attempts.Count))
        );
        foreach (var delivery in deliveries)
            DeliveryLaws.CheckTimes(delivery, []);
    }

    [Fact]
    public async Task What_waited_is_sent_once_a_probe_has_been_answered()
    {
        await using var server = new FickleServer(app.Clock, Mood.Down);
        var partner = await PartnerAsync(server);
        for (var i = 0; i < 20; i++)
            await CreateAsync(partner);
        await app.AdvanceAsync(TimeSpan.FromSeconds(20));
        server.Mood = Mood.Up;
        // The probe, then what was held, then the retries of those that opened the circuit.
        await app.AdvanceAsync(TimeSpan.FromSeconds(80));
        Assert.Equal(20, server.Arrivals.Select(arrival => arrival.WebhookId).Distinct().Count());
        Assert.All(await app.DeliveriesAsync(partner), delivery => Assert.InRange(delivery.Attempts.Count, 1, 2));
        var lines = app
            .Log.Lines.Where(line =>
                line.Contains(partner.Id, StringComparison.Ordinal)
                && line.Contains("Endpoint 127.0.0.1 ", StringComparison.Ordinal)
            )
            .ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("is open", lines[0], StringComparison.Ordinal);
        Assert.Contains("is closed", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(
            app.Log.Lines,
            line =>
                line.Contains("Endpoint 127.0.0.1 ", StringComparison.Ordinal)
                && line.Contains("token", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task An_attempt_is_put_off_for_fifteen_minutes_at_most_and_then_made_whatever_the_circuit_says()
    {
        await using var server = new FickleServer(app.Clock, Mood.Error);
        var partner = await PartnerAsync(server);
        for (var i = 0; i < 30; i++)
            await CreateAsync(partner);
        await app.AdvanceAsync(TimeSpan.FromMinutes(16));
        var deliveries = await app.DeliveriesAsync(partner);
        Assert.Equal(30, deliveries.Count);
        Assert.All(deliveries, delivery => Assert.InRange(delivery.Attempts.Count, 1, 5));
        // Far fewer than the schedule alone would make of a server that is down.
        Assert.InRange(server.Arrivals.Count(arrival => arrival.At < deliveries[0].Id.Time.AddMinutes(14)), 6, 16);
    }

    [Fact]
    public async Task A_data_request_is_not_put_off_by_the_circuit_and_its_answer_closes_it()
    {
        await using var server = new FickleServer(app.Clock, Mood.Error);
        var partner = await PartnerAsync(server, "link.created", "user.data_request");
        var link = await partner.CreateLinkAsync(expiresInMinutes: 60);
        for (var i = 0; i < 8; i++)
            await CreateAsync(partner);
        await app.IdleAsync();
        server.Mood = Mood.Up;
        var before = server.Arrivals.Count;
        (await link.OpenAsync()).Is(200);
        await app.IdleAsync();
        Assert.Equal("user.data_request", Assert.Single(server.Arrivals.Skip(before)).Event);
        await CreateAsync(partner);
        await app.IdleAsync();
        Assert.Equal(before + 2, server.Arrivals.Count);
    }

    [Fact]
    public async Task A_429_with_Retry_After_keeps_every_delivery_to_that_endpoint_away_and_no_other()
    {
        await using var server = new FickleServer(app.Clock, Mood.TooManyForTenMinutes);
        await using var other = new FickleServer(app.Clock);
        var partner = await PartnerAsync(server);
        await CreateAsync(partner);
        await app.IdleAsync();
        server.Mood = Mood.Up;
        await CreateAsync(partner);
        await CreateAsync(partner, other);
        await app.AdvanceAsync(TimeSpan.FromMinutes(9));
        Assert.Single(server.Arrivals);
        Assert.Single(other.Arrivals);
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(3, server.Arrivals.Count);
    }

    [Fact]
    public async Task An_endpoint_that_refuses_events_by_4xx_is_not_left_alone()
    {
        await using var server = new FickleServer(app.Clock, Mood.NotFound);
        var partner = await PartnerAsync(server);
        for (var i = 0; i < 10; i++)
            await CreateAsync(partner);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(10, server.Arrivals.Count);
    }

    [Fact]
    public async Task A_circuit_is_of_this_instance_alone_and_a_restart_forgets_it()
    {
        var folder = Directory.CreateTempSubdirectory("serverless-");
        try
        {
            await using var own = await TestApp.StartAsync(("Local:DataFolder", folder.FullName));
            await using var server = new FickleServer(own.Clock, Mood.Down);
            var partner = await own.NewPartnerAsync();
            (
                await partner.PutAsync(
                    "/partner/webhooks/endpoint",
                    new { url = server.Url, events = new[] { "link.created" } }
                )
            ).Is(200);
            for (var i = 0; i < 8; i++)
                await partner.CreateLinkAsync(expiresInMinutes: Week);
            await own.IdleAsync();
            await own.RestartAsync();
            server.Mood = Mood.Up;
            await own.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(8, server.Arrivals.Select(arrival => arrival.WebhookId).Distinct().Count());
            Assert.All(
                await own.DeliveriesAsync(partner),
                delivery => Assert.Equal(DeliveryStatus.Delivered, delivery.Status)
            );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_gate_forgets_endpoints_after_an_hour()
    {
        using var clock = new LocalClock();
        var gate = new EndpointGate(clock, NullLogger<EndpointGate>.Instance);
        var partner = PartnerId.FromStorage("nova");
        for (var i = 0; i < 500; i++)
            Pass(gate.Enter(new GateRequest(partner, $"https://host{i}.example.com/hook")))
                .End(new AttemptOutcome(i % 2 == 0 ? 200 : 500, null, 1, []));
        Assert.Equal(500, gate.Count);
        clock.Restore(TimeSpan.FromMinutes(61));
        using (Pass(gate.Enter(new GateRequest(partner, "https://good.example.com/hook"))))
            Assert.Equal(1, gate.Count);
    }

    [Fact]
    public void The_shares_of_those_that_wait_leave_a_fifth_of_the_trigger_s_calls_to_the_others()
    {
        var host = JsonNode.Parse(File.ReadAllText(Path.Combine(Built.Functions, "host.json")))!;
        Assert.Equal(EndpointGate.Calls, (int)host["extensions"]!["serviceBus"]!["maxConcurrentCalls"]!);
        Assert.Equal(
            32,
            EndpointGate.Calls - EndpointGate.SlowPlaces - EndpointGate.TrialPlaces - EndpointGate.UrgentPlaces
        );
    }

    [Fact]
    public void Whoever_hangs_and_whenever_no_more_wait_than_there_are_places_and_one_that_answers_enters_at_once() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(300),
            Prop.ForAll(Rounds.ListOf().ToArbitrary(), history => Hold(history))
        );

    private static readonly Gen<Round> Rounds =
        from partners in Gen.Choose(0, 400).ArrayOf()
        from milliseconds in Gen.Frequency(
            (3, Gen.Choose(0, 900)),
            (2, Gen.Choose(900, 3000)),
            (1, Gen.Choose(3000, 90000))
        )
        from answered in Gen.Choose(0, 5)
        select new Round(partners, TimeSpan.FromMilliseconds(milliseconds), answered);

    /// <summary>
    /// Partners that have an event, the time that passes then, and how many attempts are answered after all.
    /// </summary>
    private sealed record Round(int[] Partners, TimeSpan Passes, int Answered);

    private static void Hold(IEnumerable<Round> history)
    {
        var clock = new FakeTimeProvider();
        var gate = new EndpointGate(clock, NullLogger<EndpointGate>.Instance);
        var good = new GateRequest(PartnerId.FromStorage("good"), "https://good.example.com/");
        var waiting = new List<(GatePass Pass, DateTimeOffset Since, bool MayGoOn)>();
        Pass(gate.Enter(good)).End(new AttemptOutcome(200, null, 1, []));
        foreach (var round in history)
        {
            foreach (var number in round.Partners)
            {
                // Some are known to fail, some ask for data, some have several hosts.
                var request = new GateRequest(
                    PartnerId.FromStorage($"p{number}"),
                    $"https://h{number % 7}.example.com/",
                    IgnoresCircuit: true,
                    IsUrgent: number % 5 == 0,
                    IsFailing: number % 4 == 0
                );
                if (gate.Enter(request) is Admission.Admitted { Pass: var pass })
                    waiting.Add((pass, clock.GetUtcNow(), false));
            }
            foreach (var (pass, _, _) in waiting.Take(round.Answered))
                pass.End(new AttemptOutcome(200, null, 1, []));
            waiting.RemoveRange(0, Math.Min(waiting.Count, round.Answered));
            clock.Advance(round.Passes);
            waiting =
            [
                .. waiting
                    .Where(StillWaits)
                    .Select(one => one with { MayGoOn = clock.GetUtcNow() - one.Since >= EndpointPace.QuickAnswer }),
            ];
            Assert.InRange(waiting.Count(one => one.MayGoOn), 0, EndpointGate.SlowPlaces + EndpointGate.UrgentPlaces);
            Assert.InRange(waiting.Count, 0, EndpointGate.Calls - 32);
            Pass(gate.Enter(good)).End(new AttemptOutcome(200, null, 1, []));
        }

        bool StillWaits((GatePass Pass, DateTimeOffset Since, bool MayGoOn) one)
        {
            var waits = clock.GetUtcNow() - one.Since;
            if (
                waits < EndpointPace.QuickAnswer
                || (waits < WebhookSender.TimeLimit && (one.MayGoOn || one.Pass.MayGoOn()))
            )
                return true;
            one.Pass.Dispose();
            return false;
        }
    }

    [Fact]
    public void An_endpoint_is_a_partner_s_scheme_host_and_port()
    {
        using var clock = new LocalClock();
        var gate = new EndpointGate(clock, NullLogger<EndpointGate>.Instance);
        var nova = PartnerId.FromStorage("nova");
        for (var i = 0; i < 5; i++)
            Pass(gate.Enter(new GateRequest(nova, $"https://Example.com/hook{i}")))
                .End(new AttemptOutcome(null, "nothing", 1, []));
        Assert.IsType<Admission.CircuitOpen>(gate.Enter(new GateRequest(nova, "https://example.com:443/other?x=1")));
        Pass(gate.Enter(new GateRequest(nova, "https://example.com/other", IgnoresCircuit: true))).Dispose();
        Pass(gate.Enter(new GateRequest(nova, "https://example.com:8443/hook"))).Dispose();
        Pass(gate.Enter(new GateRequest(nova, "http://example.com/hook"))).Dispose();
        Pass(gate.Enter(new GateRequest(PartnerId.FromStorage("other"), "https://example.com/hook"))).Dispose();

        clock.Restore(TimeSpan.FromSeconds(31));
        var probe = Pass(gate.Enter(new GateRequest(nova, "https://example.com/hook")));
        Assert.IsType<Admission.NoPlace>(gate.Enter(new GateRequest(nova, "https://example.com/hook")));
        probe.Dispose();
        Pass(gate.Enter(new GateRequest(nova, "https://example.com/hook"))).End(new AttemptOutcome(204, null, 1, []));
        Pass(gate.Enter(new GateRequest(nova, "https://example.com/hook"))).Dispose();
        Assert.Equal(4, gate.Count);
    }

    private static GatePass Pass(Admission admission) => Assert.IsType<Admission.Admitted>(admission).Pass;

    private Task<TestPartner> PartnerAsync(FickleServer server, params string[] events) =>
        PartnerAsync(app, server, events);

    private static async Task<TestPartner> PartnerAsync(TestApp app, FickleServer server, params string[] events)
    {
        // One webhook a link that is created; those that are opened ask for data.
        var partner = await app.NewPartnerAsync(settings: new { dataRequests = "on_open" });
        (
            await partner.PutAsync(
                "/partner/webhooks/endpoint",
                new { url = server.Url, events = events.Length == 0 ? ["link.created"] : events }
            )
        ).Is(200);
        return partner;
    }

    private static async Task CreateAsync(TestPartner partner, FickleServer? callback = null) =>
        (
            await partner.PostLinkAsync(
                new
                {
                    referenceId = TestPartner.NewReference(),
                    expiresInMinutes = Week,
                    callbackUrl = callback?.Url,
                }
            )
        ).Is(201);
}
