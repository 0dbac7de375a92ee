using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary>
/// <c>GET</c> and <c>POST /partner/keys</c>, <c>DELETE /partner/keys/{keyPrefix}</c>: what the operator can do with a
/// partner's API keys, by the partner itself.
/// </summary>
/// <remarks>
/// A key cannot revoke itself, so that whoever revokes one is sure to hold another: that is why the last one stays.
/// Only two keys that revoke each other in the same moment leave none; then the operator issues one.
/// </remarks>
internal sealed class OwnKeys(
    PartnerStore store,
    PartnerDirectory directory,
    PartnerEnvironment environment,
    OwnKeyIssue issuing,
    TimeProvider time
)
{
    /// <summary>List your API keys</summary>
    /// <remarks>Your keys with what of them is no secret, their names, and when each was last used.</remarks>
    [Function("ListApiKeys")]
    [Answers(200, typeof(ApiKeys))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/keys")] HttpRequest http
    )
    {
        var keys = await store.ListKeysAsync(http.Partner().Id, http.HttpContext.RequestAborted);
        return Answer.Ok(new ApiKeys { Items = [.. keys.Select(key => ApiKeyView.Of(key, http.KeyHash()))] });
    }

    /// <summary>Issue an API key</summary>
    /// <remarks>
    /// One more key, which is shown this once. The others stay valid: revoke them when you have changed over. You can
    /// have
    /// 20. Send an <c>Idempotency-Key</c>: the same request then gets the same key again for 24 hours.
    /// </remarks>
    [Function("IssueApiKey")]
    [Accepts(typeof(NewKeyRequest), Optional = true)]
    [Answers(201, typeof(IssuedKey))]
    [Refuses(404, ErrorCodes.ResourceNotFound)] // issued before with this Idempotency-Key, and revoked since
    [Refuses(409, ErrorCodes.TooManyKeys)]
    [Idempotent]
    public Task<IResult> Issue(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/keys")] HttpRequest http
    )
    {
        var planned = ApiKey.New(environment);
        return issuing.RunAsync(
            http,
            new WorkPlan(planned.Prefix, planned.Reveal()),
            (name, plan) => IssueAsync(http.Partner().Id, name, plan, http.HttpContext.RequestAborted)
        );
    }

    /// <summary>Revoke an API key</summary>
    /// <remarks>
    /// From then on, requests with it are refused with 401, and the sessions that it began end. A key cannot revoke
    /// itself.
    /// </remarks>
    [Function("RevokeApiKey")]
    [Answers(200, typeof(RevokedKey))]
    [Refuses(409, ErrorCodes.KeyInUse)]
    public async Task<IResult> Revoke(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "partner/keys/{keyPrefix}")] HttpRequest http,
        string keyPrefix
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var partner = http.Partner().Id;
        if (!ApiKey.IsPrefix(keyPrefix) || await store.FindKeyHashAsync(partner, keyPrefix, ct) is not { } hash)
            return Answer.Error(ApiError.NotFound);
        if (hash == http.KeyHash())
            return Answer.Error(ApiError.KeyInUse);
        await store.RevokeKeyAsync(partner, keyPrefix, ct);
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

    private async Task<WorkResult> IssueAsync(PartnerId partner, string? name, WorkPlan plan, CancellationToken ct)
    {
        if (!ApiKey.TryParse(plan.Secret, environment, out var key))
            throw new InvalidOperationException("A plan without a key.");
        var known = await store.ListKeysAsync(partner, ct);
        if (OwnKeyIssue.Refusal(plan, known.Any(one => one.Hash == key.Hash), known.Count) is { } refusal)
            return refusal;
        if (!plan.IsFound && !await store.TryAddKeyAsync(partner, key, name, ct))
            throw new InvalidOperationException("The beginning of a new key is taken, which is one case in millions.");
        return new WorkResult.Found(plan.ResourceId, Answer.Created(IssuedKey.Of(partner, key, name)));
    }
}
