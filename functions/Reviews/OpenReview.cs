using Serverless.Functions.Cip;
using Serverless.Functions.Identities;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Users;

namespace Serverless.Functions.Reviews;

/// <summary>Which decision is asked for.</summary>
internal enum ReviewKind
{
    /// <summary>About a verification through a link.</summary>
    Cip,

    /// <summary>About an identity: documents, a screening, or what a provider left open.</summary>
    Identity,
}

/// <summary>A person whom nobody but an operator can decide about.</summary>
/// <param name="Kind">Which decision is asked for.</param>
/// <param name="Since">Since when.</param>
internal sealed record OpenReview(ReviewKind Kind, DateTimeOffset Since)
{
    /// <summary>What the person's own rows say; null where nothing waits for an operator.</summary>
    /// <param name="person">Read with its shares (<see cref="KycShare"/>).</param>
    public static OpenReview? Of(Person person)
    {
        if (person.IsNew)
            return null;
        if (person.CurrentTicket is { Stored: TicketStatus.NeedsReview } ticket && IsCipOpen(person))
            return new OpenReview(ReviewKind.Cip, ticket.DecidedAt ?? ticket.CreatedAt);
        return IsIdentityOpen(person)
            ? new OpenReview(ReviewKind.Identity, person.User.KycChangedAt ?? person.User.CreatedAt)
            : null;
    }

    private static bool IsCipOpen(Person person) =>
        person.ErasedAt is null && person.User.Status == UserStatus.CipFailed;

    /// <summary>
    /// Only the root of an account is decided about. A verification that runs, or a share that a provider still works
    /// on, decides by itself.
    /// </summary>
    private static bool IsIdentityOpen(Person person) =>
        person.IsRoot
        && (person.ErasedAt is null || person.Account.Members.Count > 0)
        && person.User.Kyc == KycStatus.UnderReview
        && person.User.Status != UserStatus.CipPending
        && !person.All<KycShare>().Any(share => share.IsOpen);
}
