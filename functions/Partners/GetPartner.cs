using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary><c>GET /operator/partners/{id}</c>: a partner with its settings, its endpoint and its keys.</summary>
internal sealed class GetPartner(PartnerStore store, IdentityKeyStore identityKeys, TimeProvider time)
{
    /// <summary>Get a partner</summary>
    /// <remarks>
    /// Its settings, its webhook endpoint with how it fares, and its keys, of which only the beginning can be shown.
    /// </remarks>
    [Function(nameof(GetPartner))]
    [Answers(200, typeof(PartnerView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "operator/partners/{id}")] HttpRequest http,
        string id
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (!PartnerId.TryParse(id, out var known) || await store.FindAsync(known, ct) is not { } partner)
            return Answer.Error(ApiError.NotFound);
        return Answer.Ok(
            new PartnerView
            {
                PartnerId = partner.Id.Value,
                Name = partner.Name,
                Status = partner.Status,
                CreatedAt = partner.CreatedAt,
                Settings = partner.Settings,
                Endpoint = ShownEndpoint.Of(partner, time.Now()),
                Keys = [.. (await store.ListKeysAsync(partner.Id, ct)).Select(key => ApiKeyView.Of(key))],
                IdentityKeys = [.. (await identityKeys.ListAsync(partner.Id, ct)).Select(IdentityKeyView.Of)],
            }
        );
    }
}

/// <summary>A partner as an operator sees it.</summary>
internal sealed record PartnerView
{
    /// <summary>The partner's id.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>Its name, as people see it.</summary>
    /// <example>Demo Remesas</example>
    public required string Name { get; init; }

    /// <summary>
    /// <c>suspended</c>: every call with one of its keys is refused with 403. Links that exist run on, and webhooks are
    /// still delivered.
    /// </summary>
    /// <example>active</example>
    public required PartnerStatus Status { get; init; }

    /// <summary>When it was created.</summary>
    /// <example>2026-11-02T09:30:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>All its settings.</summary>
    public required PartnerSettings Settings { get; init; }

    /// <summary>Its webhook endpoint.</summary>
    public required ShownEndpoint Endpoint { get; init; }

    /// <summary>Its API keys that are not revoked, the newest first.</summary>
    public required IReadOnlyList<ApiKeyView> Keys { get; init; }

    /// <summary>Its keys of the identity API, the newest first. The first one signs KYC webhooks.</summary>
    public required IReadOnlyList<IdentityKeyView> IdentityKeys { get; init; }
}

/// <summary>A partner's webhook endpoint as an operator sees it.</summary>
internal sealed record ShownEndpoint
{
    /// <summary>Where webhooks go. Absent: nowhere, but for links with a <c>callbackUrl</c>.</summary>
    /// <example>https://partner.example.com/hook</example>
    public string? Url { get; init; }

    /// <summary>The events that are sent.</summary>
    /// <example>["link.created", "link.opened", "user.data_request", "operation.created"]</example>
    public required IReadOnlyList<string> Events { get; init; }

    /// <summary>Whether webhooks are sent to <c>url</c>.</summary>
    /// <example>true</example>
    public required bool Enabled { get; init; }

    /// <summary>The partner's own note. Absent where there is none.</summary>
    /// <example>the staging receiver</example>
    public string? Description { get; init; }

    /// <summary>How it fares.</summary>
    public required EndpointStatus Status { get; init; }

    /// <summary>
    /// Until when earlier secrets sign beside the current one: when the last of them ends. Absent where only the
    /// current secret signs.
    /// </summary>
    /// <example>2026-11-30T13:00:00.000Z</example>
    public DateTimeOffset? PreviousSecretExpiresAt { get; init; }

    public static ShownEndpoint Of(Partner partner, DateTimeOffset now) =>
        new()
        {
            Url = partner.Endpoint.Url,
            Events = partner.Endpoint.Events,
            Enabled = partner.Endpoint.Enabled,
            Description = partner.Endpoint.Description,
            Status = partner.Endpoint.Status,
            PreviousSecretExpiresAt = partner.PreviousSecretsAt(now).MaxBy(secret => secret.ExpiresAt)?.ExpiresAt,
        };
}
