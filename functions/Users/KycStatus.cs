using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Functions.Users;

/// <summary>KYC status in the identity API, in the order in which a merge prefers them.</summary>
internal enum KycStatus
{
    /// <summary>Nothing was submitted yet.</summary>
    Pending,

    /// <summary>The last submission failed: another one is needed.</summary>
    ActionRequired,

    /// <summary>A submission is being checked.</summary>
    UnderReview,

    /// <summary>Verified. Final.</summary>
    Verified,

    /// <summary>Rejected: only an operator's review changes that.</summary>
    Rejected,
}

/// <summary>The identity API writes a status in upper case: <c>UNDER_REVIEW</c>.</summary>
internal sealed class KycStatusConverter() : JsonStringEnumConverter<KycStatus>(JsonNamingPolicy.SnakeCaseUpper);

/// <summary>The allowed changes of status: one table, used by every change.</summary>
/// <remarks>
/// The contract's changes from <see cref="KycStatus.Verified"/> to other statuses (a re-review, an expiry) are missing:
/// a verified person is <c>cip_verified</c> in the partner API, which is final.
/// </remarks>
internal static class KycTransitions
{
    private static readonly HashSet<(KycStatus From, KycStatus To)> Automatic =
    [
        (KycStatus.Pending, KycStatus.UnderReview),
        (KycStatus.UnderReview, KycStatus.Verified),
        (KycStatus.UnderReview, KycStatus.Rejected),
        (KycStatus.UnderReview, KycStatus.ActionRequired),
        (KycStatus.ActionRequired, KycStatus.UnderReview),
    ];

    private static readonly HashSet<(KycStatus From, KycStatus To)> ByReview =
    [
        .. Automatic,
        (KycStatus.Rejected, KycStatus.Verified),
        (KycStatus.Rejected, KycStatus.ActionRequired),
        (KycStatus.ActionRequired, KycStatus.Verified),
        (KycStatus.ActionRequired, KycStatus.Rejected),
    ];

    /// <param name="from">The current status.</param>
    /// <param name="to">The new status.</param>
    /// <param name="byReview">True for an operator's decision.</param>
    public static bool Allows(KycStatus from, KycStatus to, bool byReview = false) =>
        (byReview ? ByReview : Automatic).Contains((from, to));
}

/// <summary>How the two views of one verification agree.</summary>
internal static class KycStatuses
{
    /// <summary>What a verification through links comes to.</summary>
    /// <param name="status">Of the person.</param>
    /// <param name="review">True where it failed because an operator must decide.</param>
    public static KycStatus Of(UserStatus status, bool review = false) =>
        status switch
        {
            UserStatus.CipVerified => KycStatus.Verified,
            UserStatus.CipPending => KycStatus.UnderReview,
            UserStatus.CipFailed when review => KycStatus.UnderReview,
            UserStatus.CipFailed => KycStatus.ActionRequired,
            _ => KycStatus.Pending,
        };

    /// <summary>
    /// The status of two accounts that become one: rejected wins, else the better one. Commutative and associative.
    /// </summary>
    public static KycStatus Combine(KycStatus one, KycStatus other) => one > other ? one : other;
}
