using Serverless.Functions.Http;

namespace Serverless.Functions.Webhooks;

/// <summary>Where a partner's events go and which of them.</summary>
/// <param name="Url">Absolute URL, or null: then nothing is queued, unless a link has a callback URL.</param>
/// <param name="Events">Names out of <see cref="WebhookEvents.All"/>.</param>
/// <param name="Enabled">False stops deliveries to <paramref name="Url"/>.</param>
/// <param name="Description">The partner's own note.</param>
internal sealed record WebhookEndpoint(string? Url, IReadOnlyList<string> Events, bool Enabled, string? Description)
{
    /// <summary>The URL for an event of a link, or null when nobody wants it. A link's callback URL goes before the partner's (contract m2m, section 10.17).</summary>
    public string? UrlFor(string eventName, string? callbackUrl) => !Events.Contains(eventName) ? null : callbackUrl ?? (Enabled ? Url : null);
}

/// <summary>Reads an endpoint's members from a body.</summary>
internal static class EndpointInput
{
    public static WebhookEndpoint Read(JsonInput body, string urlMember, string eventsMember, OutboundUrlRules urls) => new(
        urls.Read(body, urlMember),
        body.SetOf(eventsMember, WebhookEvents.All) ?? WebhookEvents.OnByDefault,
        body.Boolean("enabled") ?? true,
        body.Text("description", min: 0, max: 200));
}
