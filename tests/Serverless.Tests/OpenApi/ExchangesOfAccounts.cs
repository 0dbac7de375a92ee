namespace Serverless.Tests.OpenApi;

/// <summary>What a partner's engineers and support staff look at, after all the rest has happened.</summary>
internal sealed partial class Exchanges
{
    private async Task AccountAsync()
    {
        await PartnerAsync("GET /partner/statistics?days=2", null, 200, "days", "Yesterday and today");
        await PartnerAsync("GET /partner/statistics?days=365", null, 400, "long", "Longer than is kept");
        await KeysAsync();
        await PartnerAsync(
            "GET /partner/requests?status=4xx&limit=2",
            null,
            200,
            "refused",
            "The last two that were refused"
        );
        await PartnerAsync("GET /partner/requests?status=9xx", null, 400, "class", "There is no such class");
        await PartnerAsync("GET /partner/rate-limits", null, 200, "limits", "What is used now");
        const string Search = "POST /partner/identities/search";
        await PartnerAsync(Search, new { identityReference = "user-1" }, 200, "reference", "By a reference");
        await PartnerAsync(Search, new { email = "ana@example.org" }, 200, "address", "By an e-mail address");
        await PartnerAsync(Search, new { email = "nobody@example.org" }, 404, "unknown", "Nobody has this address");
    }

    /// <summary>The partner changes over to new keys.</summary>
    private async Task KeysAsync()
    {
        const string Keys = "/partner/keys";
        var key = await PartnerAsync(
            $"POST {Keys}",
            new { name = "checkout server" },
            201,
            "issued",
            "One more API key"
        );
        await PartnerAsync($"GET {Keys}", null, 200, "keys", "The new one was not used yet");
        await PartnerAsync($"DELETE {Keys}/{(string)key["keyPrefix"]!}", null, 200, "revoked", "By its beginning");
        await PartnerAsync($"DELETE {Keys}/{_partner.Key[..15]}", null, 409, "itself", "A key cannot revoke itself");

        const string IdentityKeys = "/partner/identity-keys";
        var signing = await PartnerAsync(
            $"POST {IdentityKeys}",
            new { name = "onboarding" },
            201,
            "issued",
            "One more key with its secret"
        );
        await PartnerAsync($"GET {IdentityKeys}", null, 200, "keys", "The newest first");
        var revoked = (string)signing["identityApiKey"]!;
        await PartnerAsync($"DELETE {IdentityKeys}/{revoked}", null, 200, "revoked", "By its public half");
        await PartnerAsync($"DELETE {IdentityKeys}/{revoked}", null, 404, "unknown", "It was revoked before");
    }
}
