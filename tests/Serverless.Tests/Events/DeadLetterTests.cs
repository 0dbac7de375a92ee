using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Messaging.ServiceBus;
using Serverless.Functions.Events;
using Xunit;

namespace Serverless.Tests.Events;

/// <summary>Messages that nobody handles any more.</summary>
public sealed class DeadLetterTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_could_not_be_handled_for_long_is_listed_and_handled_when_it_is_sent_again()
    {
        await using var app = await TestApp.StartAsync();
        app.ExpectErrors();
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        await app.Table("Deliveries").DeleteAsync(Cancel);
        var link = await partner.CreateLinkAsync("dead-1");
        await app.AdvanceAsync(TimeSpan.FromHours(20));
        var letter = Assert.Single(await LettersAsync(app))!;
        Assert.Equal("events", (string)letter["queue"]!);
        Assert.Equal((partner.Id, "dead-1"), ((string)letter["partnerId"]!, (string)letter["reference"]!));
        Assert.StartsWith("evt_", (string)letter["eventId"]!, StringComparison.Ordinal);
        Assert.Equal("MaxDeliveryCountExceeded", (string)letter["reason"]!);
        Assert.Empty(inbox.Received);

        await app.Table("Deliveries").CreateAsync(Cancel);
        var id = (string)letter["deadLetterId"]!;
        (await app.PostAsync($"/operator/dead-letters/{id}/resend")).Is(202);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(link.Id, (string)Assert.Single(inbox.Received).Data["linkId"]!);
        Assert.Empty(await LettersAsync(app));
        (await app.PostAsync($"/operator/dead-letters/{id}/resend")).Is(404);
    }

    [Fact]
    public async Task One_of_many_is_sent_again_and_the_others_stay_in_their_order()
    {
        await using var app = await TestApp.StartAsync();
        app.ExpectErrors();
        for (var number = 0; number < 5; number++)
            await app.AddDeadLetterAsync(AppQueues.EventsName, $"p{number}");
        await app.AddDeadLetterAsync(AppQueues.WebhooksName, "p5");
        var all = await LettersAsync(app);
        Assert.Equal(["p0", "p1", "p2", "p3", "p4", "p5"], Partners(all));
        (await app.PostAsync($"/operator/dead-letters/{(string)all[2]!["deadLetterId"]!}/resend")).Is(202);
        Assert.Equal(["p0", "p1", "p3", "p4", "p5"], Partners(await LettersAsync(app)));

        var seen = new List<string>();
        for (var query = "limit=2"; ; )
        {
            var part = (await app.GetAsync($"/operator/dead-letters?{query}")).Is(200).Data;
            seen.AddRange(Partners(part["items"]!.AsArray()));
            if (part["nextCursor"] is not { } next)
                break;
            query = $"limit=2&cursor={(string)next!}";
        }
        Assert.Equal(["p0", "p1", "p3", "p4", "p5"], seen);
        Assert.Equal(["p5"], Partners(await LettersAsync(app, "queue=webhooks")));
    }

    [Fact]
    public async Task A_letter_that_somebody_else_has_in_hand_is_not_sent_again()
    {
        await using var app = await TestApp.StartAsync();
        app.ExpectErrors();
        await app.AddDeadLetterAsync(AppQueues.EventsName, "busy");
        var id = (string)Assert.Single(await LettersAsync(app))!["deadLetterId"]!;
        await using var other = app.Service<ServiceBusClient>()
            .CreateReceiver(AppQueues.EventsName, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        var held = await other.ReceiveMessageAsync(cancellationToken: Cancel);
        (await app.PostAsync($"/operator/dead-letters/{id}/resend")).Is(409, "DEAD_LETTER_BUSY");
        await other.AbandonMessageAsync(held, cancellationToken: Cancel);
        (await app.PostAsync($"/operator/dead-letters/{id}/resend")).Is(202);
    }

    [Fact]
    public async Task A_letter_that_nobody_can_read_is_listed_all_the_same()
    {
        await using var app = await TestApp.StartAsync();
        app.ExpectErrors();
        await app.AddDeadLetterAsync(AppQueues.EventsName, BinaryData.FromString("no JSON"));
        var letter = Assert.Single(await LettersAsync(app))!;
        Assert.Null(letter["partnerId"]);
        Assert.NotNull(letter["deadLetterId"]);
    }

    [Theory]
    [InlineData("events-1")]
    [InlineData("webhooks-999999999999999999")]
    [InlineData("other-1")]
    [InlineData("events-")]
    [InlineData("events--1")]
    [InlineData("events-99999999999999999999999")]
    public async Task A_letter_that_is_not_there_is_not_found(string id)
    {
        await using var app = await TestApp.StartAsync();
        (await app.PostAsync($"/operator/dead-letters/{id}/resend")).Is(404);
    }

    private static async Task<JsonArray> LettersAsync(TestApp app, string query = "limit=100") =>
        (await app.GetAsync($"/operator/dead-letters?{query}")).Is(200).Data["items"]!.AsArray();

    private static string[] Partners(JsonArray letters) => [.. letters.Select(letter => (string)letter!["partnerId"]!)];
}

/// <summary>Makes dead letters without waiting for hours.</summary>
internal static class DeadLetterSteps
{
    /// <summary>A message whose event has no proper id, so that nobody can handle it.</summary>
    public static Task AddDeadLetterAsync(this TestApp app, string queue, string partner, string? reference = null) =>
        app.AddDeadLetterAsync(
            queue,
            BinaryData.FromString(
                JsonSerializer.Serialize(
                    new
                    {
                        partner,
                        reference,
                        id = "none",
                    }
                )
            )
        );

    /// <summary>A message that has used up its pauses, so that it is set aside at its next failure.</summary>
    public static async Task AddDeadLetterAsync(this TestApp app, string queue, BinaryData body)
    {
        await using var sender = app.Service<ServiceBusClient>().CreateSender(queue);
        var message = new ServiceBusMessage(body)
        {
            MessageId = Guid.NewGuid().ToString("n"),
            ApplicationProperties = { ["failures"] = 10 },
        };
        await sender.SendMessageAsync(message, TestContext.Current.CancellationToken);
        await app.IdleAsync();
    }
}
