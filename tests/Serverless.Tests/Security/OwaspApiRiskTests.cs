using System.Net;
using System.Text.Json.Nodes;
using Serverless.Functions.OpenApi;
using Serverless.Tests.OpenApi;
using Serverless.Tests.Portal;
using Xunit;

namespace Serverless.Tests.Security;

/// <summary>
/// Risks of the OWASP API Security Top 10 (2023), each tried on every operation of the documents. Where another class
/// has the test, SECURITY.md names that one.
/// </summary>
public sealed class OwaspApiRiskTests(TestApp app) : IClassFixture<TestApp>
{
    /// <summary>Addresses that lead into a cloud's or a company's own network.</summary>
    private static readonly string[] Internal =
    [
        "https://169.254.169.254/metadata/instance",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.1/",
        "https://localhost/",
        "https://vault.internal/",
        "http://partner.example.com/",
        "file:///etc/passwd",
    ];

    /// <summary>What a caller would like to say of itself, of its persons and of its links.</summary>
    private const string Wishes = """
        {"partnerId":"another","userId":"usr_1","linkId":"link_1","operationId":"op_1","status":"completed","userStatus":"cip_verified","cip":{"status":"verified"},
         "kyc":{"status":"VERIFIED"},"account":{"exists":true,"blocked":false},"blocked":false,"root":"another","mode":"live","visibility":"deleted","url":"https://evil.example/",
         "createdAt":"2001-01-01T00:00:00.000Z","source":"operator","secret":"whsec","settings":{"reliance":true}}
        """;

    [Fact]
    public async Task Broken_object_level_authorization_another_partners_link_user_or_delivery_is_on_no_route()
    {
        var victim = await Victim.MakeAsync(app);
        var partner = await app.NewPartnerAsync();
        var before = await victim.RowsAsync();
        var tried = (await DocumentedOperation.OfAsync(app))
            .Where(operation => operation.Api != ApiDescription.Operator && !operation.IsSigned)
            .Where(operation => operation.Path.Contains('{', StringComparison.Ordinal))
            .ToList();
        Assert.True(tried.Count > 12);
        foreach (var operation in tried)
        {
            var target = (operation with { Known = victim.Values }).Target;
            var reply = await partner.SendAsync(operation.Method, target, operation.Example?.ToJsonString());
            Assert.True(reply.Status == 404, $"{operation.Id} of another partner's: {reply}");
        }
        Assert.Equal(before, await victim.RowsAsync());
    }

    [Fact]
    public async Task Broken_object_level_authorization_another_partners_identity_is_as_one_that_nobody_has()
    {
        var victim = await Victim.MakeAsync(app);
        (await victim.Partner.Identity.PatchAsync($"/eapi/v0/identities/{Reference(victim)}", NewAddress)).Is(200);
        var settings = new
        {
            otpEnabled = true,
            standaloneKyc = true,
            reliance = true,
        };
        var thief = await app.NewPartnerAsync(settings: settings);
        var stranger = await app.NewPartnerAsync(settings: settings);
        var nobodys = TestPartner.NewReference();
        var before = await victim.RowsAsync();
        foreach (var operation in (await DocumentedOperation.OfAsync(app)).Where(one => one.IsSigned))
        {
            var stolen = await SendAsync(thief, operation, Reference(victim));
            var unknown = await SendAsync(stranger, operation, nobodys);
            Assert.Equal((operation.Id, unknown.Status, unknown.Code), (operation.Id, stolen.Status, stolen.Code));
        }
        Assert.Equal(before, await victim.RowsAsync());
    }

    private static readonly object NewAddress = new { email = "victim@example.com", givenName = "Vera" };

    private static string Reference(Victim victim) => victim.Values["identityReference"];

    private static Task<Reply> SendAsync(TestPartner partner, DocumentedOperation operation, string reference)
    {
        var known = new Dictionary<string, string> { ["identityReference"] = reference };
        var body = operation.Example?.DeepClone().AsObject();
        if (body is not null && body.ContainsKey("identityReference"))
            body["identityReference"] = reference;
        return partner.Identity.SendAsync(
            operation.Method,
            (operation with { Known = known }).Target,
            body?.ToJsonString()
        );
    }

