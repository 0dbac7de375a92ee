using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary>
/// <c>POST /operator/partners/{id}/identity-keys</c> gives a partner one more key of the identity API, <c>DELETE
/// …/identity-keys/{identityApiKey}</c> revokes one.
/// </summary>
internal sealed class IdentityKeys(
    PartnerStore store,
    IdentityKeyStore keys,
    PartnerDirectory directory,
    PartnerEnvironment environment,
    RequestReader requests,
    TimeProvider time
)
{
    /// <summary>Issue a key of the identity API</summary>
    /// <remarks>
    /// One more key with its secret, which is shown this once. The others stay valid: revoke them when the partner has
    /// changed over. The newest key signs KYC webhooks.
    /// </remarks>
    [Function("IssueIdentityKey")]
    [Accepts(typeof(NewKeyRequest), Optional = true)]
    [Answers(201, typeof(IssuedIdentityKey))]
    public async Task<IResult> Issue(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners/{id}/identity-keys")]
            HttpRequest http,
        string id
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, NewKeyRequest.MaxBody, optional: true);
        var asked = requests.Read<NewKeyRequest>(body.Input);
        if (!PartnerId.TryParse(id, out var partner) || await store.FindAsync(partner, ct) is null)
            return Answer.Error(ApiError.NotFound);
        if (body.Error is { } error)
            return Answer.Error(error);
        var key = await IssueAsync(partner, asked.Name, ct);
        return Answer.Created(IssuedIdentityKey.Of(key, asked.Name));
    }

    /// <summary>Revoke a key of the identity API</summary>
    /// <remarks>From then on, requests that are signed with it are refused.</remarks>
    [Function("RevokeIdentityKey")]
    [Answers(200, typeof(RevokedIdentityKey))]
    public async Task<IResult> Revoke(
        [HttpTrigger(
            AuthorizationLevel.Function,
            "delete",
            Route = "operator/partners/{id}/identity-keys/{identityApiKey}"
        )]
            HttpRequest http,
        string id,
        string identityApiKey
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (
            !PartnerId.TryParse(id, out var partner)
            || !IdentityKeyId.TryParse(identityApiKey, environment, out var key)
            || !await keys.RevokeAsync(partner, key, ct)
        )
            return Answer.Error(ApiError.NotFound);
        directory.ForgetIdentityKey(key);
        return Answer.Ok(
            new RevokedIdentityKey
            {
                PartnerId = partner.Value,
                IdentityApiKey = key.Value,
                RevokedAt = time.Now(),
            }
        );
    }

    /// <summary>Stores a new key and returns it, for the only answer that shows its secret.</summary>
    public async Task<IdentityKey> IssueAsync(PartnerId partner, string? name, CancellationToken ct)
    {
        var key = new IdentityKey(IdentityKeyId.New(environment), partner, IdentitySecret.New(environment));
        await keys.AddAsync(key, name, ct);
        return key;
    }
}

/// <summary>A new key of the identity API with its secret.</summary>
internal sealed record IssuedIdentityKey
{
    /// <summary>The partner's id.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>The public half of the key: the first part of the header <c>Authorization</c>. Not a secret.</summary>
    /// <example>pk_test_7qf2m9x4c6v0n8r1p7d5h3j2</example>
    public required string IdentityApiKey { get; init; }

    /// <summary>
    /// The secret that signs the requests with this key and, while it is the partner's newest key, KYC webhooks. Shown
    /// this once and cannot be read again.
    /// </summary>
    /// <example>sk_test_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f</example>
    public required string IdentityApiSecret { get; init; }

    /// <summary>The name that the request gave it. Absent where it gave none.</summary>
    /// <example>onboarding service</example>
    public string? Name { get; init; }

    public static IssuedIdentityKey Of(IdentityKey key, string? name) =>
        new()
        {
            PartnerId = key.Partner.Value,
            IdentityApiKey = key.Id.Value,
            IdentityApiSecret = key.Secret.Reveal(),
            Name = name,
        };
}

/// <summary>A revoked key of the identity API.</summary>
internal sealed record RevokedIdentityKey
{
    /// <summary>The partner's id.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>The public half of the revoked key.</summary>
    /// <example>pk_test_7qf2m9x4c6v0n8r1p7d5h3j2</example>
    public required string IdentityApiKey { get; init; }

    /// <summary>
    /// When it was revoked. A server that has just seen the key may accept it for a few seconds more.
    /// </summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset RevokedAt { get; init; }
}
