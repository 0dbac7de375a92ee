namespace Serverless.Functions.Users;

/// <summary>State of a person's identity verification, as partners see it.</summary>
internal enum CipStatus
{
    None,
    Pending,
    Verified,
    Failed,
    NeedsReview,
}

/// <summary>Reads that status; after a failed verification the ticket tells whether an operator must decide.</summary>
internal interface ICipStatusReader
{
    CipStatus Of(Person person);
}
