using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;

namespace Serverless.Functions.KycSharing;

/// <summary>A request for the hosted screens up to the verification.</summary>
internal sealed record StartKycSessionRequest
{
    /// <summary>
    /// Your own id of the customer: the same as <c>identityReference</c> elsewhere. If nobody is known by it, the
    /// identity is created; a new one has letters, digits and hyphens only.
    /// </summary>
    /// <example>acme-0001</example>
    [IdentityReference(Required = true)]
    public ReferenceId ExternalCustomerId { get; init; } = null!;

    /// <summary>How thorough the verification shall be. It is kept, and changes nothing yet.</summary>
    /// <example>standard</example>
    [OneOf("standard", "express", "enhanced")]
    public string Tier { get; init; } = "standard";

    /// <summary>
    /// The customer's country by ISO 3166-1 alpha-2, in upper case. It is kept, and changes nothing yet.
    /// </summary>
    /// <example>MX</example>
    [Country]
    public string? Country { get; init; }

    /// <summary>
    /// Where the screens return to: an absolute https URL of a public host, or a link of your app (a custom scheme), of
    /// at most 2,048 characters.
    /// </summary>
    /// <example>https://partner.example/kyc/done</example>
    [ReturnUrl]
    public string? ReturnUrl { get; init; }
}
