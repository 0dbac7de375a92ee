using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
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
    RequestReader requests,
    TimeProvider time
)
{
    private const int MaxBody = 16 * 1024;

    /// <summary>Create a partner</summary>
    /// <remarks>
    /// Creates a partner with its first API key, its first key of the identity API and its webhook secret. They are
    /// shown this once: hand them over in a safe way, and let the partner have further ones rather than send these
    /// again.
    /// </remarks>
    [Function(nameof(CreatePartner))]
    [Accepts(typeof(CreatePartnerRequest))]
    [Answers(201, typeof(CreatedPartner))]
    [Refuses(409, ErrorCodes.PartnerExists)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<CreatePartnerRequest>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        var endpoint = new WebhookEndpoint(
            request.WebhookUrl,
            request.WebhookEvents,
            request.Enabled,
            request.Description
        );
        var settings = request.Settings.Over(PartnerSettings.Default);
        http.HttpContext.ActsOn(request.PartnerId);
        return await ExecuteAsync(request.PartnerId, request.Name, endpoint, settings, ct) switch
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
        return new Result.Created(
            id,
            await keys.IssueAsync(id, null, ct),
            await identityKeys.IssueAsync(id, null, ct),
            secret
        );
    }

    /// <summary>Result of the creation.</summary>
    internal abstract record Result
    {
        public sealed record Created(PartnerId Id, ApiKey Key, IdentityKey IdentityKey, WebhookSecret Secret) : Result;

        public sealed record Exists : Result;
    }
}

/// <summary>A request to create a partner.</summary>
internal sealed record CreatePartnerRequest : ICheckedBody
{
    /// <summary>
    /// The partner's id, which is part of every id that it gets: 2 to 32 lower-case letters, digits or hyphens,
    /// beginning with a letter. Words that our own paths begin with are reserved. It cannot be changed.
    /// </summary>
    /// <example>demo</example>
    [PartnerId(Required = true)]
    public PartnerId PartnerId { get; init; } = null!;

    /// <summary>The partner's name, as people see it on the page of a link: 1 to 100 characters.</summary>
    /// <example>Demo Remesas</example>
    [Text(1, 100, Required = true)]
    public string Name { get; init; } = "";

    /// <summary>
    /// Where its webhooks go: an absolute https URL of a public host, on port 443 or 8443, of at most 2,048 characters.
    /// Without it, nothing is sent but for links with a <c>callbackUrl</c>.
    /// </summary>
    /// <example>https://partner.example.com/hook</example>
    [Url]
    public string? WebhookUrl { get; init; }

    /// <summary>Which events are sent; without it the five that everybody gets, an empty array is none.</summary>
    /// <example>["link.created", "user.data_request", "operation.completed"]</example>
    [PartnerEvents]
    public IReadOnlyList<string> WebhookEvents { get; init; } = PartnerEvents.OnByDefault;

    /// <summary>False: nothing is sent to <c>webhookUrl</c> until the partner turns it on.</summary>
    /// <example>true</example>
    [Flag]
    public bool Enabled { get; init; } = true;

    /// <summary>A note about the endpoint, at most 200 characters.</summary>
    /// <example>the staging receiver</example>
    [Text(0, 200)]
    public string? Description { get; init; }

    /// <summary>The partner's settings; those that it does not name have their defaults.</summary>
    [Nested]
    public PartnerSettingsRequest Settings { get; init; } = new();

    /// <inheritdoc/>
    public void Check(JsonInput body)
    {
        if (PartnerId is { } id && PartnerId.IsReserved(id.Value))
            body.Fail("partnerId", "is reserved, as paths begin with it: choose another");
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
