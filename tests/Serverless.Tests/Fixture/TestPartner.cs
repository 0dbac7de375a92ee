using System.Text.Json.Nodes;

namespace Serverless.Tests;

/// <summary>A partner and what it does over HTTP.</summary>
public sealed class TestPartner(TestApp app, string id, string key, string secret)
{
    private static int _references;

    public string Id => id;

    public string Key => key;

    /// <summary>Signs its webhooks.</summary>
    public string Secret => secret;

    /// <summary>Calls the identity API with the partner's signature.</summary>
    public required TestIdentityClient Identity { get; init; }

    /// <summary>A person that nobody has heard of.</summary>
    public static string NewReference() => $"cust-{Interlocked.Increment(ref _references)}";

    /// <summary>Creates a link, which must succeed.</summary>
    public async Task<TestLink> CreateLinkAsync(
        string? reference = null,
        int? expiresInMinutes = null,
        object? userData = null,
        object? metadata = null,
        string? language = null,
        Inbox? callback = null
    )
    {
        var reply = await PostLinkAsync(
            new
            {
                referenceId = reference ?? NewReference(),
                expiresInMinutes,
                userData,
                metadata,
                language,
                callbackUrl = callback?.Url,
            }
        );
        return new TestLink(this, reply.Is(201).Data);
    }

    public Task<Reply> PostLinkAsync(object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/partner/links", body, headers);

    public Task<Reply> PostLinkAsync(object body, string idempotencyKey) =>
        PostLinkAsync(body, ("Idempotency-Key", idempotencyKey));

    public Task<Reply> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<Reply> PutAsync(string path, object body) => SendAsync(HttpMethod.Put, path, body);

    public Task<Reply> PostAsync(string path, object? body = null) => SendAsync(HttpMethod.Post, path, body);

    /// <summary>Lists links; what comes must be a page.</summary>
    public async Task<JsonArray> ListAsync(string query = "") =>
        (await GetAsync("/partner/links" + query)).Is(200).Data["items"]!.AsArray();

    /// <summary>The transfers of a person.</summary>
    public async Task<JsonArray> TransfersAsync(string reference) =>
        (await GetAsync($"/partner/operations?referenceId={reference}")).Is(200).Data["items"]!.AsArray();

    public Task<Reply> SendAsync(
        HttpMethod method,
        string path,
        object? body,
        params (string Name, string Value)[] headers
    ) => app.SendAsync(method, path, body, [("X-API-Key", key), .. headers]);

    /// <summary>The same partner, calling another instance.</summary>
    public TestPartner At(TestApp instance) => new(instance, id, key, secret) { Identity = Identity.At(instance) };

    internal TestApp App => app;
}

/// <summary>A link as its creation was answered.</summary>
public sealed class TestLink(TestPartner partner, JsonNode created)
{
    public JsonNode Created => created;

    public string Id => (string)created["linkId"]!;

    public string Reference => (string)created["referenceId"]!;

    public Uri Url => new((string)created["url"]!);

    public DateTimeOffset ExpiresAt =>
        DateTimeOffset.Parse((string)created["expiresAt"]!, System.Globalization.CultureInfo.InvariantCulture);

    public DateTimeOffset CreatedAt =>
        DateTimeOffset.Parse((string)created["createdAt"]!, System.Globalization.CultureInfo.InvariantCulture);

    public Task<Reply> RevokeAsync(object? body = null) => partner.PostAsync($"/partner/links/{Id}/revoke", body);

    public Task<Reply> OpenAsync(params (string Name, string Value)[] headers) =>
        partner.App.PostAsync($"/widget/links/{Id}/open", null, headers);

    /// <summary>The page that the link's URL shows.</summary>
    public Task<Reply> PageAsync(params (string Name, string Value)[] headers) =>
        partner.App.GetAsync(Url.AbsolutePath, headers);

    public Task<Reply> GetAsync() => partner.GetAsync($"/partner/links/{Id}");

    public async Task<string> StatusAsync() => (string)(await GetAsync()).Is(200).Data["status"]!;

    /// <summary>Its orchestration, state and timers have come to rest.</summary>
    public Task IdleAsync() => partner.App.IdleAsync();
}
