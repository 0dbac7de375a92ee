using Xunit;

namespace Serverless.Tests.Partners;

/// <summary>What an operator does with partners.</summary>
public sealed class PartnerTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_partner_is_shown_its_key_and_its_secret_of_32_bytes_this_once()
    {
        var reply = (await app.PostAsync("/operator/partners", new { partnerId = "nova", name = "Nova" })).Is(201);
        Assert.Equal(
            ["partnerId", "apiKey", "webhookSecret", "identityApiKey", "identityApiSecret"],
            reply.Data.AsObject().Select(member => member.Key)
        );
        var secret = (string)reply.Data["webhookSecret"]!;
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(secret[6..]).Length);

        (await app.PostAsync("/operator/partners", new { partnerId = "nova", name = "Other" })).Is(
            409,
            "PARTNER_EXISTS"
        );
        (await app.GetAsync("/partner/links", ("X-API-Key", (string)reply.Data["apiKey"]!))).Is(200);
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("runtime")]
    [InlineData("eapi")]
    [InlineData("partner")]
    [InlineData("widget")]
    [InlineData("operator")]
    [InlineData("health")]
    [InlineData("openapi")]
    [InlineData("docs")]
    [InlineData("portal")]
    [InlineData("local")]
    public async Task A_partner_cannot_be_called_as_a_path_begins(string id)
    {
        var reply = (await app.PostAsync("/operator/partners", new { partnerId = id, name = "N" })).Is(
            400,
            "INVALID_REQUEST"
        );
        Assert.Equal([("partnerId", "is reserved, as paths begin with it: choose another")], reply.Details);
        (await app.PostAsync("/operator/partners", new { partnerId = id + "-1", name = "N" })).Is(201);
    }

    [Fact]
    public async Task Of_10_parallel_creations_of_a_partner_exactly_one_succeeds()
    {
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .Select(_ => app.PostAsync("/operator/partners", new { partnerId = "parallel", name = "P" }))
        );
        Assert.Single(replies, reply => reply.Status == 201);
        Assert.Equal(9, replies.Count(reply => reply.Code == "PARTNER_EXISTS"));
    }

    [Theory]
    [InlineData("""{"name":"N"}""", "partnerId")]
    [InlineData("""{"partnerId":"ok"}""", "name")]
    [InlineData("""{"partnerId":"A","name":"N"}""", "partnerId")]
    [InlineData("""{"partnerId":"a","name":"N"}""", "partnerId")]
    [InlineData("""{"partnerId":"1a","name":"N"}""", "partnerId")]
    [InlineData("""{"partnerId":"a_b","name":"N"}""", "partnerId")]
    [InlineData("""{"partnerId":"a|b","name":"N"}""", "partnerId")]
    [InlineData("""{"partnerId":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","name":"N"}""", "partnerId")]
    [InlineData("""{"partnerId":"ok","name":""}""", "name")]
    [InlineData("""{"partnerId":"ok","name":"N","webhookUrl":"nowhere"}""", "webhookUrl")]
    [InlineData("""{"partnerId":"ok","name":"N","webhookEvents":["link.created","nothing"]}""", "webhookEvents")]
    [InlineData("""{"partnerId":"ok","name":"N","webhookEvents":"link.created"}""", "webhookEvents")]
    [InlineData("""{"partnerId":"ok","name":"N","enabled":"yes","description":5}""", "enabled description")]
    public async Task What_is_wrong_with_a_partner_is_said_by_name(string body, string fields) =>
        Assert.Equal(
            fields.Split(' '),
            (await app.PostAsync("/operator/partners", body)).Is(400, "INVALID_REQUEST").Fields
        );

    [Fact]
    public async Task A_suspended_partner_is_refused_at_once_and_until_it_is_resumed()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        Assert.Equal(
            "suspended",
            (string?)(await app.PostAsync($"/operator/partners/{partner.Id}/suspend")).Is(200).Data["status"]
        );
        (await partner.GetAsync("/partner/links")).Is(403, "PARTNER_SUSPENDED");
        (await partner.PostLinkAsync(new { referenceId = "cust-1" })).Is(403, "PARTNER_SUSPENDED");
        (await link.RevokeAsync()).Is(403, "PARTNER_SUSPENDED");
        (await link.OpenAsync()).Is(200);

        Assert.Equal(
            "active",
            (string?)(await app.PostAsync($"/operator/partners/{partner.Id}/resume")).Is(200).Data["status"]
        );
        Assert.Single(await partner.ListAsync());
    }

    [Fact]
    public async Task A_suspended_partner_s_timers_and_webhooks_go_on()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.expired"]);
        await partner.CreateLinkAsync(expiresInMinutes: 5);
        await app.PostAsync($"/operator/partners/{partner.Id}/suspend");
        await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(["link.expired"], inbox.Events);
    }

    [Theory]
    [InlineData("suspend")]
    [InlineData("resume")]
    [InlineData("keys")]
    public async Task A_partner_that_never_was_is_404(string act)
    {
        foreach (var id in new[] { "nobody", "No%20Body", "%2F", new string('a', 5000) })
            (await app.PostAsync($"/operator/partners/{id}/{act}")).Is(404, "RESOURCE_NOT_FOUND");
    }

    [Fact]
    public async Task A_key_of_a_partner_whose_record_is_missing_is_refused_like_a_suspended_one()
    {
        var partner = await app.NewPartnerAsync();
        await app.Table("Partners")
            .DeleteEntityAsync(partner.Id, "partner", cancellationToken: TestContext.Current.CancellationToken);
        (await partner.GetAsync("/partner/links")).Is(403, "PARTNER_SUSPENDED");
    }

    [Fact]
    public async Task The_demo_partner_is_created_at_the_first_start_and_left_alone_at_the_next()
    {
        await using var first = await TestApp.StartAsync(("Demo:Seed", "true"));
        (await first.PostAsync("/operator/partners", new { partnerId = "demo", name = "Demo" })).Is(
            409,
            "PARTNER_EXISTS"
        );
        var before = await first.RowsAsync("Partners");
        await first.RestartAsync();
        Assert.Equal(before.Select(row => row.ETag), (await first.RowsAsync("Partners")).Select(row => row.ETag));
    }
}
