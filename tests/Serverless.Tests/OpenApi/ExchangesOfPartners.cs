using System.Text.Json.Nodes;
using Serverless.Functions.Events;
using Serverless.Tests.Widget;

namespace Serverless.Tests.OpenApi;

/// <summary>What partners do with links and webhooks.</summary>
internal sealed partial class Exchanges
{
    private const string Picture =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    private static object Ana { get; } = new
    {
        name = new
        {
            firstName = "Ana",
            secondName = "",
            lastName = "Torres",
            secondLastName = "Soto",
        },
        idType = "CURP",
        idNumber = "TOSA900514MDFRRN09",
        dob = "1990-05-14",
        idImage = Picture,
        paymentMethod = new
        {
            type = "bank_account",
            bankAccount = new { country = "MX", accountNumber = Samples.Clabe },
        },
    };

    private static object HalfOfCarlos { get; } = new
    {
        name = new { firstName = "Carlos", lastName = "Gómez" },
        paymentMethod = new { type = "cash", cash = new { provider = "OXXO", reference = "12345678" } },
    };

    private static object RestOfCarlos { get; } = new
    {
        name = new { secondName = "", secondLastName = "Ruiz" },
        idType = "CURP",
        idNumber = "GOMC900514HDFRRL09",
        dob = "1990-05-14",
    };

    /// <summary>The operator creates the partner, and the partner says where its webhooks go.</summary>
    private async Task BeginAsync()
    {
        var body = new
        {
            partnerId = "acme",
            name = "Acme Payments",
            webhookUrl = _inbox.Url,
            webhookEvents = PartnerEvents.All,
            settings = new
            {
                otpEnabled = true,
                kycWebhooks = true,
                reliance = true,
                standaloneKyc = true,
            },
        };
        var made = await OperatorAsync("POST /operator/partners", body, 201, "created", "A partner with all features");
        _partner = new TestPartner(_app, "acme", (string)made["apiKey"]!, (string)made["webhookSecret"]!)
        {
            Identity = new TestIdentityClient(
                _app,
                (string)made["identityApiKey"]!,
                (string)made["identityApiSecret"]!
            ),
        };
        await OperatorAsync("POST /operator/partners", body, 409, "exists", "The id is taken");

        await PartnerAsync("GET /partner/me", null, 200, "profile", "Your profile");
        const string Endpoint = "/partner/webhooks/endpoint";
        await PartnerAsync(
            $"PUT {Endpoint}",
            new { url = _inbox.Url, events = PartnerEvents.All },
            200,
            "set",
            "All events to one URL"
        );
        await PartnerAsync(
            $"PUT {Endpoint}",
            new { url = "http://partner.example.com/hook", events = new[] { "link.done" } },
            400,
            "refused",
            "Not https, and no such event"
        );
        await PartnerAsync($"PATCH {Endpoint}", new { enabled = true }, 200, "enabled", "Only one part is changed");
        await PartnerAsync($"GET {Endpoint}", null, 200, "endpoint", "Where your webhooks go");
        await PartnerAsync($"POST {Endpoint}/probe", null, 200, "careless", "A receiver that accepts everything");
        Verify(_partner.Secret);
        await PartnerAsync($"POST {Endpoint}/probe", null, 200, "conformant", "A receiver that verifies");
        await PartnerAsync($"POST {Endpoint}/test", null, 200, "delivered", "Your receiver answered 2xx");
    }

