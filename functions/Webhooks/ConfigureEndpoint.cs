using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Webhooks;

/// <summary><c>GET</c> and <c>PUT /partner/webhooks/endpoint</c>: where the partner's events go and which of them.</summary>
internal sealed class ConfigureEndpoint(PartnerStore store, PartnerDirectory directory, OutboundUrlRules urls, TimeProvider time)
{
    private const int MaxBody = 16 * 1024;

    [Function("GetWebhookEndpoint")]
    public IResult Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/webhooks/endpoint")]
        HttpRequest http) =>
        Answer.Ok(Show(http.Partner()));

    [Function("PutWebhookEndpoint")]
    public async Task<IResult> Put(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "partner/webhooks/endpoint")] HttpRequest http)
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var endpoint = EndpointInput.Read(body.Input, "url", "events", urls);
        if (body.Error is { } error)
            return Answer.Error(error);
        var partner = http.Partner().Id;
        var now = time.Now();
        if (await store.UpdateAsync(partner, stored => stored with { Endpoint = endpoint.InPlaceOf(stored.Endpoint, now) }, ct) is not { } changed)
            return Answer.Error(ApiError.PartnerSuspended);
        directory.Forget(partner);
        return Answer.Ok(Show(changed));
    }

    private object Show(Partner partner) => new
    {
        url = partner.Endpoint.Url,
        events = partner.Endpoint.Events,
        enabled = partner.Endpoint.Enabled,
        description = partner.Endpoint.Description,
        status = partner.Endpoint.Status,
        previousSecretExpiresAt = partner.PreviousSecretAt(time.Now())?.ExpiresAt,
    };
}
