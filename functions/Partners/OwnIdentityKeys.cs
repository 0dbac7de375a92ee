using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary>
/// <c>GET</c> and <c>POST /partner/identity-keys</c>, <c>DELETE /partner/identity-keys/{identityApiKey}</c>: the
/// partner's keys of the identity API. The last one may go, too: an API key makes another.
/// </summary>
internal sealed class OwnIdentityKeys(
    IdentityKeyStore keys,
    PartnerDirectory directory,
    PartnerEnvironment environment,
    OwnKeyIssue issuing,
    TimeProvider time
)
{
    /// <summary>List your keys of the identity API</summary>
    /// <remarks>The public halves of your keys, their names, and when each last signed a request.</remarks>
    [Function("ListIdentityApiKeys")]
    [Answers(200, typeof(IdentityKeyList))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/identity-keys")] HttpRequest http
    )
    {
        var known = await keys.ListAsync(http.Partner().Id, http.HttpContext.RequestAborted);
        return Answer.Ok(new IdentityKeyList { Items = [.. known.Select(IdentityKeyView.Of)] });
    }

    /// <summary>Issue a key of the identity API</summary>
    /// <remarks>
    /// One more key with its secret, which is shown this once. The others stay valid: revoke them when you have changed
    /// over. The newest key signs KYC webhooks. You can have 20. Send an <c>Idempotency-Key</c>: the same request then
    /// gets the same key again for 24 hours.
    /// </remarks>
    [Function("IssueIdentityApiKey")]
    [Accepts(typeof(NewKeyRequest), Optional = true)]
    [Answers(201, typeof(IssuedIdentityKey))]
    [Refuses(404, ErrorCodes.ResourceNotFound)] // issued before with this Idempotency-Key, and revoked since
    [Refuses(409, ErrorCodes.TooManyKeys)]
    [Idempotent]
    public Task<IResult> Issue(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/identity-keys")] HttpRequest http
    ) =>
        issuing.RunAsync(
            http,
            new WorkPlan(IdentityKeyId.New(environment).Value, IdentitySecret.New(environment).Reveal()),
            (name, plan) => IssueAsync(http.Partner().Id, name, plan, http.HttpContext.RequestAborted)
        );

    /// <summary>Revoke a key of the identity API</summary>
    /// <remarks>From then on, requests that are signed with it are refused.</remarks>
    [Function("RevokeIdentityApiKey")]
    [Answers(200, typeof(RevokedIdentityKey))]
    public async Task<IResult> Revoke(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "partner/identity-keys/{identityApiKey}")]
            HttpRequest http,
        string identityApiKey
    )
    {
        var partner = http.Partner().Id;
        if (
            !IdentityKeyId.TryParse(identityApiKey, environment, out var key)
            || !await keys.RevokeAsync(partner, key, http.HttpContext.RequestAborted)
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

    private async Task<WorkResult> IssueAsync(PartnerId partner, string? name, WorkPlan plan, CancellationToken ct)
    {
        if (!IdentityKeyId.TryParse(plan.ResourceId, environment, out var id))
            throw new InvalidOperationException("A plan without a key.");
        var known = await keys.ListAsync(partner, ct);
        if (OwnKeyIssue.Refusal(plan, known.Any(one => one.Id == id), known.Count) is { } refusal)
            return refusal;
        var key = new IdentityKey(id, partner, IdentitySecret.From(plan.Secret));
        if (!plan.IsFound)
        {
            await keys.AddAsync(key, name, ct);
            directory.ForgetIdentityKey(id);
        }
        return new WorkResult.Found(plan.ResourceId, Answer.Created(IssuedIdentityKey.Of(key, name)));
    }
}
