using Serverless.Functions.Events;
using Serverless.Functions.Http;

namespace Serverless.Functions.Partners;

/// <summary>A partner's webhook endpoint: its URL and its subscribed events.</summary>
/// <param name="Url">Absolute URL, or null: then nothing is queued, unless a link has a callback URL.</param>
/// <param name="Events">Names from <see cref="PartnerEvents.All"/>.</param>
/// <param name="Enabled">False stops deliveries to <paramref name="Url"/>.</param>
/// <param name="Description">The partner's own note.</param>
internal sealed record WebhookEndpoint(string? Url, IReadOnlyList<string> Events, bool Enabled, string? Description)
{
    private readonly EndpointStatus _status = EndpointStatus.Healthy;

    /// <summary>Its state.</summary>
    public EndpointStatus Status
    {
        get =>
            Enabled || _status.State is EndpointState.Paused or EndpointState.Disabled
                ? _status
                : new EndpointStatus { State = EndpointState.Paused };
        init => _status = value;
    }

    /// <summary>This endpoint as the replacement of another one.</summary>
    /// <param name="before">The previous endpoint.</param>
    /// <param name="at">When it is replaced.</param>
    public WebhookEndpoint InPlaceOf(WebhookEndpoint before, DateTimeOffset at)
    {
        if (Url == before.Url && Enabled == before.Enabled)
            return this with { Status = before.Status };
        return this with
        {
            Status = Enabled ? EndpointStatus.Healthy : new EndpointStatus { State = EndpointState.Paused, Since = at },
        };
    }

    /// <summary>
    /// The URL for an event of a link, or null if it is not subscribed. A link's callback URL has precedence over the
    /// partner's.
    /// </summary>
    public string? UrlFor(string eventName, string? callbackUrl) =>
        !Events.Contains(eventName) ? null : callbackUrl ?? (Enabled ? Url : null);
}

/// <summary>Names of events to be sent.</summary>
internal sealed class PartnerEventsAttribute() : SetOfAttribute(PartnerEvents.All);
