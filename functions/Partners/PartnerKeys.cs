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
    TimeProvider time
)
{
    [Function("IssuePartnerKey")]
    public async Task<IResult> Issue(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners/{id}/keys")] HttpRequest http,
        string id
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (!PartnerId.TryParse(id, out var partner) || await store.FindAsync(partner, ct) is null)
            return Answer.Error(ApiError.NotFound);
        var key = await IssueAsync(partner, ct);
        return Answer.Created(
            new
            {
                partnerId = partner.Value,
                apiKey = key.Reveal(),
                keyPrefix = key.Prefix,
            }
        );
    }

    [Function("RevokePartnerKey")]
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
            new
            {
                partnerId = partner.Value,
                keyPrefix,
                revokedAt = time.Now(),
            }
        );
    }

    /// <summary>Stores a new key and returns it, for the only answer that shows it.</summary>
    public async Task<ApiKey> IssueAsync(PartnerId id, CancellationToken ct)
    {
        // The prefix identifies a key of a partner, so a key with a used prefix is discarded.
        while (true)
        {
            var key = ApiKey.New(environment);
            if (await store.TryAddKeyAsync(id, key, ct))
                return key;
        }
    }
}
