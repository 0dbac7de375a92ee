using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>
/// <c>POST /partner/webhooks/endpoint/test</c>: sends one signed <c>endpoint.test</c> at once, even if the endpoint is
/// off, and returns the outcome. Not retried, not recorded, and does not change the endpoint's state.
/// </summary>
internal sealed class TestWebhookEndpoint(WebhookSender sender, KeyRing keyRing, TimeProvider time)
{
    [Function(nameof(TestWebhookEndpoint))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/webhooks/endpoint/test")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var partner = http.Partner();
        if (partner.Endpoint.Url is not { } url)
            return Answer.Error(ApiError.NoWebhookUrl);
        var now = time.Now();
        var id = EventId.New(now).Value;
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                @event = PartnerEvents.EndpointTest,
                timestamp = now,
                data = new { partnerId = partner.Id.Value },
            },
            Answer.Json
        );
        var secrets = await SigningSecrets.ReadAsync(keyRing, partner, now, ct);
        var outcome = await sender.SendAsync(url, PartnerEvents.EndpointTest, id, body, secrets, ct);
        return Answer.Ok(
            new
            {
                webhookId = id,
                url,
                delivered = outcome.Succeeded,
                status = outcome.Status,
                error = outcome.Error,
                durationMs = outcome.Milliseconds,
                answer = outcome.Excerpt,
            }
        );
    }
}