    [Fact]
    public async Task Broken_object_property_level_authorization_what_only_the_app_decides_cannot_be_sent()
    {
        var partner = await app.NewPartnerAsync();
        JsonNode With(object body)
        {
            var wishes = JsonNode.Parse(Wishes)!.AsObject();
            foreach (var (name, value) in JsonNode.Parse(TestApp.BytesOf(body))!.AsObject())
                wishes[name] = value?.DeepClone();
            return wishes;
        }

        var (plain, wished) = (TestPartner.NewReference(), TestPartner.NewReference());
        var made = (await partner.PostLinkAsync(new { referenceId = plain })).Is(201).Data;
        var forged = (await partner.PostLinkAsync(With(new { referenceId = wished }).ToJsonString())).Is(201).Data;
        Assert.Equal(Shape(made), Shape(forged));
        Assert.Equal(
            Shape((await partner.GetAsync($"/partner/links/{made["linkId"]}")).Is(200).Data),
            Shape((await partner.GetAsync($"/partner/links/{forged["linkId"]}")).Is(200).Data)
        );
        Assert.Equal(
            Shape((await partner.GetAsync($"/partner/users/{plain}")).Is(200).Data),
            Shape((await partner.GetAsync($"/partner/users/{wished}")).Is(200).Data)
        );

        var (identity, better) = (TestPartner.NewReference(), TestPartner.NewReference());
        foreach (
            var body in new object[] { new { identityReference = identity }, With(new { identityReference = better }) }
        )
            (await partner.Identity.PostAsync("/eapi/v0/identities/basic", body)).Is(201);
        var update = With(new { email = "better@example.com" });
        (await partner.Identity.PatchAsync($"/eapi/v0/identities/{better}", update)).Is(200);
        (await partner.Identity.PatchAsync($"/eapi/v0/identities/{identity}", new { email = "plain@example.com" })).Is(
            200
        );
        Assert.Equal(
            Shape((await partner.Identity.GetAsync($"/eapi/v0/identities/{identity}")).Is(200).Json),
            Shape((await partner.Identity.GetAsync($"/eapi/v0/identities/{better}")).Is(200).Json)
        );
    }

    /// <summary>Members that are another's each time; a warning names members that were not taken.</summary>
    private static readonly string[] Own =
    [
        "warnings",
        "linkId",
        "referenceId",
        "identityReference",
        "userId",
        "url",
        "token",
        "createdAt",
        "expiresAt",
        "updatedAt",
        "links",
    ];

    private static string Shape(JsonNode node)
    {
        var shape = node.DeepClone();
        foreach (var name in Own)
            shape.AsObject().Remove(name);
        if (shape["account"] is JsonObject account)
            account.Remove("createdAt");
        return shape.ToJsonString();
    }

    [Fact]
    public async Task Unrestricted_resource_consumption_no_list_gives_more_than_its_largest_page()
    {
        var partner = await app.NewPartnerAsync();
        var lists = (await DocumentedOperation.OfAsync(app))
            .Where(operation => operation.Parameters.Any(parameter => (string)parameter["name"]! == "limit"))
            .ToList();
        Assert.True(lists.Count > 10);
        foreach (var operation in lists)
        {
            var most = (int)operation.Parameters.Single(one => (string)one["name"]! == "limit")["schema"]!["maximum"]!;
            Assert.True(most <= 100, operation.Id);
            foreach (var limit in new[] { "0", "-1", $"{most + 1}", "1000000000000", "all" })
                Assert.Contains(
                    "limit",
                    (await partner.SendAsync(HttpMethod.Get, $"{operation.Target}?limit={limit}", null)).Is(400).Fields
                );
        }
    }

