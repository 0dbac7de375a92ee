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
    TimeProvider time
)
{
    [Function("IssueIdentityKey")]
    public async Task<IResult> Issue(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners/{id}/identity-keys")]
            HttpRequest http,
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
                identityApiKey = key.Id.Value,
                identityApiSecret = key.Secret.Reveal(),
            }
        );
    }

    [Function("RevokeIdentityKey")]
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
            new
            {
                partnerId = partner.Value,
                identityApiKey = key.Value,
                revokedAt = time.Now(),
            }
        );
    }

    /// <summary>Stores a new key and returns it, for the only answer that shows its secret.</summary>
    public async Task<IdentityKey> IssueAsync(PartnerId partner, CancellationToken ct)
    {
        var key = new IdentityKey(IdentityKeyId.New(environment), partner, IdentitySecret.New(environment));
        await keys.AddAsync(key, ct);
        return key;
    }
}
