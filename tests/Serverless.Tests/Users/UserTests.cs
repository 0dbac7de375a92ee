using Serverless.Tests.Cip;
using Xunit;

namespace Serverless.Tests.Users;

/// <summary>
/// <c>GET /partner/users/{referenceId}</c>: what is held, from where, and why it stands.
/// </summary>
public sealed class UserTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task It_shows_status_and_every_field_masked_with_its_source_and_its_link()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync("a+b:c@d.mx", userData: Samples.FullUserData());
        var user = await partner.UserAsync("a+b:c@d.mx");

        Assert.Matches($"^user_{partner.Id}_[0-9a-z]{{26}}$", (string?)user["userId"]);
        Assert.Equal(
            ("a+b:c@d.mx", "data_complete", "none"),
            ((string?)user["referenceId"], (string?)user["status"], (string?)user["cipStatus"])
        );
        Assert.Equal((string?)link.Created["createdAt"], (string?)user["createdAt"]);
        Assert.Empty(user["missingFields"]!.AsArray());
        Assert.Equal(
            [
                ("dob", "1990"),
                ("idNumber", "•••RL09"),
                ("idType", "CURP"),
                ("name.firstName", "C•••"),
                ("name.lastName", "G•••"),
                ("name.secondLastName", "R•••"),
                ("name.secondName", ""),
                ("paymentMethod", "bank_account MX •••9719"),
            ],
            user["fields"]!.AsArray().Select(field => ((string)field!["path"]!, (string)field["value"]!))
        );
        Assert.All(
            user["fields"]!.AsArray(),
            field =>
                Assert.Equal(
                    ("partner_api", (string?)link.Created["createdAt"], link.Id),
                    ((string?)field!["source"], (string?)field["since"], (string?)field["via"])
                )
        );
    }

    [Fact]
    public async Task The_history_says_which_value_won_and_which_was_ignored()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.data_request"]);
        var first = await partner.CreateLinkAsync("cust-1", userData: Samples.LeastUserData());
        (await first.OpenAsync()).Is(200);
        await app.IdleAsync();
        var request = (string)inbox.Received[0].Data["dataRequestId"]!;
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        (
            await partner.PutAsync(
                $"/partner/data-requests/{request}",
                new
                {
                    referenceId = "cust-1",
                    userData = new { name = new { firstName = "Wrong" }, dob = "1991-01-01" },
                }
            )
        ).Is(200);
        (await first.RevokeAsync()).Is(200);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        var second = await partner.CreateLinkAsync(
            "cust-1",
            userData: Samples.LeastUserData().With("name.firstName", "Zoe")
        );

        var user = await partner.UserAsync("cust-1");
        var name = user["fields"]!.AsArray().Single(field => (string?)field!["path"] == "name.firstName")!;
        Assert.Equal(
            ("Z•••", "partner_api", second.Id),
            ((string?)name["value"], (string?)name["source"], (string?)name["via"])
        );
        Assert.Equal(
            [
                ("C•••", "partner_api", first.Id, "applied"),
                ("W•••", "partner_webhook", request, "ignored"),
                ("Z•••", "partner_api", second.Id, "applied"),
            ],
            name["history"]!
                .AsArray()
                .Select(past =>
                    ((string)past!["value"]!, (string)past["source"]!, (string)past["via"]!, (string)past["outcome"]!)
                )
        );
        var birth = user["fields"]!.AsArray().Single(field => (string?)field!["path"] == "dob")!;
        Assert.Equal(
            ("1991", "partner_webhook", request),
            ((string?)birth["value"], (string?)birth["source"], (string?)birth["via"])
        );
        Assert.Equal(
            ["name.secondName", "name.secondLastName", "idNumber", "idType"],
            user["missingFields"]!.AsArray().Select(path => (string?)path)
        );
    }

    [Fact]
    public async Task Of_a_picture_it_says_only_that_it_is_held()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(
            userData: Samples
                .LeastUserData()
                .With("idImage", "data:image/jpeg;base64," + Convert.ToBase64String([0xFF, 0xD8, 0xFF, 1, 2, 3]))
        );
        var image = (await partner.UserAsync(link.Reference))["fields"]!
            .AsArray()
            .Single(field => (string?)field!["path"] == "idImage")!;
        Assert.Equal(("held", "held"), ((string?)image["value"], (string?)image["history"]![0]!["value"]));
    }

    [Fact]
    public async Task Another_partner_s_user_and_an_unknown_one_are_not_there()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        var stranger = await app.NewPartnerAsync();
        (await stranger.GetAsync($"/partner/users/{link.Reference}")).Is(404, "RESOURCE_NOT_FOUND");
        (await stranger.GetAsync("/partner/users/nobody")).Is(404);
        (await stranger.GetAsync("/partner/users/not%20a%20reference")).Is(404);
        (await app.GetAsync($"/partner/users/{link.Reference}")).Is(401);
    }
}
