using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Outbound;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>
/// <c>GET</c>, <c>PUT</c> and <c>PATCH /partner/webhooks/endpoint</c>: the endpoint's URL and its subscribed events.
/// </summary>
internal sealed class ConfigureEndpoint(
    PartnerStore store,
    PartnerDirectory directory,
    OutboundUrlRules urls,
    TimeProvider time
)
{
    private const int MaxBody = 16 * 1024;

    [Function("GetWebhookEndpoint")]
    public IResult Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/webhooks/endpoint")] HttpRequest http
    ) => Answer.Ok(Show(http.Partner()));

    [Function("PutWebhookEndpoint")]
    public async Task<IResult> Put(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "partner/webhooks/endpoint")] HttpRequest http
    )
    {
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var endpoint = EndpointInput.Read(body.Input, "url", "events", urls);
        // PUT replaces everything: a missing URL would stop all deliveries, which is probably a mistake, so only an
        // explicit null does that.
        if (body.Refusal is null && !body.Input.Has("url") && !body.Input.IsNull("url"))
            body.Input.Fail("url", "is required: PATCH changes parts, and null takes the URL away");
        return body.Error is { } error ? Answer.Error(error) : await ChangeAsync(http, _ => endpoint);
    }

    [Function("PatchWebhookEndpoint")]
    public async Task<IResult> Patch(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "partner/webhooks/endpoint")] HttpRequest http
    )
    {
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var change = EndpointInput.ReadParts(body.Input, urls);
        return body.Error is { } error ? Answer.Error(error) : await ChangeAsync(http, change);
    }

    private async Task<IResult> ChangeAsync(HttpRequest http, Func<WebhookEndpoint, WebhookEndpoint> change)
    {
        var ct = http.HttpContext.RequestAborted;
        var partner = http.Partner().Id;
        var now = time.Now();
        Partner Changed(Partner stored)
        {
            var endpoint = change(stored.Endpoint).InPlaceOf(stored.Endpoint, now);
            return stored with { Endpoint = endpoint };
        }
        if (await store.UpdateAsync(partner, Changed, ct) is not { } changed)
            return Answer.Error(ApiError.PartnerSuspended);
        directory.Forget(partner);
        return Answer.Ok(Show(changed));
    }

    private object Show(Partner partner)
    {
        var lastToExpire = partner.PreviousSecretsAt(time.Now()).MaxBy(secret => secret.ExpiresAt);
        return new
        {
            url = partner.Endpoint.Url,
            events = partner.Endpoint.Events,
            enabled = partner.Endpoint.Enabled,
            description = partner.Endpoint.Description,
            status = partner.Endpoint.Status,
            previousSecretExpiresAt = lastToExpire?.ExpiresAt,
        };
    }
}
