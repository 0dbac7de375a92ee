using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Events;
using Serverless.Functions.Webhooks.Deliveries;
using Serverless.Functions.Webhooks.Endpoints;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>
/// Whatever partners' servers do: every event ends, none is lost, none is late, none is sent too often, and no other
/// partner notices.
/// </summary>
public sealed class DeliveryLawTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly Gen<Mood> Moods = Gen.Elements(Enum.GetValues<Mood>());

    private static readonly Gen<Happening> Happenings = Gen.Frequency(
        (4, Gen.Choose(1, 3).Select(count => new Happening(Kind.Link, count))),
        (2, Gen.Choose(1, 3).Select(count => new Happening(Kind.LinkWithCallback, count))),
        (1, Gen.Choose(7, 14).Select(count => new Happening(Kind.Link, count))),
        (3, Gen.Choose(5, 200).Select(minutes => new Happening(Kind.DataRequest, minutes))),
        (2, Gen.Choose(5, 200).Select(minutes => new Happening(Kind.DataRequestThatIsCancelled, minutes)))
    );

    private static readonly Gen<Phase> Phases =
        from endpoint in Moods
        from callback in Moods
        from happenings in Gen.Choose(0, 3).SelectMany(count => Happenings.ArrayOf(count))
        from seconds in Gen.Frequency((2, Gen.Choose(1, 60)), (2, Gen.Choose(60, 900)), (1, Gen.Choose(900, 9000)))
        select new Phase(endpoint, callback, happenings, TimeSpan.FromSeconds(seconds));

    private static readonly Arbitrary<Phase[]> Histories = Gen.Choose(1, 5)
        .SelectMany(count => Phases.ArrayOf(count))
        .ToArbitrary();

    [Fact]
    public Task Every_event_is_delivered_or_ends_and_keeps_to_the_schedule() =>
        Task.Run(
            () =>
                Check.One(
                    Config.QuickThrowOnFailure.WithMaxTest(12),
                    Prop.ForAll(Histories, history => RunAsync(history).GetAwaiter().GetResult())
                ),
            TestContext.Current.CancellationToken
        );

    private async Task RunAsync(Phase[] history)
    {
        await using var endpoint = new FickleServer(app.Clock);
        await using var callback = new FickleServer(app.Clock);
        await using var bystander = new FickleServer(app.Clock);
        // Only a link that is opened asks for data.
        var partner = await app.NewPartnerAsync(settings: new { dataRequests = "on_open" });
        (
            await partner.PutAsync(
                "/partner/webhooks/endpoint",
                new { url = endpoint.Url, events = new[] { "link.created", "user.data_request" } }
            )
        ).Is(200);
        var other = await app.NewPartnerAsync();
        (
            await other.PutAsync(
                "/partner/webhooks/endpoint",
                new { url = bystander.Url, events = new[] { "link.created" } }
            )
        ).Is(200);

        var expected = 0;
        var bystanders = 0;
        var asked = new List<Asked>();
        foreach (var phase in history)
        {
            var before = asked.Count;
            (endpoint.Mood, callback.Mood) = (phase.Endpoint, phase.Callback);
            foreach (var happening in phase.Happenings)
                expected += await HappenAsync(partner, happening, callback, asked);
            await other.CreateLinkAsync(expiresInMinutes: 10080);
            await app.IdleAsync();
            Assert.Equal(++bystanders, bystander.Arrivals.Count);
            await app.AdvanceAsync(phase.Lasts);
            foreach (
                var request in asked
                    .Skip(before)
                    .Where(request => request.IsCancelled && app.Clock.GetUtcNow() < request.Link.ExpiresAt)
            )
            {
                (await request.Link.RevokeAsync()).Is(200);
                request.CancelledAt = app.Clock.GetUtcNow();
            }
        }
        await app.AdvanceAsync(TimeSpan.FromHours(9));

        var deliveries = await app.DeliveriesAsync(partner);
        Assert.Equal(expected, deliveries.Count);
        var arrivals = endpoint.Arrivals.Concat(callback.Arrivals).ToLookup(arrival => arrival.WebhookId);
        foreach (var delivery in deliveries)
        {
            var request =
                delivery.Event == PartnerEvents.DataRequest
                    ? asked.Single(request => request.Link.Id == delivery.LinkId)
                    : null;
            Arrival[] own = [.. arrivals[delivery.WebhookId].OrderBy(arrival => arrival.At)];
            DeliveryLaws.Check(delivery, own, request?.Link.ExpiresAt);
            Assert.True(
                request?.CancelledAt is not { } cancelled || own.All(arrival => arrival.At <= cancelled),
                "Sent after it was cancelled."
            );
        }
        // Data requests may go beyond the bound of the others.
        var most = EndpointGate.PlacesOfEndpoint + (asked.Count > 0 ? EndpointGate.UrgentPlacesOfPartner : 0);
        foreach (var server in new[] { endpoint, callback })
            Assert.True(
                server.Arrivals.All(arrival => arrival.UnderWay <= most),
                "More at once than there are places."
            );
    }

    private static async Task<int> HappenAsync(
        TestPartner partner,
        Happening happening,
        FickleServer callback,
        List<Asked> asked
    )
    {
        if (happening.Kind is Kind.DataRequest or Kind.DataRequestThatIsCancelled)
        {
            var link = await partner.CreateLinkAsync(expiresInMinutes: happening.Number);
            (await link.OpenAsync()).Is(200);
            asked.Add(new Asked(link, happening.Kind == Kind.DataRequestThatIsCancelled));
            return 2;
        }
        var callbackUrl = happening.Kind == Kind.LinkWithCallback ? callback.Url : null;
        for (var i = 0; i < happening.Number; i++)
            (
                await partner.PostLinkAsync(
                    new
                    {
                        referenceId = TestPartner.NewReference(),
                        expiresInMinutes = 10080,
                        callbackUrl,
                    }
                )
            ).Is(201);
        return happening.Number;
    }

    private enum Kind
    {
        Link,
        LinkWithCallback,
        DataRequest,
        DataRequestThatIsCancelled,
    }

    private sealed class Asked(TestLink link, bool isCancelled)
    {
        public TestLink Link => link;

        public bool IsCancelled => isCancelled;

        public DateTimeOffset? CancelledAt { get; set; }
    }

    /// <param name="Kind">What happens.</param>
    /// <param name="Number">How many links, or the minutes until the data request's deadline.</param>
    private sealed record Happening(Kind Kind, int Number);

    private sealed record Phase(Mood Endpoint, Mood Callback, Happening[] Happenings, TimeSpan Lasts)
    {
        public override string ToString() =>
            $"{Endpoint}/{Callback} for {Lasts}: {string.Join(", ", Happenings.Select(happening => $"{happening.Kind} {happening.Number}"))}";
    }
}

