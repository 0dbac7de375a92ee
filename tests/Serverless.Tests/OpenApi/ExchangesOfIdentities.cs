using System.Text.Json.Nodes;
using Serverless.Functions.Events;
using Serverless.Tests.Eligibility;
using Serverless.Tests.Events;
using Serverless.Tests.Identities;

namespace Serverless.Tests.OpenApi;

/// <summary>What partners do with identities, and what operators do.</summary>
internal sealed partial class Exchanges
{
    private const string Identities = "/eapi/v0/identities";

    private static object Customer { get; } = new
    {
        givenName = "Ana",
        surname = "Torres",
        dob = "1990-05-14",
        taxIdType = "ssn",
        taxId = "123-45-6789",
        taxState = "CA",
    };

    /// <summary>An identity up to the point where it may pay.</summary>
    private async Task IdentitiesAsync()
    {
        await SignedAsync(
            $"POST {Identities}/basic",
            new { identityReference = "user-1", email = "ana@example.org" },
            201,
            "created",
            "An identity with its e-mail address"
        );
        await SignedAsync(
            $"POST {Identities}/basic",
            new { identityReference = "user-1" },
            422,
            "exists",
            "The reference is known"
        );
        await SignedAsync(
            $"POST {Identities}/basic",
            new { identityReference = "-", email = "ana" },
            422,
            "invalid",
            "Each field with what is wrong"
        );
        await SignedAsync($"GET {Identities}/user-1", null, 200, "found", "By its reference");
        await SignedAsync($"GET {Identities}/user-9", null, 404, "unknown", "Nobody has this reference");

        const string Eligibility = $"{Identities}/transactions/eligibility";
        JsonObject Asked(string amount = "100", string fiat = "EUR") => EligibilityCalls.Body("user-1", amount, fiat);
        await SignedAsync($"POST {Eligibility}", Asked(), 202, "missing", "What is still needed");
        await SignedAsync(
            $"POST {EligibilityCalls.OlderEligibility}",
            Asked(),
            202,
            "missing",
            "The same by the older path"
        );
        await SignedAsync($"POST {Eligibility}", Asked(fiat: "XYZ"), 422, "unsupported", "No such currency");
        await SignedAsync($"POST {Identities}/transactions/limits", Asked(), 200, "limits", "What may be paid");
        var address = new
        {
            addressLine = "Ring 1",
            suburb = "Mitte",
            postCode = "10115",
            state = "Berlin",
            country = "DE",
        };
        await SignedAsync(
            $"PATCH {Identities}",
            new
            {
                identityReference = "user-1",
                email = "ana@example.org",
                givenName = "Ana",
                surname = "Torres",
                dateOfBirth = "1990-05-14",
                taxId = "86095742719",
                residentialAddress = address,
            },
            200,
            "updated",
            "What eligibility asked for"
        );
        await SignedAsync(
            $"PATCH {Identities}",
            new { identityReference = "user-9", email = "nobody@example.org" },
            404,
            "unknown",
            "Nobody has this reference"
        );
        await SignedAsync(
            $"PATCH {Identities}/user-1",
            new { email = "ana@example.org", purposeOfTransaction = "Savings" },
            200,
            "updated",
            "The reference in the path"
        );
        await SignedAsync($"POST {Eligibility}", Asked(), 202, "ready", "Nothing is missing: ready to pay");
        await SignedAsync($"POST {Eligibility}", Asked("30000"), 422, "limit", "More than a transaction may have");

        foreach (var version in new[] { "v1", "v0" })
        {
            var route = $"/eapi/{version}/verifications/otp";
            var person = new { identityReference = "user-1", email = "ana@example.org" };
            await SignedAsync($"POST {route}", person, 200, "sent", "A code is sent to the address");
            var code = await _app.CodeToAsync("ana@example.org");
            var other = code == "0000" ? "0001" : "0000";
            await SignedAsync(
                $"POST {route}/verify",
                new
                {
                    identityReference = "user-1",
                    email = "ana@example.org",
                    code = other,
                },
                422,
                "wrong",
                "Another code"
            );
            await SignedAsync(
                $"POST {route}/verify",
                new
                {
                    identityReference = "user-1",
                    email = "ana@example.org",
                    code,
                },
                200,
                "verified",
                "The code of the mail"
            );
            await PassAsync(3600);
        }
    }