    [Fact]
    public async Task Broken_function_level_authorization_each_credential_opens_its_own_api_and_no_other()
    {
        const string Key = "a-function-key";
        var partner = await app.NewPartnerAsync();
        var session = await SignedIn.AsAsync(app, partner.Key);
        await using var guarded = await TestApp.StartAsync(
            ("Storage:TablePrefix", app.Prefix),
            ("Local:FunctionKey", Key)
        );
        using var http = new HttpClient { BaseAddress = guarded.Address };
        foreach (var operation in await DocumentedOperation.OfAsync(app))
        {
            var signed = partner.Identity.Authorize(operation.Method.Method, operation.Target, []);
            (string Name, string Value) apiKey = ("X-API-Key", partner.Key);
            (string Name, string Value) signature = ("Authorization", signed);
            (string Name, string Value)[] others = operation switch
            {
                { IsSigned: true } => [apiKey, ("Cookie", session.Cookie)],
                { Api: var api } when api == ApiDescription.Operator =>
                [
                    apiKey,
                    signature,
                    ("Cookie", session.Cookie),
                    ("x-functions-key", Key + "x"),
                    ("x-functions-key", partner.Key),
                ],
                _ => [signature],
            };
            if (operation.Api != ApiDescription.Operator)
                others = [.. others, ("x-functions-key", Key)];
            foreach (var (name, value) in others)
            {
                using var request = new HttpRequestMessage(operation.Method, operation.Target);
                request.Headers.TryAddWithoutValidation(name, value);
                using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
                Assert.True(
                    answer.StatusCode == HttpStatusCode.Unauthorized,
                    $"{operation.Id} answers {answer.StatusCode} to {name}"
                );
            }
        }
        Assert.Equal("active", (string)(await app.GetAsync($"/operator/partners/{partner.Id}")).Data["status"]!);
    }

    [Fact]
    public async Task Server_side_request_forgery_no_address_that_a_request_names_leads_inside()
    {
        await using var deployed = await TestApp.StartAsync(("Webhooks:AllowPrivateNetworks", "false"));
        var partner = await deployed.NewPartnerAsync(settings: new { standaloneKyc = true });
        var known = new Dictionary<string, string> { ["id"] = partner.Id, ["partnerRef"] = partner.Id };
        var tried = 0;
        foreach (var operation in (await DocumentedOperation.OfAsync(deployed)).Where(one => one.Body is not null))
        {
            foreach (var path in AddressesOf(operation, operation.Body!))
            {
                foreach (var address in Internal)
                {
                    var body = (operation.Example ?? new JsonObject()).DeepClone().AsObject().With(path, address);
                    var target = (operation with { Known = known }).Target;
                    var text = body.ToJsonString();
                    var reply = operation.IsSigned
                        ? await partner.Identity.SendAsync(operation.Method, target, text)
                        : await partner.SendAsync(operation.Method, target, text);
                    Assert.True(
                        reply.Status == 400 && reply.Fields.Contains(path),
                        $"{operation.Id}: {path} may be {address}: {reply}"
                    );
                    tried++;
                }
            }
        }
        Assert.True(tried >= 6 * Internal.Length, $"Only {tried} addresses were found in the documents.");
    }

    /// <summary>The members of a body that are addresses which the app calls.</summary>
    private static IEnumerable<string> AddressesOf(DocumentedOperation operation, JsonNode schema, string at = "")
    {
        if ((string?)schema["$ref"] is { } reference)
            schema = operation.Document["components"]!["schemas"]![reference.Split('/')[^1]]!;
        // Where a person is led back to is not called; a scheme of an app of its own is allowed there.
        if ((string?)schema["format"] == "uri" && !at.EndsWith("returnUrl", StringComparison.OrdinalIgnoreCase))
            yield return at;
        foreach (var (name, member) in schema["properties"]?.AsObject() ?? [])
        {
            foreach (var path in AddressesOf(operation, member!, at.Length == 0 ? name : $"{at}.{name}"))
                yield return path;
        }
    }

    private const string Evil = "https://evil.example";

    [Fact]
    public async Task Security_misconfiguration_no_answer_is_kept_or_handed_to_another_sites_page()
    {
        var partner = await app.NewPartnerAsync();
        foreach (var operation in await DocumentedOperation.OfAsync(app))
        {
            // What another site's page sends to an operator's route does not get past the local host.
            (string, string)[] headers =
                operation.Api == ApiDescription.Operator ? [] : [("Origin", Evil), ("X-API-Key", partner.Key)];
            foreach (var method in new[] { operation.Method, HttpMethod.Options })
            {
                var reply = await app.SendAsync(method, operation.Target, null, headers);
                foreach (var name in new[] { "Origin", "Methods", "Headers", "Credentials" })
                    Assert.Null(reply[$"Access-Control-Allow-{name}"]);
                Assert.True(reply["Cache-Control"] == "no-store", $"{method} {operation.Path}: may be kept");
                Assert.Null(reply["X-Powered-By"]);
                Assert.Equal("application/json", reply.MediaType);
            }
        }
    }
}
