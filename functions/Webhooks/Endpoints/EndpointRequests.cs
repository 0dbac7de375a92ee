using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Outbound;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>A whole webhook endpoint.</summary>
internal sealed record SetEndpointRequest
{
    // A missing URL would stop all deliveries, which is probably a mistake: so only an explicit null does that.
    /// <summary>
    /// Where your webhooks go: an absolute https URL of a public host, on port 443 or 8443, of at most 2,048
    /// characters. Null: nowhere, but for links with a <c>callbackUrl</c>.
    /// </summary>
    /// <example>https://partner.example.com/hook</example>
    [Url(Required = true, MayBeNull = true, Missing = "is required: PATCH changes parts, and null takes the URL away")]
    public string? Url { get; init; }

    /// <summary>Which events are sent; without it the five that everybody gets, an empty array is none.</summary>
    /// <example>["link.created", "user.data_request", "operation.completed"]</example>
    [PartnerEvents]
    public IReadOnlyList<string> Events { get; init; } = PartnerEvents.OnByDefault;

    /// <summary>False: nothing is sent to <c>url</c>.</summary>
    /// <example>true</example>
    [Flag]
    public bool Enabled { get; init; } = true;

    /// <summary>Your own note, at most 200 characters.</summary>
    /// <example>the staging receiver</example>
    [Text(0, 200)]
    public string? Description { get; init; }

    /// <summary>The endpoint.</summary>
    public WebhookEndpoint Endpoint => new(Url, Events, Enabled, Description);
}

/// <summary>Parts of a webhook endpoint: at least one.</summary>
internal sealed record ChangeEndpointRequest : ICheckedBody
{
    private static readonly string[] Parts = ["url", "events", "enabled", "description"];
    private bool _hasUrl;
    private bool _hasDescription;

    /// <summary>
    /// Where your webhooks go: an absolute https URL of a public host, on port 443 or 8443, of at most 2,048
    /// characters. Null: nowhere, but for links with a <c>callbackUrl</c>.
    /// </summary>
    /// <example>https://partner.example.com/hook</example>
    [Url(MayBeNull = true)]
    public string? Url { get; init; }

    /// <summary>Which events are sent; an empty array is none.</summary>
    /// <example>["link.created", "user.data_request", "operation.completed"]</example>
    [PartnerEvents]
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>False: nothing is sent to <c>url</c>. True: it is, and a disabled endpoint is tried again.</summary>
    /// <example>true</example>
    [Flag]
    public bool? Enabled { get; init; }

    /// <summary>Your own note, at most 200 characters. Null takes it away.</summary>
    /// <example>the staging receiver</example>
    [Text(0, 200, MayBeNull = true)]
    public string? Description { get; init; }

    /// <inheritdoc/>
    public void Check(JsonInput body)
    {
        bool IsNamed(string part) => body.Has(part) || body.IsNull(part);
        if (!Array.Exists(Parts, IsNamed))
            body.Fail("body", $"must have at least one of {string.Join(", ", Parts)}");
        foreach (var part in new[] { "events", "enabled" })
            if (body.IsNull(part))
                body.Fail(part, "must not be null: leave it out to keep it as it is");
        (_hasUrl, _hasDescription) = (IsNamed("url"), IsNamed("description"));
    }

    /// <summary>The endpoint with these parts.</summary>
    public WebhookEndpoint Over(WebhookEndpoint stored) =>
        new(
            _hasUrl ? Url : stored.Url,
            Events ?? stored.Events,
            Enabled ?? stored.Enabled,
            _hasDescription ? Description : stored.Description
        );
}
