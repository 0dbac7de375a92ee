using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Serverless.Functions.DataRequests;
using Serverless.Tests.Cip;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.DataRequests;

/// <summary>When the partner is asked, by its setting <c>dataRequests</c>.</summary>
public sealed class AskingTimeTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Asked = "user.data_request";
    private static readonly string[] Subscribed =
    [
        Asked,
        "user.data_request.fulfilled",
        "user.data_request.expired",
        "link.opened",
    ];
    private static readonly TimeSpan PastGrace = TimeSpan.FromSeconds(11);

    [Fact]
    public async Task Unless_it_says_otherwise_a_partner_is_asked_when_the_link_is_created_for_just_what_is_missing()
    {
        var (partner, inbox) = await PartnerAsync(dataRequests: null);
        Assert.Equal(
            "on_create",
            (string)(await partner.GetAsync("/partner/me")).Is(200).Data["settings"]!["dataRequests"]!
        );
        var link = await partner.CreateLinkAsync(userData: Samples.LeastUserData(), metadata: new { order = 1 });
        await app.IdleAsync();

        var asked = Assert.Single(inbox.Received).Data;
        Assert.Equal(
            ["name.secondName", "name.secondLastName", "idNumber", "idType", "dob"],
            asked["requiredFields"]!.AsArray().Select(field => (string)field!)
        );
        Assert.Equal(
            (RequestOf(link), link.Id, link.Reference),
            ((string)asked["dataRequestId"]!, (string)asked["linkId"]!, (string)asked["referenceId"]!)
        );
        Assert.Equal((string)link.Created["expiresAt"]!, (string)asked["expiresAt"]!);
        Assert.EndsWith(
            $"/partner/data-requests/{RequestOf(link)}",
            (string)asked["replyEndpoint"]!,
            StringComparison.Ordinal
        );
        Assert.Equal(1, (int)asked["metadata"]!["order"]!);
        var request = (await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(200).Data;
        Assert.Equal((string)link.Created["createdAt"]!, (string)request["createdAt"]!);
        Assert.Equal((string)link.Created["expiresAt"]!, (string)request["expiresAt"]!);
        // Its flow waits from now on, and not only from the opening.
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await FlowAsync(link))!.RuntimeStatus);
    }

    [Theory]
    [InlineData("on_create", 1, 1)]
    [InlineData("on_open", 0, 1)]
    public async Task A_link_has_one_request_whenever_it_is_made(string setting, int atCreation, int atOpening)
    {
        var (partner, inbox) = await PartnerAsync(setting);
        Assert.Equal(
            setting,
            (string)(await partner.GetAsync("/partner/me")).Is(200).Data["settings"]!["dataRequests"]!
        );
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Equal(atCreation, inbox.Events.Count(name => name == Asked));
        (await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(atCreation == 1 ? 200 : 404);

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => link.OpenAsync()));
        (await (await Visitor.OpenAsync(app, link)).StepAsync()).Is(200);
        await app.AdvanceAsync(PastGrace);
        Assert.Equal(atOpening, inbox.Events.Count(name => name == Asked));
        (await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(200);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_an_answer_before_the_opening_follows_that_the_widget_never_asks(bool inTheResponse)
    {
        var (partner, inbox) = await PartnerAsync("on_create");
        if (inTheResponse)
            inbox.Answer = (webhook, http) =>
                webhook.Event == Asked
                    ? http.Response.WriteAsJsonAsync(new { userData = Samples.FullUserData() })
                    : Task.CompletedTask;
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        if (!inTheResponse)
            (await AnswerAsync(partner, link, Samples.FullUserData())).Is(200);
        await app.IdleAsync();
        Assert.Equal("Fulfilled", await EndingAsync(link));

        var visitor = await Visitor.OpenAsync(app, link);
        foreach (var state in new[] { await visitor.StateAsync(), await visitor.StepAsync() })
        {
            Assert.Equal("document", (string)state.Is(200).Data["step"]!);
            Assert.Empty(state.Data["missing"]!.AsArray());
            Assert.Equal(
                ("fulfilled", false),
                ((string)state.Data["dataRequest"]!["status"]!, (bool)state.Data["dataRequest"]!["waiting"]!)
            );
        }
        await app.IdleAsync();
        Assert.Equal(["link.opened", Asked, "user.data_request.fulfilled"], inbox.Events.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Who_comes_before_the_answer_of_a_partner_that_was_asked_at_the_creation_waits_for_nothing()
    {
        var (partner, _) = await PartnerAsync("on_create");
        var link = await partner.CreateLinkAsync();
        var visitor = await Visitor.OpenAsync(app, link);
        var reached = (await visitor.StepAsync()).Is(200).Data;
        Assert.Equal(
            ("data", "pending", false),
            (
                (string)reached["step"]!,
                (string)reached["dataRequest"]!["status"]!,
                (bool)reached["dataRequest"]!["waiting"]!
            )
        );
        await app.IdleAsync();
        Assert.Equal("FellBackToWidget", await EndingAsync(link));

        // A late answer is still taken, and outranks what was typed.
        (await visitor.PutAsync(new JsonObject { ["name"] = new JsonObject { ["firstName"] = "Karl" } })).Is(200);
        (await AnswerAsync(partner, link, Samples.FullUserData())).Is(200);
        Assert.Equal("Carlos", (string)(await link.GetAsync()).Data["userData"]!["name"]!["firstName"]!);
        Assert.Equal("document", (string)(await visitor.StateAsync()).Is(200).Data["step"]!);
    }

    [Fact]
    public async Task Whose_partner_is_asked_at_the_opening_waits_a_moment_for_the_answer()
    {
        var (partner, _) = await PartnerAsync("on_open");
        var link = await partner.CreateLinkAsync();
        var visitor = await Visitor.OpenAsync(app, link);
        Assert.True((bool)(await visitor.StepAsync()).Is(200).Data["dataRequest"]!["waiting"]!);
        await app.IdleAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await FlowAsync(link))!.RuntimeStatus);
        await app.AdvanceAsync(PastGrace);
        Assert.False((bool)(await visitor.StateAsync()).Is(200).Data["dataRequest"]!["waiting"]!);
        Assert.Equal("FellBackToWidget", await EndingAsync(link));
    }

    /// <summary>What was not asked at the creation is asked at the opening, and nothing twice.</summary>
    [Fact]
    public async Task A_setting_that_changes_between_creation_and_opening_loses_no_request_and_doubles_none()
    {
        var (partner, inbox) = await PartnerAsync("on_open");
        var before = await partner.CreateLinkAsync();
        await SetAsync("on_create", 200);
        var after = await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Equal([after.Id], inbox.Received.Select(webhook => (string)webhook.Data["linkId"]!));
        (await before.OpenAsync()).Is(200);
        await SetAsync("on_open", 200);
        (await after.OpenAsync()).Is(200);
        await app.IdleAsync();
        Assert.Equal(
            new[] { before.Id, after.Id }.Order(),
            inbox
                .Received.Where(webhook => webhook.Event == Asked)
                .Select(webhook => (string)webhook.Data["linkId"]!)
                .Order()
        );
        await SetAsync("on_Create", 400);
        await SetAsync("never", 400);
        await SetAsync(1, 400);
        Assert.Equal("on_open", (string)(await partner.GetAsync("/partner/me")).Data["settings"]!["dataRequests"]!);

        async Task SetAsync(object value, int status) =>
            (
                await app.SendAsync(
                    HttpMethod.Patch,
                    $"/operator/partners/{partner.Id}",
                    new { settings = new { dataRequests = value } }
                )
            ).Is(status);
    }

    [Fact]
    public async Task An_endpoint_that_came_after_the_creation_is_asked_at_the_opening()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        (await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(404);
        var inbox = await app.NewInboxAsync();
        (await partner.PutAsync("/partner/webhooks/endpoint", new { url = inbox.Url, events = new[] { Asked } })).Is(
            200
        );
        var visitor = await Visitor.OpenAsync(app, link);
        Assert.True((bool)(await visitor.StepAsync()).Is(200).Data["dataRequest"]!["waiting"]!);
        await app.AdvanceAsync(PastGrace);
        Assert.Single(inbox.Events, Asked);
    }

    [Fact]
    public async Task At_the_creation_nobody_is_asked_without_need_or_without_a_place_to_ask()
    {
        var (partner, inbox) = await PartnerAsync("on_create");
        var full = await partner.CreateLinkAsync(userData: Samples.FullUserData().With("idNumber", CipSteps.Curp('0')));
        (await partner.PostTicketAsync(full)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        (await full.RevokeAsync()).Is(200);
        await partner.CreateLinkAsync(full.Reference);
        var (deaf, unasked) = await PartnerAsync("on_create", ["link.created"]);
        await deaf.CreateLinkAsync();
        // A link's own callback URL is a place to ask, too.
        var callback = await app.NewInboxAsync();
        var alone = await app.NewPartnerAsync(events: ["link.created", Asked]);
        await alone.CreateLinkAsync(callback: callback);
        await app.IdleAsync();
        Assert.Empty(inbox.Received);
        Assert.Equal(["link.created"], unasked.Events);
        Assert.Equal(["link.created", Asked], callback.Events.Order());
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("revoked")]
    public async Task A_request_ends_with_a_link_that_nobody_opened(string ending)
    {
        var (partner, inbox) = await PartnerAsync("on_create");
        var link = await partner.CreateLinkAsync(expiresInMinutes: 30);
        await app.IdleAsync();
        if (ending == "revoked")
            (await link.RevokeAsync()).Is(200);
        else
            await app.AdvanceAsync(TimeSpan.FromMinutes(31));
        await app.IdleAsync();
        (await AnswerAsync(partner, link, Samples.FullUserData())).Is(
            409,
            ending == "expired" ? "LINK_EXPIRED" : "LINK_REVOKED"
        );
        var status = (string)
            (await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(200).Data["status"]!;
        Assert.Equal(ending == "expired" ? "expired" : "cancelled", status);
        Assert.Equal(ending == "expired" ? "Expired" : "Cancelled", await EndingAsync(link));
        string[] told = ending == "expired" ? [Asked, "user.data_request.expired"] : [Asked];
        Assert.Equal(told, inbox.Events);
    }

    [Fact]
    public async Task Repetitions_of_a_creation_ask_once()
    {
        var (partner, inbox) = await PartnerAsync("on_create");
        var body = new { referenceId = TestPartner.NewReference() };
        var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => partner.PostLinkAsync(body, "ask-once")));
        Assert.Single(replies.Select(reply => reply.Is(201).Text).Distinct());
        await app.IdleAsync();
        Assert.Equal([Asked], inbox.Events);
    }

    /// <summary>The request is a part of the creation's one transaction.</summary>
    [Fact]
    public async Task A_creation_that_asks_costs_no_more_than_one_that_does_not()
    {
        const int Count = 10;
        var (partner, inbox) = await PartnerAsync("on_create");
        await partner.CreateLinkAsync();
        var without = await CostAsync(Samples.FullUserData());
        var with = await CostAsync(Samples.LeastUserData());
        // What is remembered of the partner for five seconds is read now and then.
        Assert.InRange(with - without, -2, 2);
        Assert.Equal(Count + 1, inbox.Events.Count(name => name == Asked));

        async Task<int> CostAsync(JsonObject userData)
        {
            var before = await TotalAsync();
            for (var i = 0; i < Count; i++)
                await partner.CreateLinkAsync(userData: userData);
            await app.IdleAsync();
            return await TotalAsync() - before;
        }

        async Task<int> TotalAsync()
        {
            using var http = new HttpClient();
            var costs = JsonNode.Parse(
                await http.GetStringAsync(new Uri(app.Address, "/local/costs"), TestContext.Current.CancellationToken)
            )!;
            return (int)
                costs["operations"]!.AsArray().First(operation => (string?)operation!["operation"] == "CreateLink")![
                    "total"
                ]!;
        }
    }

    private async Task<(TestPartner Partner, Inbox Inbox)> PartnerAsync(string? dataRequests, string[]? events = null)
    {
        var inbox = await app.NewInboxAsync();
        return (
            await app.NewPartnerAsync(inbox, events ?? Subscribed, dataRequests is null ? null : new { dataRequests }),
            inbox
        );
    }

    private static string RequestOf(TestLink link) => "dr_" + link.Id["link_".Length..];

    private static Task<Reply> AnswerAsync(TestPartner partner, TestLink link, JsonObject userData) =>
        partner.PutAsync($"/partner/data-requests/{RequestOf(link)}", new { referenceId = link.Reference, userData });

    private Task<OrchestrationMetadata?> FlowAsync(TestLink link) =>
        app.Durable.GetInstanceAsync(RequestOf(link), getInputsAndOutputs: true, TestContext.Current.CancellationToken);

    private async Task<string> EndingAsync(TestLink link)
    {
        var flow = await FlowAsync(link);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, flow!.RuntimeStatus);
        return flow.ReadOutputAs<DataRequestEnding>().ToString();
    }
}
