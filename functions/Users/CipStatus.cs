namespace Serverless.Functions.Users;

/// <summary>State of a person's identity verification, as partners see it.</summary>
internal enum CipStatus
{
    /// <summary>Not started.</summary>
    None,

    /// <summary>Running.</summary>
    Pending,

    /// <summary>Verified: final.</summary>
    Verified,

    /// <summary>Failed: new data or a review allows another one.</summary>
    Failed,

    /// <summary>The provider could not decide: an operator does.</summary>
    NeedsReview,
}

/// <summary>Reads that status; after a failed verification the ticket tells whether an operator must decide.</summary>
internal interface ICipStatusReader
{
    CipStatus Of(Person person);
}
