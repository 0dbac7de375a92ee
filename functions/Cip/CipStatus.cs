using Serverless.Functions.Users;

namespace Serverless.Functions.Cip;

/// <summary>Where the verification of a person's identity stands, as partners see it.</summary>
internal enum CipStatus
{
    None,
    Pending,
    Verified,
    Failed,
    NeedsReview,
}

/// <summary>Derived, so that it cannot contradict the person and its tickets.</summary>
internal static class CipStatuses
{
    public static CipStatus Of(UserStatus status, TicketStatus? newest) =>
        status switch
        {
            UserStatus.CipPending => CipStatus.Pending,
            UserStatus.CipVerified => CipStatus.Verified,
            UserStatus.CipFailed => newest == TicketStatus.NeedsReview ? CipStatus.NeedsReview : CipStatus.Failed,
            _ => CipStatus.None,
        };
}
