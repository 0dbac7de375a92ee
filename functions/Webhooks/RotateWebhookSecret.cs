using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;

namespace Serverless.Functions.Webhooks;

/// <summary><c>POST /partner/webhooks/endpoint/rotate-secret</c>: a new signing secret, shown this once; the one before signs beside it for <c>overlapHours</c>.</summary>
internal sealed class RotateWebhookSecret(PartnerStore store, PartnerDirectory directory, KeyRing keyRing, TimeProvider time)
{
    private const int MaxBody = 1024;
    private const int DefaultOverlapHours = 24;
    private const int MaxOverlapHours = 7 * 24;

    [Function(nameof(RotateWebhookSecret))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/webhooks/endpoint/rotate-secret")]
        HttpRequest http)
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody, optional: true);
        var overlap = body.Input.Integer("overlapHours", 0, MaxOverlapHours) ?? DefaultOverlapHours;
        if (body.Error is { } error)
            return Answer.Error(error);
        var partner = http.Partner().Id;
        var secret = WebhookSecret.New();
        var wrapped = await keyRing.WrapAsync(secret.Reveal(), WebhookSecret.Purpose(partner), ct);
        var until = time.Now().AddHours(overlap);
        var rotated = await store.UpdateAsync(
            partner,
            // A conditional write that was retried after its answer was lost finds the new secret in place: it must not become its own predecessor.
            stored => stored.WrappedWebhookSecret == wrapped ? stored : stored with
            {
                WrappedWebhookSecret = wrapped,
                PreviousSecret = overlap == 0 ? null : new PreviousSecret(stored.WrappedWebhookSecret, until),
            },
            ct);
        if (rotated is null)
            return Answer.Error(ApiError.PartnerSuspended);
        directory.Forget(partner);
        return Answer.Ok(new { webhookSecret = secret.Reveal(), previousSecretExpiresAt = rotated.PreviousSecret?.ExpiresAt });
    }
}
