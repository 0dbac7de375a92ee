using Azure.Messaging.ServiceBus;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Xunit;

namespace Serverless.Tests.Events;

/// <summary>
/// Nothing is lost between a write and what follows from it: announce, commit, follow up.
/// </summary>
public sealed class FollowUpTests(TestApp app) : IClassFixture<TestApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_announcement_whose_event_never_comes_is_dropped_after_its_looks()
    {
        var inbox = await app.NewInboxAsync();
        var (_, _, lost) = await EventToComeAsync(inbox);
        await AnnounceAsync(lost);
        await app.AdvanceAsync(TimeSpan.FromHours(4));
        Assert.Single(await QueuedAsync());
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Empty(await QueuedAsync());
        Assert.Equal(["link.created"], inbox.Events);
        Assert.True(app.Log.Errors.Count == 0, string.Join('\n', app.Log.Errors));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(400)]
    [InlineData(10_000)]
    public async Task An_event_that_is_committed_late_is_followed_up(int seconds)
    {
        var inbox = await app.NewInboxAsync();
        var (_, _, late) = await EventToComeAsync(inbox);
        await AnnounceAsync(late);
        await app.AdvanceAsync(TimeSpan.FromSeconds(seconds));
        Assert.Equal(["link.created"], inbox.Events);

        await app.Table("Users").AddEntityAsync(late.ToRow(), Cancel);
        await app.AdvanceAsync(TimeSpan.FromHours(6));
        Assert.Equal(["link.created", "link.opened"], inbox.Events);
        Assert.Equal($"evt_{late.Id}", inbox.Received[1].Headers["webhook-id"]);
        Assert.NotNull(
            Assert
                .Single(await app.RowsAsync("Users", $"RowKey eq 'event|{late.Id}'"))
                .GetDateTimeOffset("FollowedUpAt")
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_event_whose_announcement_was_lost_is_followed_up_when_its_link_ends(bool revoked)
    {
        var inbox = await app.NewInboxAsync();
        var (_, link, forgotten) = await EventToComeAsync(inbox);
        await app.Table("Users").AddEntityAsync(forgotten.ToRow(), Cancel);
        await app.AdvanceAsync(TimeSpan.FromMinutes(30));
        Assert.Equal(["link.created"], inbox.Events);

        if (revoked)
            await link.RevokeAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(revoked ? 1 : 40));
        Assert.Equal(["link.created", "link.opened"], inbox.Events);
    }

    [Fact]
    public async Task An_event_that_is_announced_ten_times_is_delivered_once()
    {
        var inbox = await app.NewInboxAsync();
        var (_, _, happened) = await EventToComeAsync(inbox);
        await app.Table("Users").AddEntityAsync(happened.ToRow(), Cancel);
        await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(i =>
                    app.Service<AppQueues>()
                        .Events.SendAsync(Announcement.Of(happened), $"{happened.Id}:copy{i}", due: null, Cancel)
                )
        );
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Single(inbox.Events, "link.opened");
    }

    [Fact]
    public async Task A_message_that_cannot_be_handled_comes_back_with_growing_delays_and_ends_as_a_dead_letter()
    {
        await using var own = await TestApp.StartAsync();
        own.ExpectErrors();
        await using var sender = own.Service<ServiceBusClient>().CreateSender(AppQueues.EventsName);
        await sender.SendMessageAsync(new ServiceBusMessage("{ nonsense") { MessageId = "bad" }, Cancel);
        await own.AdvanceAsync(TimeSpan.FromHours(17));
        await using var receiver = own.Service<ServiceBusClient>()
            .CreateReceiver(AppQueues.EventsName, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        Assert.Equal("bad~10", (await receiver.PeekMessageAsync(cancellationToken: Cancel)).MessageId);
        Assert.Equal(10, own.Log.Errors.Count(line => line.Contains("could not be handled", StringComparison.Ordinal)));
    }

    /// <summary>A link, and an event of it that is neither announced nor committed.</summary>
    private async Task<(TestPartner Partner, TestLink Link, EventRow Event)> EventToComeAsync(Inbox inbox)
    {
        var partner = await app.NewPartnerAsync(inbox);
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.True(LinkId.TryParse(link.Id, out var id));
        var row = Link.FromRow(Assert.Single(await app.RowsAsync("Users", $"RowKey eq 'link|{link.Id}'")));
        var now = app.Clock.GetUtcNow();
        var opened = row with { OpenedAt = now, Device = new DeviceInfo("agent", "iOS", "en-US") };
        return (partner, link, LinkEvents.New(PartnerEvents.LinkOpened, opened, now, LinkEvents.Opened(opened)));
    }

    private Task AnnounceAsync(EventRow row) =>
        app.Service<AppQueues>().Events.SendAsync(Announcement.Of(row), row.Id.Text, due: null, Cancel);

    private async Task<IReadOnlyList<string>> QueuedAsync()
    {
        await using var receiver = app.Service<ServiceBusClient>().CreateReceiver(AppQueues.EventsName);
        return
        [
            .. (await receiver.PeekMessagesAsync(100, cancellationToken: Cancel)).Select(message => message.MessageId),
        ];
    }
}
