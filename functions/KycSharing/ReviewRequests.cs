using Serverless.Functions.Http;

namespace Serverless.Functions.KycSharing;

/// <summary>An operator's decision about an identity.</summary>
internal sealed record ReviewIdentityRequest
{
    /// <summary>
    /// <c>approve</c> verifies the account, <c>reject</c> rejects it, and <c>retry</c> asks the person for another
    /// submission.
    /// </summary>
    /// <example>approve</example>
    [OneOf(ReviewIdentity.Approve, ReviewIdentity.Reject, ReviewIdentity.Retry, Required = true)]
    public string Decision { get; init; } = "";

    /// <summary>Why, for the audit. It is encrypted, and shown to no partner.</summary>
    /// <example>Checked by telephone</example>
    [Text(1, 1000)]
    public string? Note { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(ReviewIdentityRequest);
}

/// <summary>Why an operator blocks or unblocks an account.</summary>
internal sealed record BlockIdentityRequest
{
    /// <summary>Why, for the audit. It is encrypted, and shown to no partner.</summary>
    /// <example>Reported as stolen</example>
    [Text(1, 1000)]
    public string? Note { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(BlockIdentityRequest);
}
