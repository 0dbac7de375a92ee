using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.KycSharing;

/// <summary>
/// A partner rehearses its own side of Reusable KYC against the local host's Sumsub: a person, a token, its use.
/// </summary>
public sealed class RehearsalTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Base = "/local/sumsub";

    [Fact]
    public async Task A_donor_makes_a_person_and_a_token_and_the_recipient_takes_the_person_over()
    {
        var (status, up) = await SendAsync("GET", "/resources/status/api");
        Assert.Equal((200, "OK"), (status, (string)up["status"]!));
        (status, var created) = await SendAsync(
            "POST",
            "/resources/applicants?levelName=basic%20level",
            """{"externalUserId":"ana-1","email":"ana@example.org"}"""
        );
        Assert.Equal(201, status);
        var applicant = (string)created["id"]!;
        Assert.Equal("ana-1", (string)created["externalUserId"]!);
        Assert.Equal(
            409,
            (await SendAsync("POST", "/resources/applicants?levelName=x", """{"externalUserId":"ana-1"}""")).Status
        );
        Assert.Equal(400, (await SendAsync("POST", "/resources/applicants", """{"externalUserId":"ana-2"}""")).Status);
        await app.AdvanceAsync(TimeSpan.FromSeconds(2));
        (status, var review) = await SendAsync("GET", $"/resources/applicants/{applicant}/status");
        Assert.Equal(
            (200, "completed", "GREEN"),
            (status, (string)review["reviewStatus"]!, (string)review["reviewResult"]!["reviewAnswer"]!)
        );
        Assert.Equal(
            applicant,
            (string)(await SendAsync("GET", "/resources/applicants/-;externalUserId=ana-1/one")).Body["id"]!
        );

        var partner = (await app.NewPartnerAsync()).Identity;
        string[] targets =
        [
            "/resources/accessTokens/shareToken",
            $"/resources/accessTokens/-/shareToken?applicantId={applicant}&forClientId=banxa.com_5335&ttlInSecs=600",
        ];
        foreach (var (number, target) in targets.Index())
        {
            var body = target.Contains('?', StringComparison.Ordinal)
                ? null
                : $$"""{"applicantId":"{{applicant}}","forClientId":"banxa.com_5335","ttlInSecs":600}""";
            (status, var made) = await SendAsync("POST", target, body);
            Assert.Equal((200, "banxa.com_5335"), (status, (string)made["forClientId"]!));
            (await partner.ShareAsync($"person-{number}", $"person-{number}@example.org", (string)made["token"]!)).Is(
                202
            );
            await app.AdvanceAsync(TimeSpan.FromSeconds(10));
            Assert.Equal("VERIFIED", await partner.KycAsync($"person-{number}"));
        }
    }

    [Theory]
    [InlineData("rejected", "REJECTED")]
    [InlineData("retry", "ACTION_REQUIRED")]
    [InlineData("expired", "ACTION_REQUIRED")]
    public async Task The_last_word_of_the_person_s_name_decides(string word, string outcome)
    {
        var (_, created) = await SendAsync(
            "POST",
            "/resources/applicants?levelName=x",
            $$"""{"externalUserId":"one-{{word}}"}"""
        );
        var (_, made) = await SendAsync(
            "POST",
            "/resources/accessTokens/shareToken",
            $$"""{"applicantId":"{{(string)created["id"]!}}","forClientId":"us"}"""
        );
        var partner = (await app.NewPartnerAsync()).Identity;
        (await partner.ShareAsync("one", "one@example.org", (string)made["token"]!)).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(outcome, await partner.KycAsync("one"));
    }

    [Fact]
    public async Task A_token_is_good_for_as_long_as_was_asked()
    {
        var (_, created) = await SendAsync(
            "POST",
            "/resources/applicants?levelName=x",
            """{"externalUserId":"late-1"}"""
        );
        var (_, made) = await SendAsync(
            "POST",
            "/resources/accessTokens/shareToken",
            $$"""{"applicantId":"{{(string)created["id"]!}}","forClientId":"us","ttlInSecs":60}"""
        );
        await app.AdvanceAsync(TimeSpan.FromSeconds(61));
        var partner = (await app.NewPartnerAsync()).Identity;
        (await partner.ShareAsync("late", "late@example.org", (string)made["token"]!)).Is(202);
        await app.AdvanceAsync(TimeSpan.FromSeconds(20));
        Assert.Equal("ACTION_REQUIRED", await partner.KycAsync("late"));
    }

    [Theory]
    [InlineData("5d08a63239b79354a2ebaa1d")]
    [InlineData("a00000000000000000000000")]
    [InlineData("a0")]
    [InlineData("nobody")]
    public async Task An_applicant_that_was_never_made_is_not_found(string id)
    {
        Assert.Equal(404, (await SendAsync("GET", $"/resources/applicants/{id}/one")).Status);
        Assert.Equal(404, (await SendAsync("GET", $"/resources/applicants/{id}/status")).Status);
        Assert.Equal(
            404,
            (
                await SendAsync(
                    "POST",
                    "/resources/accessTokens/shareToken",
                    $$"""{"applicantId":"{{id}}","forClientId":"us"}"""
                )
            ).Status
        );
    }

    /// <summary>Its clients sign the path below the base address they are given, query and body.</summary>
    [Fact]
    public async Task A_signature_covers_path_query_and_body_below_the_base_address()
    {
        const string Target = "/resources/applicants?levelName=x";
        Assert.Equal(
            401,
            (await SendAsync("POST", Target, """{"externalUserId":"signed-1"}""", signedTarget: Base + Target)).Status
        );
        Assert.Equal(
            401,
            (await SendAsync("POST", Target, """{"externalUserId":"signed-1"}""", signedBody: "")).Status
        );
        Assert.Equal(
            401,
            (
                await SendAsync(
                    "POST",
                    Target,
                    """{"externalUserId":"signed-1"}""",
                    signedTarget: "/resources/applicants"
                )
            ).Status
        );
        Assert.Equal(201, (await SendAsync("POST", Target, """{"externalUserId":"signed-1"}""")).Status);
        Assert.Equal(400, (await SendAsync("POST", Target, "[1]")).Status);
        Assert.Equal(400, (await SendAsync("POST", Target, "no JSON")).Status);
    }

    private async Task<(int Status, JsonNode Body)> SendAsync(
        string method,
        string target,
        string? body = null,
        string? signedTarget = null,
        string? signedBody = null
    )
    {
        var timestamp = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var signed = timestamp + method + (signedTarget ?? target) + (signedBody ?? body);
        using var http = new HttpClient { BaseAddress = app.Address };
        using var request = new HttpRequestMessage(new HttpMethod(method), Base + target);
        request.Headers.Add("X-App-Token", "sbx:local-app-token");
        request.Headers.Add("X-App-Access-Ts", timestamp);
        request.Headers.Add(
            "X-App-Access-Sig",
            Convert.ToHexStringLower(HMACSHA256.HashData("local-secret-key"u8, Encoding.UTF8.GetBytes(signed)))
        );
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return (
            (int)answer.StatusCode,
            JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!
        );
    }
}