    /// <summary>A person of whom everything is known, up to the finished transfer.</summary>
    private async Task LinksAsync()
    {
        var order = new { orderId = "A-1001" };
        var body = new
        {
            referenceId = "cust-7001",
            expiresInMinutes = 60,
            userData = Ana,
            metadata = order,
        };
        var link = await CreateAsync(body, 201, "created", "A person of whom everything is known");
        await CreateAsync(new { referenceId = "cust-7001" }, 409, "active", "The person has an active link");
        await CreateAsync(
            new
            {
                expiresInMinutes = 1,
                language = "fr",
                userData = new { dob = "14.05.1990" },
            },
            400,
            "invalid",
            "Everything that is wrong is told at once"
        );
        await PartnerAsync($"GET /partner/links/{link}", null, 200, "created", "Not opened yet");
        await PartnerAsync("GET /partner/links/link_acme_unknown", null, 404, "unknown", "No link of yours");
        await PartnerAsync($"GET /partner/links/{link}/cip/readiness", null, 200, "ready", "Nothing is missing");
        await PartnerAsync($"POST /partner/links/{link}/cip/tickets", null, 201, "begun", "The verification begins");
        await PartnerAsync($"POST /partner/links/{link}/cip/tickets", null, 200, "runs", "It runs already");
        await PassAsync(5);
        await PartnerAsync($"POST /partner/links/{link}/cip/tickets", null, 409, "verified", "There is nothing to do");

        var paid = await TransferAsync(link, "250");
        await PassAsync(40);
        await PartnerAsync($"GET /partner/operations/{paid}", null, 200, "completed", "The money arrived");
        await PartnerAsync(
            $"GET /partner/links/{link}/activity",
            null,
            200,
            "completed",
            "From the link to the transfer"
        );
        await PartnerAsync($"POST /partner/links/{link}/revoke", null, 409, "completed", "It was used");

        var (failing, taken) = (await AgainAsync(), "");
        var failed = await TransferAsync(failing, "250.13");
        await PassAsync(40);
        await PartnerAsync($"GET /partner/operations/{failed}", null, 200, "failed", "The payout failed");
        taken = await AgainAsync();
        var cancelled = await TransferAsync(taken, "100", cancel: true);
        await PartnerAsync($"GET /partner/operations/{cancelled}", null, 200, "cancelled", "Taken back in time");
        await PartnerAsync(
            "GET /partner/operations?referenceId=cust-7001&limit=2",
            null,
            200,
            "page",
            "The newest two of a person"
        );
        await PartnerAsync("GET /partner/operations?sort=amount", null, 400, "unknown", "There is no such parameter");

        var revoked = await AgainAsync();
        await PartnerAsync(
            $"POST /partner/links/{revoked}/revoke",
            new { reason = "The order was cancelled" },
            200,
            "revoked",
            "The person no longer needs it"
        );
        await PartnerAsync("GET /partner/links?referenceId=cust-7001&limit=2", null, 200, "page", "The newest two");
        await PartnerAsync("GET /partner/users/cust-7001", null, 200, "verified", "A verified person");
    }

    /// <summary>A person of whom half is known, and one of whom nothing comes.</summary>
    private async Task DataRequestsAsync()
    {
        var body = new { referenceId = "cust-7002", userData = HalfOfCarlos };
        var link = await CreateAsync(body, 201, "incomplete", "Of this person, data is missing: you are asked for it");
        await PartnerAsync($"GET /partner/links/{link}/cip/readiness", null, 200, "missing", "What is missing");
        await PartnerAsync($"POST /partner/links/{link}/cip/tickets", null, 409, "missing", "Too little is known");
        var request = "dr_" + link["link_".Length..];
        var route = $"/partner/data-requests/{request}";
        await PartnerAsync($"GET {route}", null, 200, "pending", "It waits for your answer");
        await PartnerAsync(
            $"PUT {route}",
            new { referenceId = "cust-7002", userData = new { idType = "CURP", idNumber = "GOMC900514HDFRRL00X" } },
            400,
            "invalid",
            "Values of a wrong form"
        );
        await PartnerAsync(
            $"PUT {route}",
            new { referenceId = "cust-7002", userData = RestOfCarlos },
            200,
            "fulfilled",
            "All that was missing"
        );
        await PartnerAsync($"GET {route}", null, 200, "fulfilled", "It was answered");

        await CreateAsync(
            new { referenceId = "cust-7003", expiresInMinutes = 5 },
            201,
            "unknown",
            "A person of whom nothing is known"
        );
        await PassAsync(6 * 60);
        await PartnerAsync("GET /partner/users?limit=2", null, 200, "page", "The first two");
        await PartnerAsync("DELETE /partner/users/cust-7003", null, 200, "erased", "The person asked for it");
        await PartnerAsync("DELETE /partner/users/cust-9999", null, 404, "unknown", "Nobody has this referenceId");
        await CreateAsync(new { referenceId = "cust-7003" }, 409, "erased", "The person was erased");
    }

