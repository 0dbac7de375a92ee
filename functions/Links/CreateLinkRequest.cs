using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Outbound;
using Serverless.Functions.Partners;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>A request to create a link.</summary>
internal sealed record CreateLinkRequest : ICheckedBody
{
    /// <summary>Your own stable id of the person. It is case-sensitive, and never changes.</summary>
    /// <example>customer-4711</example>
    [ReferenceId(Required = true)]
    public ReferenceId ReferenceId { get; init; } = null!;

    /// <summary>How long the link can be used, in minutes.</summary>
    /// <example>60</example>
    [WholeNumber(5, 10080)]
    public int ExpiresInMinutes { get; init; } = Partner.DefaultLinkMinutes;

    /// <summary>
    /// What you know of the person: all of it is optional, but if you send it, a name and a payment method must be in
    /// it.
    /// </summary>
    [UserData]
    public UserData? UserData { get; init; }

    /// <summary>
    /// Your own keys and values: at most 20, each a string, number or boolean of at most 500 characters under a key of
    /// at most 40, 4,096 bytes in all. They come back with the link and in each of its webhooks.
    /// </summary>
    /// <example>{"order":"A-1001"}</example>
    [Metadata]
    public string? Metadata { get; init; }

    /// <summary>The flow that the person goes through.</summary>
    /// <example>m2m-basic</example>
    [Flow]
    public string Flow { get; init; } = LinkFlows.Default;

    /// <summary>The theme of the page; without it, the one of your settings.</summary>
    /// <example>dark</example>
    [Theme]
    public string? Theme { get; init; }

    /// <summary>The language of the page; without it, the one of the person's browser.</summary>
    /// <example>es</example>
    [Language]
    public string? Language { get; init; }

    /// <summary>
    /// Where this link's webhooks go instead of to your endpoint: an absolute https URL of a public host, on port 443
    /// or 8443, of at most 2,048 characters.
    /// </summary>
    /// <example>https://partner.example/hooks/links</example>
    [Url]
    public string? CallbackUrl { get; init; }

    /// <inheritdoc/>
    public void Check(JsonInput body)
    {
        if (ReferenceId?.Warnings() is { } unwise)
            body.Warn(unwise);
    }
}
