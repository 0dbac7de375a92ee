namespace Serverless.Functions.Docs;

/// <summary>Guides that are shown together.</summary>
/// <param name="Title">What they have in common.</param>
/// <param name="Guides">Their names, in the order in which one reads them.</param>
internal sealed record GuideGroup(string Title, IReadOnlyList<string> Guides);

/// <summary>The table of contents.</summary>
internal static class DocsContents
{
    public static IReadOnlyList<GuideGroup> Groups { get; } =
    [
        new("Get started", ["quick-start", "reference-id", "test-values"]),
        new("Links", ["links", "user-data", "data-requests", "cip", "operations"]),
        new("Identities", ["signing", "identities", "one-time-codes", "kyc-sharing", "eligibility"]),
        new("For every integration", ["webhooks", "portal", "idempotency", "errors", "rate-limits", "account"]),
        new("In production", ["going-live", "changes", "glossary"]),
        new("For operators", ["operators"]),
    ];
}
