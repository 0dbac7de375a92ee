using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Webhooks;

/// <summary><c>GET</c> and <c>PUT /partner/webhooks/endpoint</c>: where the partner's events go and which of them.</summary>
internal sealed class ConfigureEndpoint(PartnerStore store, PartnerDirectory directory, OutboundUrlRules urls)
{
    private const int MaxBody = 16 * 1024;

    [Function("GetWebhookEndpoint")]
    public static IResult Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "partner/webhooks/endpoint")] HttpRequest http) => Answer.Ok(Show(http.Partner().Endpoint));

    [Function("PutWebhookEndpoint")]
    public async Task<IResult> Put([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "partner/webhooks/endpoint")] HttpRequest http, CancellationToken ct)
    {
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var endpoint = EndpointInput.Read(body.Input, "url", "events", urls);
        if (body.Error is { } error)
            return Answer.Error(error);
        var partner = http.Partner().Id;
        if (await store.UpdateAsync(partner, stored => stored with { Endpoint = endpoint }, ct) is null)
            return Answer.Error(ApiError.PartnerSuspended);
        directory.Forget(partner);
        return Answer.Ok(Show(endpoint));
    }

    private static object Show(WebhookEndpoint endpoint) => new { url = endpoint.Url, events = endpoint.Events, enabled = endpoint.Enabled, description = endpoint.Description };
}