    /// <summary>A receiver that was down for a while.</summary>
    private async Task WebhooksAsync()
    {
        var since = _app.Clock.GetUtcNow();
        _inbox.AnswerWith(503);
        var link = await CreateAsync(
            new { referenceId = "cust-7002", expiresInMinutes = 10_080 },
            409,
            "again",
            "Also without data, a second link is refused"
        );
        _ = link;
        var down = await _partner.CreateLinkAsync("cust-7004", 10_080, Ana);
        await PassAsync(24 * 3600);
        const string Deliveries = "/partner/webhooks/deliveries";
        await PartnerAsync($"GET {Deliveries}?linkId={down.Id}&limit=1", null, 200, "failed", "Five attempts failed");
        var failed = (string)
            (await _partner.GetAsync($"{Deliveries}?linkId={down.Id}&limit=1")).Data["items"]![0]!["deliveryId"]!;
        await PartnerAsync($"GET {Deliveries}/{failed}", null, 200, "failed", "With each attempt");
        Verify(_partner.Secret);
        await PartnerAsync($"POST {Deliveries}/{failed}/replay", null, 202, "begun", "It is sent again");
        await PassAsync(60);
        await PartnerAsync($"GET {Deliveries}/{failed}", null, 200, "replayed", "The replay arrived");
        var replay = await PartnerAsync(
            $"POST {Deliveries}/replay",
            new { failedSince = since.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", Invariant) },
            202,
            "begun",
            "All that failed since then"
        );
        await PassAsync(60);
        await PartnerAsync(
            $"GET /partner/webhooks/replays/{(string)replay["operationId"]!}",
            null,
            200,
            "completed",
            "One delivery had failed, and was sent again"
        );
        await PartnerAsync("GET /partner/events?limit=1", null, 200, "page", "The oldest event, as it was sent");
        await PartnerAsync(
            "POST /partner/webhooks/endpoint/rotate-secret",
            new { overlapHours = 24 },
            200,
            "rotated",
            "For a day, both secrets sign"
        );
    }

    private static IFormatProvider Invariant => System.Globalization.CultureInfo.InvariantCulture;

    private async Task<string> CreateAsync(object body, int status, string name, string summary) =>
        (string?)(await PartnerAsync("POST /partner/links", body, status, name, summary))["linkId"] ?? "";

    /// <summary>One more link of the first person.</summary>
    private async Task<string> AgainAsync() => (await _partner.CreateLinkAsync("cust-7001")).Id;

    /// <summary>What the person does with a link, up to the transfer.</summary>
    private async Task<string> TransferAsync(string link, string amount, bool cancel = false)
    {
        await PassAsync(1);
        var opened = (await _app.PostAsync($"/widget/links/{link}/open")).Is(200).Data;
        await PassAsync(1);
        var visitor = new Visitor(_app, link, (string)opened["session"]!);
        var quote = await visitor.PostAsync("quote", new { send = JsonNode.Parse(amount) });
        await PassAsync(1);
        var confirmed = await visitor.PostAsync("confirm", new { quoteId = (string)quote.Is(201).Data["quoteId"]! });
        var operation = (string)confirmed.Is(201).Data["operationId"]!;
        await PassAsync(1);
        if (cancel)
            (await visitor.PostAsync("cancel", new { operationId = operation, reason = "Too expensive" })).Is(200);
        return operation;
    }
}