    /// <summary>KYC that comes from elsewhere.</summary>
    private async Task KycAsync()
    {
        object Token(string reference, string token) =>
            new
            {
                identityReference = reference,
                email = $"{reference}@example.org",
                provider = new { vendor = "sumsub", token },
            };
        await SignedAsync(
            $"POST {Identities}/share/token",
            Token("user-2", "my-token-1-approved"),
            202,
            "accepted",
            "What came of it, a KYC webhook tells"
        );
        await PassAsync(10);
        await SignedAsync($"GET {Identities}/user-2", null, 200, "verified", "Verified by the shared token");
        await SignedAsync(
            $"POST {Identities}/share/token",
            Token("user-3", "my-token-1-approved"),
            422,
            "used",
            "A token is good for one use"
        );
        await SignedAsync(
            $"POST {Identities}/token/share",
            Token("user-3", "my-token-2-rejected"),
            202,
            "accepted",
            "The same by the older path"
        );
        await PassAsync(10);
        await SignedAsync(
            $"POST {Identities}/share/documents",
            new
            {
                identityReference = "user-4",
                email = "user-4@example.org",
                mobileNumber = "+525512345678",
                customerIdentity = Customer,
                documents = new[] { new { type = "PASSPORT", image = Picture } },
            },
            202,
            "accepted",
            "An operator looks at the pictures"
        );
        await SignedAsync(
            $"POST {Identities}/reliance",
            new
            {
                identityReference = "user-5",
                email = "user-5@example.org",
                mobileNumber = "+525512345678",
                screeningDate = "2026-11-20",
                screeningSanctionsResult = false,
                screeningPepResult = false,
                customerIdentity = Customer,
            },
            202,
            "accepted",
            "A clean and recent screening"
        );
        await PartnerAsync(
            "POST /acme/v2/kyc/sessions",
            new
            {
                externalCustomerId = "user-6",
                country = "MX",
                returnUrl = "https://partner.example.com/back",
            },
            200,
            "begun",
            "Send the person to redirectUrl"
        );
    }

