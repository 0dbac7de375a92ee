namespace Serverless.Functions.Users;

/// <summary>Where the verification of a person's identity stands, as partners see it.</summary>
internal enum CipStatus
{
    None,
    Pending,
    Verified,
    Failed,
    NeedsReview,
}

/// <summary>Tells it: of a failed verification the ticket says whether an operator is to decide.</summary>
internal interface ICipStatusReader
{
    CipStatus Of(Person person);
}
