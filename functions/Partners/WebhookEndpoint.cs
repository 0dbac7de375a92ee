using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Outbound;

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

    /// <summary>True if nothing may be sent to this URL: it is the endpoint's own, which is off.</summary>
    public bool IsOff(string url) => !Enabled && url == Url;

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

/// <summary>Reads an endpoint's members from a body.</summary>
internal static class EndpointInput
{
    private static readonly string[] Parts = ["url", "events", "enabled", "description"];

    /// <summary>Changes only the members that the body contains.</summary>
    public static Func<WebhookEndpoint, WebhookEndpoint> ReadParts(JsonInput body, OutboundUrlRules urls)
    {
        bool IsNamed(string part) => body.Has(part) || body.IsNull(part);
        if (!Array.Exists(Parts, IsNamed))
            body.Fail("body", $"must have at least one of {string.Join(", ", Parts)}");
        foreach (var part in new[] { "events", "enabled" })
            if (body.IsNull(part))
                body.Fail(part, "must not be null: leave it out to keep it as it is");
        var given = Read(body, "url", "events", urls);
        var (hasUrl, hasDescription) = (IsNamed("url"), IsNamed("description"));
        return stored => new WebhookEndpoint(
            hasUrl ? given.Url : stored.Url,
            body.Has("events") ? given.Events : stored.Events,
            body.Has("enabled") ? given.Enabled : stored.Enabled,
            hasDescription ? given.Description : stored.Description
        );
    }

    public static WebhookEndpoint Read(JsonInput body, string urlMember, string eventsMember, OutboundUrlRules urls) =>
        new(
            urls.Read(body, urlMember),
            body.SetOf(eventsMember, PartnerEvents.All) ?? PartnerEvents.OnByDefault,
            body.Boolean("enabled") ?? true,
            body.Text("description", min: 0, max: 200)
        );
}