    private async Task OperatorAsync()
    {
        const string Partner = "/operator/partners/acme";
        await OperatorAsync(
            $"POST {Partner}/identities/user-3/review",
            new { decision = "approve", note = "The passport was looked at" },
            200,
            "approved",
            "What automation refused, a person allows"
        );
        await OperatorAsync(
            $"POST {Partner}/identities/user-3/review",
            new { decision = "reject" },
            409,
            "verified",
            "It is decided"
        );
        await OperatorAsync(
            $"POST {Partner}/identities/user-5/block",
            new { note = "Asked for by compliance" },
            200,
            "blocked",
            "All references of the person"
        );
        await SignedAsync(
            $"POST {Identities}/transactions/eligibility",
            EligibilityCalls.Body("user-5"),
            422,
            "blocked",
            "The account is blocked"
        );
        await OperatorAsync("GET /operator/blocked?partnerId=acme", null, 200, "page", "One account is blocked");
        await OperatorAsync(
            $"POST {Partner}/identities/user-5/unblock",
            new { note = "It was another person" },
            200,
            "unblocked",
            "The reason is gone"
        );

        var link = await _partner.CreateLinkAsync(
            "cust-7005",
            userData: Samples.FullUserData().With("idNumber", "GOMC900514HDFRRL02")
        );
        (await _partner.PostAsync($"/partner/links/{link.Id}/cip/tickets")).Is(201);
        await PassAsync(5);
        await OperatorAsync(
            "GET /operator/reviews?partnerId=acme",
            null,
            200,
            "page",
            "What the provider could not decide"
        );
        await OperatorAsync(
            $"POST {Partner}/users/cust-7005/cip/review",
            new { decision = "approve", note = "The passport was looked at" },
            200,
            "approved",
            "The provider could not decide"
        );

        (await _partner.Identity.CreateAsync("user-7", "first@example.org")).Is(201);
        await PassAsync(5);
        (await _partner.Identity.CreateAsync("user-8")).Is(201);
        await PassAsync(5);
        (await _partner.Identity.UpdateAsync("user-8", "first@example.org")).Is(200);
        var merges = await OperatorAsync(
            "GET /operator/merges?partnerId=acme&limit=1",
            null,
            200,
            "merged",
            "Two references with one address became one account"
        );
        var merge = (string)merges["items"]![0]!["mergeId"]!;
        await OperatorAsync($"POST /operator/merges/{merge}/undo", null, 200, "undone", "They were two persons");

        await OperatorAsync(
            $"POST {Partner}/identities/merge",
            new { reference = "user-7", otherReference = "user-8" },
            200,
            "merged",
            "The partner says that both are one person",
            reason: "The partner's support asked for it"
        );
        await OperatorAsync(
            $"POST {Partner}/identities/merge",
            new { reference = "user-7", otherReference = "nobody" },
            404,
            "unknown",
            "Nobody has this reference"
        );
        await ReplaysAsync(Partner);

        await OperatorAsync(
            $"PATCH {Partner}",
            new { settings = new { allowedOrigins = new[] { "https://app.example.com" }, theme = "dark" } },
            200,
            "changed",
            "The other settings stay"
        );
        await OperatorAsync(
            $"PATCH {Partner}",
            new { settings = new { emailVerification = "never" } },
            400,
            "invalid",
            "No such value"
        );
        var key = await OperatorAsync($"POST {Partner}/keys", null, 201, "issued", "One more API key");
        var prefix = ((string)key["apiKey"]!)[..15];
        await OperatorAsync($"DELETE {Partner}/keys/{prefix}", null, 200, "revoked", "Known by its beginning");
        await OperatorAsync($"DELETE {Partner}/keys/{prefix}", null, 404, "unknown", "It was revoked before");
        var identityKey = await OperatorAsync($"POST {Partner}/identity-keys", null, 201, "issued", "One more key");
        await OperatorAsync(
            $"DELETE {Partner}/identity-keys/{(string)identityKey["identityApiKey"]!}",
            null,
            200,
            "revoked",
            "It signs no more"
        );
        await OperatorAsync($"POST {Partner}/suspend", null, 200, "suspended", "Its requests are refused");
        await PartnerAsync("GET /partner/me", null, 403, "suspended", "The partner is suspended");
        await OperatorAsync(
            $"POST {Partner}/resume",
            null,
            200,
            "active",
            "They are taken again",
            reason: "The invoice was paid"
        );
        await OperatorAsync(
            "GET /operator/partners?status=active&limit=2",
            null,
            200,
            "page",
            "Partners whose calls are served"
        );
        await OperatorAsync($"GET {Partner}", null, 200, "partner", "With its settings, endpoint and keys");
        await OperatorAsync(
            "GET /operator/audit?partnerId=acme&limit=2",
            null,
            200,
            "page",
            "The last two acts on a partner"
        );
    }

    /// <summary>What failed of all partners, and what nobody could handle.</summary>
    private async Task ReplaysAsync(string partner)
    {
        _inbox.AnswerWith(503);
        var since = _app.Clock.GetUtcNow();
        await _partner.CreateLinkAsync("cust-7010", 10_080, Samples.FullUserData());
        await PassAsync(5 * 3600);
        var failed = await OperatorAsync(
            "GET /operator/deliveries?status=failed&limit=1",
            null,
            200,
            "failed",
            "The newest that failed, of all partners"
        );
        _inbox.AnswerWith(200);
        var id = (string)failed["items"]![0]!["delivery"]!["deliveryId"]!;
        await OperatorAsync($"POST {partner}/deliveries/{id}/replay", null, 202, "begun", "It is sent again");
        await OperatorAsync(
            $"POST {partner}/deliveries/evt_01kbq3v7m2x9f4t8z6w1c5r0ne/replay",
            null,
            404,
            "unknown",
            "There is no such delivery"
        );
        var replay = await OperatorAsync(
            $"POST {partner}/deliveries/replay",
            new { failedSince = since.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", Invariant) },
            202,
            "begun",
            "All that failed since then"
        );
        await PassAsync(60);
        await OperatorAsync(
            $"GET {partner}/replays/{(string)replay["operationId"]!}",
            null,
            200,
            "completed",
            "All were gone through"
        );
        _app.ExpectErrors();
        await _app.AddDeadLetterAsync(AppQueues.EventsName, "acme", "cust-7010");
        var letter = (string)(await _app.GetAsync("/operator/dead-letters")).Data["items"]![0]!["deadLetterId"]!;
        _stable.Know(letter, "events-4711");
        await OperatorAsync("GET /operator/dead-letters", null, 200, "page", "One message was set aside");
        await OperatorAsync(
            $"POST /operator/dead-letters/{letter}/resend",
            null,
            202,
            "sent",
            "It is handled once more"
        );
    }
}
