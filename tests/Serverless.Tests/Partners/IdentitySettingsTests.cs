using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Partners;

/// <summary>Settings of the identity API: given at creation, changed one by one.</summary>
public sealed class IdentitySettingsTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task What_holds_where_nothing_was_said()
    {
        var partner = await app.NewPartnerAsync();
        var settings = (await PatchAsync(partner, "{}"))["settings"]!.AsObject();
        Assert.Equal(
            """{"allowedOrigins":[],"emailVerification":"partner","otpEnabled":false,"kycWebhooks":false,"kycSharing":true,"standaloneKyc":false,"reliance":false,"dataRequests":"on_create"}""",
            settings.ToJsonString()
        );
    }

    [Fact]
    public async Task A_change_touches_what_it_names_and_lasts()
    {
        var partner = await app.NewPartnerAsync(
            settings: new
            {
                emailVerification = "otp",
                otpEnabled = true,
                kycSharing = false,
                kycWebhookUrl = "https://kyc.partner.test/hook",
            }
        );
        await PatchAsync(partner, """{"settings":{"kycWebhooks":true,"standaloneKyc":true}}""");
        const string All =
            """{"allowedOrigins":[],"emailVerification":"otp","otpEnabled":true,"kycWebhooks":true,"kycWebhookUrl":"https://kyc.partner.test/hook","kycSharing":false,"standaloneKyc":true,"reliance":false,"dataRequests":"on_create"}""";
        Assert.Equal(All, (await PatchAsync(partner, "{}"))["settings"]!.ToJsonString());
        await PatchAsync(partner, """{"settings":{"theme":"dark"}}""");
        await PatchAsync(
            partner,
            """{"settings":{"kycWebhookUrl":null,"emailVerification":null,"otpEnabled":false}}"""
        );
        Assert.Equal(
            """{"allowedOrigins":[],"theme":"dark","emailVerification":"otp","otpEnabled":false,"kycWebhooks":true,"kycSharing":false,"standaloneKyc":true,"reliance":false,"dataRequests":"on_create"}""",
            (await PatchAsync(partner, "{}"))["settings"]!.ToJsonString()
        );
    }

    [Fact]
    public async Task The_widget_s_addresses_are_https_and_null_takes_one_away()
    {
        var partner = await app.NewPartnerAsync();
        foreach (var wrong in new[] { "http://partner.example.com/terms", "javascript:alert(1)", "/terms", "" })
            Assert.Equal(
                ["settings.termsUrl", "settings.privacyUrl"],
                (
                    await app.SendAsync(
                        HttpMethod.Patch,
                        $"/operator/partners/{partner.Id}",
                        new { settings = new { termsUrl = wrong, privacyUrl = wrong } }
                    )
                )
                    .Is(400)
                    .Fields
            );
        const string All =
            """{"settings":{"returnUrl":"https://a.example/","termsUrl":"https://b.example/","privacyUrl":"https://c.example/"}}""";
        await PatchAsync(partner, All);
        var settings = (await PatchAsync(partner, """{"settings":{"termsUrl":null,"theme":"dark"}}"""))["settings"]!;
        Assert.Equal(
            ("https://a.example/", null, "https://c.example/"),
            ((string?)settings["returnUrl"], (string?)settings["termsUrl"], (string?)settings["privacyUrl"])
        );
    }

    [Fact]
    public async Task What_is_wrong_is_said_all_at_once_on_both_routes()
    {
        var partner = await app.NewPartnerAsync();
        const string Wrong =
            """{"emailVerification":"Partner","otpEnabled":"yes","kycWebhooks":1,"kycWebhookUrl":"ftp://x","kycSharing":[],"standaloneKyc":{}}""";
        string[] fields =
        [
            "emailVerification",
            "otpEnabled",
            "kycWebhooks",
            "kycWebhookUrl",
            "kycSharing",
            "standaloneKyc",
        ];
        foreach (
            var reply in new[]
            {
                await app.SendAsync(
                    HttpMethod.Patch,
                    $"/operator/partners/{partner.Id}",
                    $$"""{"settings":{{Wrong}}}"""
                ),
                await app.PostAsync(
                    "/operator/partners",
                    $$"""{"partnerId":"wrong","name":"W","settings":{{Wrong}}}"""
                ),
            }
        )
            Assert.Equal(fields.Select(name => "settings." + name), reply.Is(400, "INVALID_REQUEST").Fields);
    }

    [Fact]
    public async Task A_KYC_webhook_goes_to_a_public_host_only()
    {
        await using var strict = await TestApp.StartAsync(("Webhooks:AllowPrivateNetworks", "false"));
        foreach (
            var url in new[]
            {
                "http://partner.test/x",
                "https://10.0.0.1/x",
                "https://localhost/x",
                "https://partner.test:444/x",
                "https://a:b@partner.test/x",
            }
        )
        {
            var reply = await strict.PostAsync(
                "/operator/partners",
                new
                {
                    partnerId = "strict",
                    name = "S",
                    settings = new { kycWebhookUrl = url },
                }
            );
            Assert.Equal(["settings.kycWebhookUrl"], reply.Is(400).Fields);
        }
    }

    [Fact]
    public async Task A_setting_outside_of_settings_is_refused_and_not_passed_over()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await app.SendAsync(
            HttpMethod.Patch,
            $"/operator/partners/{partner.Id}",
            """{"kycWebhooks":true,"settings":{"theme":"dark"}}"""
        );
        Assert.Equal(["kycWebhooks"], reply.Is(400, "INVALID_REQUEST").Fields);
        Assert.NotEqual("dark", (string?)(await PatchAsync(partner, "{}"))["settings"]!["theme"]);
    }

    private async Task<JsonNode> PatchAsync(TestPartner partner, string body) =>
        (await app.SendAsync(HttpMethod.Patch, $"/operator/partners/{partner.Id}", body)).Is(200).Data;
}
