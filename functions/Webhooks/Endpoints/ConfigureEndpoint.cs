using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>
/// <c>GET</c>, <c>PUT</c> and <c>PATCH /partner/webhooks/endpoint</c>: the endpoint's URL and its subscribed events.
/// </summary>
internal sealed class ConfigureEndpoint(
    PartnerStore store,
    PartnerDirectory directory,
    RequestReader requests,
    TimeProvider time
)
{
    private const int MaxBody = 16 * 1024;

    /// <summary>Get your webhook endpoint</summary>
    /// <remarks>Where your webhooks go, which are sent, and whether the endpoint answers them.</remarks>
    [Function("GetWebhookEndpoint")]
    [Answers(200, typeof(EndpointView))]
    public IResult Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/webhooks/endpoint")] HttpRequest http
    ) => Answer.Ok(Show(http.Partner()));

    /// <summary>Set your webhook endpoint</summary>
    /// <remarks>
    /// Replaces the whole endpoint: what the body leaves out has its default again. To change a part, use PATCH. Your
    /// secret stays as it is.
    /// </remarks>
    [Function("PutWebhookEndpoint")]
    [Accepts(typeof(SetEndpointRequest))]
    [Answers(200, typeof(EndpointView))]
    public async Task<IResult> Put(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "partner/webhooks/endpoint")] HttpRequest http
    )
    {
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<SetEndpointRequest>(body.Input);
        return body.Error is { } error ? Answer.Error(error) : await ChangeAsync(http, _ => request.Endpoint);
    }

    /// <summary>Change your webhook endpoint</summary>
    /// <remarks>Changes what the body names, and leaves the rest as it is. It names at least one member.</remarks>
    [Function("PatchWebhookEndpoint")]
    [Accepts(typeof(ChangeEndpointRequest))]
    [Answers(200, typeof(EndpointView))]
    public async Task<IResult> Patch(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "partner/webhooks/endpoint")] HttpRequest http
    )
    {
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<ChangeEndpointRequest>(body.Input);
        return body.Error is { } error ? Answer.Error(error) : await ChangeAsync(http, request.Over);
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

    private EndpointView Show(Partner partner)
    {
        var lastToExpire = partner.PreviousSecretsAt(time.Now()).MaxBy(secret => secret.ExpiresAt);
        return new EndpointView
        {
            Url = partner.Endpoint.Url,
            Events = partner.Endpoint.Events,
            Enabled = partner.Endpoint.Enabled,
            Description = partner.Endpoint.Description,
            Status = partner.Endpoint.Status,
            PreviousSecretExpiresAt = lastToExpire?.ExpiresAt,
        };
    }
}

/// <summary>Your webhook endpoint: where webhooks go, which are sent, and how the endpoint fares.</summary>
internal sealed record EndpointView
{
    /// <summary>
    /// Where webhooks go, unless a link has its own <c>callbackUrl</c>. Absent: nowhere, and events are only delivered
    /// for links with a <c>callbackUrl</c>.
    /// </summary>
    /// <example>https://partner.example.com/hook</example>
    public string? Url { get; init; }

    /// <summary>Names of the events that are sent. KYC webhooks have a setting of their own instead.</summary>
    /// <example>["link.created", "link.opened", "user.data_request", "operation.created"]</example>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>Whether webhooks are sent to <c>url</c>.</summary>
    /// <example>true</example>
    public required bool Enabled { get; init; }

    /// <summary>Your own note, up to 200 characters. Absent where there is none.</summary>
    /// <example>the staging receiver</example>
    public string? Description { get; init; }

    /// <summary>How the endpoint fares.</summary>
    public required EndpointStatus Status { get; init; }

    /// <summary>
    /// Until when earlier secrets sign beside the current one: when the last of them ends. Absent where only the
    /// current secret signs.
    /// </summary>
    /// <example>2026-11-30T13:00:00.000Z</example>
    public DateTimeOffset? PreviousSecretExpiresAt { get; init; }
}
