using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>A member that no request has is accepted, and named.</summary>
public sealed class WarningTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Ignored = "is no field, so it was ignored";

    [Fact]
    public async Task A_misspelt_member_is_named_with_the_one_that_was_meant()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.PostLinkAsync(
            """
            {"referenceId":"r-1","expiresInMinute":5,"callbackURL":"https://partner.example/x","userdata":{},"colour":1}
            """
        );
        Assert.Equal(
            [
                ("expiresInMinute", "is no field; expiresInMinutes is one"),
                ("callbackURL", "is no field; callbackUrl is one"),
                ("userdata", "is no field; userData is one"),
                ("colour", Ignored),
            ],
            WarningsOf(reply.Is(201))
        );
        Assert.Equal("warnings", reply.Data.AsObject().Last().Key);
    }

    [Fact]
    public async Task A_member_within_another_one_is_named_by_its_path()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.PostLinkAsync(
            """
            {"referenceId":"r-1","userData":{"name":{"firstName":"Ana","lastName":"Ruiz","suffix":"x"},"sex":"f",
            "paymentMethod":{"type":"cash","cash":{"provider":"OXXO","reference":"A-1","branch":"7"},"currency":"MXN"}}}
            """
        );
        Assert.Equal(
            [
                ("userData.sex", Ignored),
                ("userData.name.suffix", Ignored),
                ("userData.paymentMethod.currency", Ignored),
                ("userData.paymentMethod.cash.branch", Ignored),
            ],
            WarningsOf(reply.Is(201))
        );
        reply = await app.SendAsync(
            HttpMethod.Patch,
            $"/operator/partners/{partner.Id}",
            new { settings = new { otpenabled = true } }
        );
        Assert.Equal([("settings.otpenabled", "is no field; settings.otpEnabled is one")], WarningsOf(reply.Is(200)));
    }

    [Fact]
    public async Task Every_route_with_a_body_names_what_it_does_not_know()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        var unknown = new { unknownMember = 1 };
        (string Field, string Message)[] named = [("unknownMember", Ignored)];

        Assert.Equal(named, WarningsOf((await link.RevokeAsync(unknown)).Is(200)));
        Assert.Equal(
            named,
            WarningsOf(
                (await partner.PutAsync("/partner/webhooks/endpoint", """{"url":null,"unknownMember":1}""")).Is(200)
            )
        );
        Assert.Equal(
            named,
            WarningsOf((await partner.PostAsync("/partner/webhooks/endpoint/rotate-secret", unknown)).Is(200))
        );
        Assert.Equal(
            named,
            WarningsOf(
                (
                    await partner.PostAsync(
                        "/partner/webhooks/deliveries/replay",
                        """{"from":"2026-01-01","unknownMember":1}"""
                    )
                ).Is(202)
            )
        );
        Assert.Equal(
            named,
            WarningsOf(
                (
                    await app.PostAsync(
                        "/operator/partners",
                        $$"""{"partnerId":"w-{{partner.Id}}","name":"W","unknownMember":1}"""
                    )
                ).Is(201)
            )
        );
    }

    [Fact]
    public async Task The_identity_API_names_it_in_a_header()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.Identity.PostAsync(
            "/eapi/v0/identities/basic",
            """{"identityReference":"i-1","emailAddress":"x","colour":"blue"}"""
        );
        Assert.Equal("emailAddress is no field, email is one; colour " + Ignored, reply.Is(201)["X-Warnings"]);
    }

    [Fact]
    public async Task Where_there_is_nothing_to_say_nothing_is_said()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        Assert.Null(link.Created["warnings"]);
        Assert.Null((await link.RevokeAsync()).Is(200).Data["warnings"]);
        Assert.Null((await partner.Identity.CreateAsync("i-1")).Is(201)["X-Warnings"]);
    }

    private static (string Field, string Message)[] WarningsOf(Reply reply) =>
        [
            .. reply.Data["warnings"]!
                .AsArray()
                .Select(warning => ((string)warning!["field"]!, (string)warning["message"]!)),
        ];
}
