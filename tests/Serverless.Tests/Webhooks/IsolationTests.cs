using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>One partner's endpoints do not disturb another's, and an endpoint that does not work is left alone.</summary>
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
    public async Task Four_partners_that_hang_together_leave_places_to_a_fifth()
    {
        await using var hanging = new FickleServer(app.Clock, Mood.Hang);
        await using var second = new FickleServer(app.Clock, Mood.Hang);
        await using var good = new FickleServer(app.Clock);
        for (var partner = 0; partner < 4; partner++)
        {
            var slow = await PartnerAsync(hanging);
            for (var i = 0; i < 14; i++)
                await CreateAsync(slow, i % 2 == 0 ? null : second);
            // One after the other: whose attempts come first when places become scarce is nobody's promise.
            await app.IdleAsync();
        }
        // Twelve each for the first two, two each for the others; the trigger handles 32.
        Assert.Equal(28, hanging.Arrivals.Count + second.Arrivals.Count);
        await CreateAsync(await PartnerAsync(good));
        await app.IdleAsync();
        Assert.Single(good.Arrivals);
        (hanging.Mood, second.Mood) = (Mood.Up, Mood.Up);
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(4 * 14, hanging.Arrivals.Concat(second.Arrivals).Select(arrival => arrival.WebhookId).Distinct().Count());
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
        Assert.All(await app.DeliveriesAsync(partner), delivery => Assert.Equal((DeliveryStatus.Delivered, 1), (delivery.Status, delivery.Attempts.Count)));
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
        Assert.All(deliveries, delivery => Assert.Equal((DeliveryStatus.Failed, 5), (delivery.Status, delivery.Attempts.Count)));
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
        var lines = app.Log.Lines.Where(line => line.Contains(partner.Id, StringComparison.Ordinal) && line.Contains("Endpoint 127.0.0.1 ", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Contains("is open", lines[0], StringComparison.Ordinal);
        Assert.Contains("is closed", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain(app.Log.Lines, line => line.Contains("Endpoint 127.0.0.1 ", StringComparison.Ordinal) && line.Contains("token", StringComparison.Ordinal));
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
            (await partner.PutAsync("/partner/webhooks/endpoint", new { url = server.Url, events = new[] { "link.created" } })).Is(200);
            for (var i = 0; i < 8; i++)
                await partner.CreateLinkAsync(expiresInMinutes: Week);
            await own.IdleAsync();
            await own.RestartAsync();
            server.Mood = Mood.Up;
            await own.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(8, server.Arrivals.Select(arrival => arrival.WebhookId).Distinct().Count());
            Assert.All(await own.DeliveriesAsync(partner), delivery => Assert.Equal(DeliveryStatus.Delivered, delivery.Status));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_gate_forgets_endpoints_that_are_well_at_once_and_others_after_an_hour()
    {
        using var clock = new LocalClock();
        var gate = new EndpointGate(clock, NullLogger<EndpointGate>.Instance);
        var partner = PartnerId.FromStorage("nova");
        for (var i = 0; i < 500; i++)
        {
            Pass(gate.Enter(partner, $"https://good{i}.example.com/hook", ignoresCircuit: false)).End(new AttemptOutcome(200, null, 1, []));
            Pass(gate.Enter(partner, $"https://bad{i}.example.com/hook", ignoresCircuit: false)).End(new AttemptOutcome(500, null, 1, []));
        }
        Assert.Equal(500, gate.Count);
        clock.Restore(TimeSpan.FromMinutes(61));
        using (Pass(gate.Enter(partner, "https://good.example.com/hook", ignoresCircuit: false)))
            Assert.Equal(1, gate.Count);
        Assert.Equal(0, gate.Count);
    }

    [Fact]
    public void An_endpoint_is_a_partner_s_scheme_host_and_port()
    {
        using var clock = new LocalClock();
        var gate = new EndpointGate(clock, NullLogger<EndpointGate>.Instance);
        var nova = PartnerId.FromStorage("nova");
        for (var i = 0; i < 5; i++)
            Pass(gate.Enter(nova, $"https://Example.com/hook{i}", ignoresCircuit: false)).End(new AttemptOutcome(null, "nothing", 1, []));
        Assert.IsType<Admission.CircuitOpen>(gate.Enter(nova, "https://example.com:443/other?x=1", ignoresCircuit: false));
        Pass(gate.Enter(nova, "https://example.com/other", ignoresCircuit: true)).Dispose();
        Pass(gate.Enter(nova, "https://example.com:8443/hook", ignoresCircuit: false)).Dispose();
        Pass(gate.Enter(nova, "http://example.com/hook", ignoresCircuit: false)).Dispose();
        Pass(gate.Enter(PartnerId.FromStorage("other"), "https://example.com/hook", ignoresCircuit: false)).Dispose();

        clock.Restore(TimeSpan.FromSeconds(31));
        var probe = Pass(gate.Enter(nova, "https://example.com/hook", ignoresCircuit: false));
        Assert.IsType<Admission.NoPlace>(gate.Enter(nova, "https://example.com/hook", ignoresCircuit: false));
        probe.Dispose();
        Pass(gate.Enter(nova, "https://example.com/hook", ignoresCircuit: false)).End(new AttemptOutcome(204, null, 1, []));
        Pass(gate.Enter(nova, "https://example.com/hook", ignoresCircuit: false)).Dispose();
        Assert.Equal(0, gate.Count);
    }

    private static GatePass Pass(Admission admission) => Assert.IsType<Admission.Admitted>(admission).Pass;

    private async Task<TestPartner> PartnerAsync(FickleServer server, params string[] events)
    {
        var partner = await app.NewPartnerAsync();
        (await partner.PutAsync("/partner/webhooks/endpoint", new { url = server.Url, events = events.Length == 0 ? ["link.created"] : events })).Is(200);
        return partner;
    }

    private static async Task CreateAsync(TestPartner partner, FickleServer? callback = null) =>
        (await partner.PostLinkAsync(new { referenceId = TestPartner.NewReference(), expiresInMinutes = Week, callbackUrl = callback?.Url })).Is(201);
}
