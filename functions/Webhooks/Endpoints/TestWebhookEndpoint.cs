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
    /// <summary>Send a test webhook</summary>
    /// <remarks>
    /// Sends one signed <c>endpoint.test</c> at once, even if the endpoint is off, and answers with what came of it. It
    /// is not tried again and not recorded.
    /// </remarks>
    [Function(nameof(TestWebhookEndpoint))]
    [Answers(200, typeof(EndpointTestReport))]
    [Refuses(409, ErrorCodes.NoWebhookUrl)]
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
        var body = EndpointTestData.BodyOf(partner, now);
        var secrets = await SigningSecrets.ReadAsync(keyRing, partner, now, ct);
        var outcome = await sender.SendAsync(url, PartnerEvents.EndpointTest, id, body, secrets, ct);
        return Answer.Ok(
            new EndpointTestReport
            {
                WebhookId = id,
                Url = url,
                Delivered = outcome.Succeeded,
                Status = outcome.Status,
                Error = outcome.Error,
                DurationMs = outcome.Milliseconds,
                Answer = outcome.Excerpt,
            }
        );
    }
}

/// <summary>What came of a test webhook.</summary>
internal sealed record EndpointTestReport
{
    /// <summary>The header <c>webhook-id</c> of the test.</summary>
    /// <example>evt_01m8kp85407c2h9w4n6q8r3t5v</example>
    public required string WebhookId { get; init; }

    /// <summary>Where it was sent.</summary>
    /// <example>https://partner.example.com/hook</example>
    public required string Url { get; init; }

    /// <summary>Whether a complete answer with 2xx came within 30 seconds.</summary>
    /// <example>true</example>
    public required bool Delivered { get; init; }

    /// <summary>HTTP status of the answer. Absent where no answer came.</summary>
    /// <example>204</example>
    public int? Status { get; init; }

    /// <summary>Why no usable answer came, in English. Absent where one came.</summary>
    /// <example>the connection was refused or broke</example>
    public string? Error { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    /// <example>184</example>
    public required long DurationMs { get; init; }

    /// <summary>The first kilobyte of the answer's body. Absent where it was empty.</summary>
    /// <example>ok</example>
    public string? Answer { get; init; }
}

/// <summary>The <c>data</c> of <c>endpoint.test</c>, which is only sent when you ask for a test or a probe.</summary>
[EventData(PartnerEvents.EndpointTest)]
internal sealed record EndpointTestData
{
    /// <summary>Your partner id.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>The case of the probe. Absent in a test.</summary>
    /// <example>valid</example>
    public string? Probe { get; init; }

    /// <summary>The webhook's exact body.</summary>
    /// <param name="partner">The partner that asked.</param>
    /// <param name="at">When it asked.</param>
    /// <param name="probe">The case of the probe; null in a test.</param>
    public static byte[] BodyOf(Partner partner, DateTimeOffset at, string? probe = null) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new EventBody<EndpointTestData>
            {
                Event = PartnerEvents.EndpointTest,
                Timestamp = at,
                Data = new EndpointTestData { PartnerId = partner.Id.Value, Probe = probe },
            },
            Answer.Json
        );
}
