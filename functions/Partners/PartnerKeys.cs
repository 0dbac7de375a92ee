using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary>
/// <c>POST /operator/partners/{id}/keys</c> gives a partner one more API key, <c>DELETE …/keys/{keyPrefix}</c> revokes
/// one.
/// </summary>
internal sealed class PartnerKeys(
    PartnerStore store,
    PartnerDirectory directory,
    PartnerEnvironment environment,
    RequestReader requests,
    TimeProvider time
)
{
    /// <summary>Issue an API key</summary>
    /// <remarks>
    /// One more API key, which is shown this once. The others stay valid: revoke them when the partner has changed
    /// over.
    /// </remarks>
    [Function("IssuePartnerKey")]
    [Accepts(typeof(NewKeyRequest), Optional = true)]
    [Answers(201, typeof(IssuedKey))]
    public async Task<IResult> Issue(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners/{id}/keys")] HttpRequest http,
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
        return Answer.Created(IssuedKey.Of(partner, key, asked.Name));
    }

    /// <summary>Revoke an API key</summary>
    /// <remarks>From then on, requests with it are refused with 401.</remarks>
    [Function("RevokePartnerKey")]
    [Answers(200, typeof(RevokedKey))]
    public async Task<IResult> Revoke(
        [HttpTrigger(AuthorizationLevel.Function, "delete", Route = "operator/partners/{id}/keys/{keyPrefix}")]
            HttpRequest http,
        string id,
        string keyPrefix
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (
            !PartnerId.TryParse(id, out var partner)
            || !ApiKey.IsPrefix(keyPrefix)
            || await store.RevokeKeyAsync(partner, keyPrefix, ct) is not { } hash
        )
            return Answer.Error(ApiError.NotFound);
        directory.ForgetKey(hash);
        return Answer.Ok(
            new RevokedKey
            {
                PartnerId = partner.Value,
                KeyPrefix = keyPrefix,
                RevokedAt = time.Now(),
            }
        );
    }

    /// <summary>Stores a new key and returns it, for the only answer that shows it.</summary>
    public async Task<ApiKey> IssueAsync(PartnerId id, string? name, CancellationToken ct)
    {
        // The prefix identifies a key of a partner, so a key with a used prefix is discarded.
        while (true)
        {
            var key = ApiKey.New(environment);
            if (await store.TryAddKeyAsync(id, key, name, ct))
                return key;
        }
    }
}

/// <summary>A new API key of a partner.</summary>
internal sealed record IssuedKey
{
    /// <summary>The partner's id.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>The key, for the header <c>X-API-Key</c>. Shown this once and cannot be read again.</summary>
    /// <example>m2m_test_k3m8q1z7t5w2b9x4c6v0n8r1p7d5h3j2</example>
    public required string ApiKey { get; init; }

    /// <summary>The beginning of the key, which is no secret: it names the key where it is revoked.</summary>
    /// <example>m2m_test_k3m8q1</example>
    public required string KeyPrefix { get; init; }

    /// <summary>The name that the request gave it. Absent where it gave none.</summary>
    /// <example>checkout server</example>
    public string? Name { get; init; }

    public static IssuedKey Of(PartnerId partner, ApiKey key, string? name) =>
        new()
        {
            PartnerId = partner.Value,
            ApiKey = key.Reveal(),
            KeyPrefix = key.Prefix,
            Name = name,
        };
}

/// <summary>A revoked API key of a partner.</summary>
internal sealed record RevokedKey
{
    /// <summary>The partner's id.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>The beginning of the revoked key.</summary>
    /// <example>m2m_test_k3m8q1</example>
    public required string KeyPrefix { get; init; }

    /// <summary>
    /// When it was revoked. A server that has just seen the key may accept it for a few seconds more.
    /// </summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset RevokedAt { get; init; }
}