/// <summary>What holds for a delivery that came to its end.</summary>
internal static class DeliveryLaws
{
    /// <summary>The documented delays, from a failure to the next attempt.</summary>
    private static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
    ];

    /// <summary>An attempt that answers or breaks off takes at most the limit.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>The circuit puts an attempt off for 15 minutes at most.</summary>
    private static readonly TimeSpan PutOff = TimeSpan.FromMinutes(15);

    /// <summary>
    /// Fourteen hanging requests have room after each other in three rounds of six; a round that is missed costs
    /// another half minute.
    /// </summary>
    private static readonly TimeSpan Queueing = TimeSpan.FromMinutes(5);

    /// <summary>Times are kept to the millisecond.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(5);

    /// <param name="delivery">As it is kept.</param>
    /// <param name="arrivals">Its requests that reached a server, in their order.</param>
    /// <param name="deadline">After which nobody needs it.</param>
    public static void Check(Delivery delivery, IReadOnlyList<Arrival> arrivals, DateTimeOffset? deadline)
    {
        var story =
            $"{delivery.Event} {delivery.Id.Time:O} {delivery.Status} {delivery.Note} deadline {deadline:O}\n"
            + string.Join(
                '\n',
                delivery.Attempts.Select(attempt =>
                    $"  {attempt.Number} ended {attempt.At:O} {attempt.Status} {attempt.Error}"
                )
            )
            + string.Concat(arrivals.Select(arrival => $"\n  arrived {arrival.At:O} {arrival.Mood}"));
        var attempts = delivery.Attempts;
        Assert.True(attempts.Count <= 5, "Too many attempts: " + story);
        Assert.True(arrivals.Count <= attempts.Count, "Sent more often than recorded: " + story);
        Assert.True(
            attempts.SkipLast(1).All(attempt => attempt.Status is not (>= 200 and < 300)),
            "Sent again after a success: " + story
        );
        switch (delivery.Status)
        {
            case DeliveryStatus.Delivered:
                Assert.True(
                    attempts[^1].Status is >= 200 and < 300
                        && arrivals.Count > 0
                        && arrivals[^1].Mood is Mood.Up or Mood.Slow,
                    "Not delivered: " + story
                );
                break;
            case DeliveryStatus.Failed:
                Assert.True(
                    attempts[^1].Status is not (>= 200 and < 300) && (deadline is not null || attempts.Count == 5),
                    "Given up too early: " + story
                );
                break;
            case DeliveryStatus.Superseded:
                Assert.True(deadline is not null, "Only a data request is superseded: " + story);
                break;
            default:
                Assert.Fail("It never ended: " + story);
                break;
        }
        if (deadline is not null)
            Assert.True(arrivals.All(arrival => arrival.At < deadline), "Sent after its deadline: " + story);
        Assert.All(
            arrivals,
            arrival =>
                Assert.True(
                    attempts.Any(attempt =>
                        attempt.At >= arrival.At - Slack && attempt.At <= arrival.At + Limit + Slack
                    ),
                    "Not recorded: " + story
                )
        );
        CheckTimes(delivery, arrivals, deadline, story);
    }

    /// <summary>
    /// Each attempt came when the schedule says, or later by what the gate and the circuit may put off, and never
    /// earlier.
    /// </summary>
    public static void CheckTimes(
        Delivery delivery,
        IReadOnlyList<Arrival> arrivals,
        DateTimeOffset? deadline = null,
        string story = ""
    )
    {
        var putOff = deadline is null ? PutOff : TimeSpan.Zero;
        var due = delivery.Id.Time;
        for (var i = 0; i < delivery.Attempts.Count; i++)
        {
            var attempt = delivery.Attempts[i];
            Assert.True(attempt.At >= due - Slack, $"Attempt {i + 1} came before {due:O}: {story}");
            Assert.True(
                attempt.At <= due + putOff + Queueing + Limit + Slack,
                $"Attempt {i + 1} came long after {due:O}: {story}"
            );
            if (i == delivery.Attempts.Count - 1)
                break;
            var jitter = RetrySchedule.JitterAfter(delivery.WebhookId, i + 1);
            var delay = deadline is { } end
                ? RetrySchedule.DelayAfter(i + 1, end - attempt.At, jitter)!.Value
                : Delays[i] * (1 + jitter);
            var asked =
                attempt.Status == 429
                && arrivals.Any(arrival =>
                    arrival.Mood == Mood.TooManyForTenMinutes && (arrival.At - attempt.At).Duration() <= Slack
                );
            due = attempt.At + (asked && delay < FickleServer.AskedPause ? FickleServer.AskedPause : delay);
        }
    }
}
