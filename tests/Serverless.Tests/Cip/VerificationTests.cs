using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.Cip;
using Xunit;

namespace Serverless.Tests.Cip;

/// <summary>
/// The verification itself: the provider decides later, and whatever happens meanwhile, its result arrives once.
/// </summary>
public sealed class VerificationTests(TestApp app) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData('0', 1, 4, "cip_verified", "verified")]
    [InlineData('9', 1, 4, "cip_verified", "verified")]
    [InlineData('1', 1, 4, "cip_failed", "failed")]
    [InlineData('2', 1, 4, "cip_failed", "needs_review")]
    [InlineData('3', 110, 300, "cip_verified", "verified")]
    [InlineData('4', 60, 120, "cip_verified", "verified")]
    public async Task The_last_character_of_the_id_number_decides(
        char decides,
        int pendingFor,
        int decidedAfter,
        string status,
        string cip
    )
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.status_changed"]);
        var link = await partner.CompleteLinkAsync(decides);
        (await partner.PostTicketAsync(link)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(pendingFor));
        Assert.Equal(("cip_pending", "pending"), await partner.StandingAsync(link.Reference));
        Assert.Equal([("data_complete", "cip_pending")], inbox.Moves());

        await app.AdvanceAsync(TimeSpan.FromSeconds(decidedAfter - pendingFor));
        Assert.Equal((status, cip), await partner.StandingAsync(link.Reference));
        Assert.Equal([("data_complete", "cip_pending"), ("cip_pending", status)], inbox.Moves());
        Assert.All(
            inbox.Received,
            webhook =>
                Assert.Equal(
                    (link.Id, link.Reference),
                    ((string?)webhook.Data["linkId"], (string?)webhook.Data["referenceId"])
                )
        );
    }

    [Theory]
    [InlineData('5')]
    [InlineData('6')]
    public async Task Without_a_result_for_a_day_an_operator_decides(char decides)
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CompleteLinkAsync(decides);
        (await partner.PostTicketAsync(link)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromHours(23));
        Assert.Equal(("cip_pending", "pending"), await partner.StandingAsync(link.Reference));
        await app.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Equal(("cip_failed", "needs_review"), await partner.StandingAsync(link.Reference));
    }

    [Fact]
    public async Task The_link_s_end_does_not_stop_it_and_the_result_helps_the_next_link()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.data_request", "link.expired"]);
        var link = await partner.CompleteLinkAsync('3', "cust-1", expiresInMinutes: 5);
        await app.AdvanceAsync(TimeSpan.FromMinutes(4));
        (await partner.PostTicketAsync(link)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1.5));
        Assert.Equal("expired", await link.StatusAsync());
        Assert.Equal(("cip_pending", "pending"), await partner.StandingAsync("cust-1"));

        // The next link finds it running, too.
        var next = await partner.CreateLinkAsync("cust-1");
        var running = (await partner.PostTicketAsync(next)).Is(200).Data;
        Assert.Equal((next.Id, next.Url.ToString()), ((string?)running["linkId"], (string?)running["url"]));
        await app.AdvanceAsync(TimeSpan.FromMinutes(3));
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("cust-1"));
        (await next.OpenAsync()).Is(200);
        await app.IdleAsync();
        Assert.Equal(["link.expired"], inbox.Events);
    }

    [Theory]
    [InlineData('3')]
    [InlineData('4')]
    public async Task A_restart_in_the_middle_loses_nothing(char decides)
    {
        var folder = Directory.CreateTempSubdirectory("cip-restart");
        try
        {
            await using var own = await TestApp.StartAsync(("Local:DataFolder", folder.FullName));
            var inbox = await own.NewInboxAsync();
            var partner = await own.NewPartnerAsync(inbox, ["user.status_changed"]);
            var link = await partner.CompleteLinkAsync(decides);
            (await partner.PostTicketAsync(link)).Is(201);
            await own.AdvanceAsync(TimeSpan.FromSeconds(20));
            await own.RestartAsync();
            await own.AdvanceAsync(TimeSpan.FromSeconds(20));
            await own.RestartAsync();
            Assert.Equal(("cip_pending", "pending"), await partner.StandingAsync(link.Reference));
            await own.AdvanceAsync(TimeSpan.FromMinutes(5));
            Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync(link.Reference));
            Assert.Equal([("data_complete", "cip_pending"), ("cip_pending", "cip_verified")], inbox.Moves());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData('0')]
    [InlineData('1')]
    [InlineData('2')]
    public async Task Late_and_repeated_results_change_nothing(char decides)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.status_changed"]);
        var link = await partner.CompleteLinkAsync(decides);
        var created = (await partner.PostTicketAsync(link)).Is(201).Data;
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        var before = await partner.UserAsync(link.Reference);
        var timer = new TicketTimer((string)created["ticketId"]!, link.Id, link.CreatedAt);
        var ct = TestContext.Current.CancellationToken;
        foreach (var outcome in Enum.GetValues<CipOutcome>())
            await app.Service<ApplyCipResult>().ExecuteAsync(timer, outcome, TicketDecider.Provider, ct);
        var (persons, links) = (app.Service<Functions.Users.PersonStore>(), app.Service<Functions.Links.LinkIndex>());
        await new SubmitCip(persons, links, app.Service<ICipProvider>(), app.Clock).RunAsync(timer, ct);
        await app.IdleAsync();
        Assert.Equal(before.ToJsonString(), (await partner.UserAsync(link.Reference)).ToJsonString());
        Assert.Equal(2, inbox.Received.Count);
    }

    [Fact]
    public async Task The_orchestration_knows_ids_and_times_only_and_ends()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CompleteLinkAsync('0');
        var ticket = (string)(await partner.PostTicketAsync(link)).Is(201).Data["ticketId"]!;
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        var instance = await app.Durable.GetInstanceAsync(
            ticket,
            getInputsAndOutputs: true,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(OrchestrationRuntimeStatus.Completed, instance!.RuntimeStatus);
        Assert.Equal(
            ["createdAt", "linkId", "ticketId"],
            System
                .Text.Json.Nodes.JsonNode.Parse(instance.SerializedInput!)!
                .AsObject()
                .Select(member => char.ToLowerInvariant(member.Key[0]) + member.Key[1..])
                .Order()
        );
    }

    [Fact]
    public async Task Where_nobody_verifies_every_ticket_waits_for_an_operator()
    {
        await using var own = await TestApp.StartAsync(("Cip:Provider", "review"));
        var partner = await own.NewPartnerAsync();
        await partner.DecidedAsync('0', "cust-1");
        Assert.Equal(("cip_failed", "needs_review"), await partner.StandingAsync("cust-1"));
        (await partner.ReviewAsync("cust-1", "approve")).Is(200);
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("cust-1"));
    }

    [Theory]
    [InlineData(null, "sandbox", typeof(SandboxCipProvider))]
    [InlineData("sandbox", "sandbox", typeof(SandboxCipProvider))]
    [InlineData("review", "sandbox", typeof(ReviewEveryCip))]
    [InlineData(null, "production", typeof(ReviewEveryCip))]
    [InlineData("review", "production", typeof(ReviewEveryCip))]
    [InlineData("sandbox", "production", null)]
    [InlineData("other", "sandbox", null)]
    public void The_simulator_is_never_asked_in_production(string? setting, string environment, Type? expected)
    {
        using var services = Configured.Services(("Cip:Provider", setting), ("Partners:Environment", environment));
        if (expected is null)
            Assert.Throws<OptionsValidationException>(services.GetRequiredService<ICipProvider>);
        else
            Assert.IsType(expected, services.GetRequiredService<ICipProvider>());
    }
}
