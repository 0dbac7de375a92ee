using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>
/// <c>POST /partner/webhooks/endpoint/probe</c>: sends the endpoint valid and invalid webhooks and compares its
/// answers with those of a correct receiver. Not recorded, and does not change the endpoint's state.
/// </summary>
internal sealed class ProbeWebhookEndpoint(WebhookProbe probe)
{
    /// <summary>Probe your webhook endpoint</summary>
    /// <remarks>
    /// Sends it five webhooks, good and bad, and says how each answer differs from that of a correct receiver: with it
    /// you see whether your endpoint refuses what is not ours. Nothing is recorded. One probe runs at a time, six a
    /// minute.
    /// </remarks>
    [Function(nameof(ProbeWebhookEndpoint))]
    [Answers(200, typeof(ProbeReport))]
    [Refuses(409, ErrorCodes.NoWebhookUrl)]
    [CallLimit("probe", 6)] // each call makes five, three of them bad
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/webhooks/endpoint/probe")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var partner = http.Partner();
        if (partner.Endpoint.Url is not { } url)
            return Answer.Error(ApiError.NoWebhookUrl);
        if (await probe.RunAsync(partner, url, ct) is { } report)
            return Answer.Ok(report);
        // Only one probe runs at a time, and by then it has ended.
        http.HttpContext.Response.Headers.RetryAfter = (2 * WebhookProbe.TimeLimit.TotalSeconds).ToString(
            CultureInfo.InvariantCulture
        );
        return Answer.Error(ApiError.RateLimitExceeded);
    }
}
