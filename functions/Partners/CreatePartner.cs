using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Outbound;
using Serverless.Functions.Security;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary>
/// <c>POST /operator/partners</c>: creates a partner with its first API key, its first key of the identity API and its
/// webhook secret; all are shown this once.
/// </summary>
internal sealed class CreatePartner(
    PartnerStore store,
    PartnerKeys keys,
    IdentityKeys identityKeys,
    KeyRing keyRing,
    OutboundUrlRules urls,
    TimeProvider time
)
{
    private const int MaxBody = 16 * 1024;

    [Function(nameof(CreatePartner))]
    [Answers(201, typeof(CreatedPartner))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var id = body.Input.Matching("partnerId", PartnerId.Pattern, PartnerId.Rule, required: true);
        if (id is not null && PartnerId.IsReserved(id))
            body.Input.Fail("partnerId", "is reserved, as paths begin with it: choose another");
        var name = body.Input.Text("name", required: true);
        var endpoint = EndpointInput.Read(body.Input, "webhookUrl", "webhookEvents", urls);
        var settings = PartnerSettings.Read(body.Input, PartnerSettings.Default, urls);
        if (body.Error is { } error)
            return Answer.Error(error);
        return await ExecuteAsync(PartnerId.FromStorage(id!), name!, endpoint, settings, ct) switch
        {
            Result.Created created => Answer.Created(
                new CreatedPartner
                {
                    PartnerId = created.Id.Value,
                    ApiKey = created.Key.Reveal(),
                    WebhookSecret = created.Secret.Reveal(),
                    IdentityApiKey = created.IdentityKey.Id.Value,
                    IdentityApiSecret = created.IdentityKey.Secret.Reveal(),
                }
            ),
            _ => Answer.Error(ApiError.PartnerExists),
        };
    }

    /// <summary>Creates the partner unless the id is taken.</summary>
    public async Task<Result> ExecuteAsync(
        PartnerId id,
        string name,
        WebhookEndpoint endpoint,
        PartnerSettings settings,
        CancellationToken ct
    )
    {
        var secret = WebhookSecret.New();
        var partner = new Partner
        {
            Id = id,
            Name = name,
            Suspended = false,
            CreatedAt = time.Now(),
            WrappedWebhookSecret = await keyRing.WrapAsync(secret.Reveal(), WebhookSecret.Purpose(id), ct),
            Endpoint = endpoint,
            Settings = settings,
        };
        if (!await store.TryAddAsync(partner, ct))
            return new Result.Exists();
        return new Result.Created(id, await keys.IssueAsync(id, ct), await identityKeys.IssueAsync(id, ct), secret);
    }

    /// <summary>Result of the creation.</summary>
    internal abstract record Result
    {
        public sealed record Created(PartnerId Id, ApiKey Key, IdentityKey IdentityKey, WebhookSecret Secret) : Result;

        public sealed record Exists : Result;
    }
}

/// <summary>A new partner with its first keys and secrets. They are shown this once and cannot be read again.</summary>
internal sealed record CreatedPartner
{
    /// <summary>The partner's id, as the request chose it.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>
    /// The partner's first API key, for the header <c>X-API-Key</c>. Valid until it is revoked, in this environment
    /// only (<c>m2m_test_</c> sandbox, <c>m2m_live_</c> production).
    /// </summary>
    /// <example>m2m_test_k3m8q1z7t5w2b9x4c6v0n8r1p7d5h3j2</example>
    public required string ApiKey { get; init; }

    /// <summary>The secret that signs the partner's webhooks, until it is rotated.</summary>
    /// <example>whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=</example>
    public required string WebhookSecret { get; init; }

    /// <summary>The public half of the partner's first key of the identity API. Not a secret.</summary>
    /// <example>pk_test_7qf2m9x4c6v0n8r1p7d5h3j2</example>
    public required string IdentityApiKey { get; init; }

    /// <summary>The secret that signs requests to the identity API and, with the newest key, KYC webhooks.</summary>
    /// <example>sk_test_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f</example>
    public required string IdentityApiSecret { get; init; }
}
