using Serverless.Functions.Events;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>The account of a person, and what the partner and the account's references hear of it.</summary>
internal static class PersonAccount
{
    extension(Person person)
    {
        /// <summary>What the person's references have in common; meaningful where this person is the root.</summary>
        public Account Account => person.Find<Account>(Account.RowKey) ?? new Account(person.Key);

        /// <summary>
        /// Tells of a status that is no longer the one that was read or last told, and of the identity's.
        /// </summary>
        /// <param name="link">The link through which it came about; null where it came about without one.</param>
        /// <param name="at">When.</param>
        /// <param name="starts">The ticket whose verification is to start.</param>
        public void RaiseStatusChange(EventLink? link, DateTimeOffset at, string? starts = null)
        {
            person.RaiseUserStatus(link, at, starts);
            person.RaiseKycChange(at);
        }

        /// <summary>
        /// Tells of a <see cref="User.Kyc"/> that is no longer the one that was read or last told: to the partner,
        /// where it wants that, and to the account's other references.
        /// </summary>
        /// <remarks>
        /// A reference that points to a root tells nothing itself: its change reaches the root first.
        /// </remarks>
        public void RaiseKycChange(DateTimeOffset at)
        {
            var user = person.User;
            var isRoot = user.Root is null && user.MergingInto is null;
            var somebodyListens = person.WantsKycWebhooks || person.Account.Members.Count > 0;
            if (person.KycLastReported is { } before && before != user.Kyc && isRoot && somebodyListens)
                person.RaiseKyc(at);
            person.KycLastReported = user.Kyc;
        }

        /// <summary>Tells how the account stands.</summary>
        public void RaiseKyc(DateTimeOffset at)
        {
            var told = EventRow.Of(
                PartnerEvents.Kyc,
                person.Key,
                at,
                KycMessage.Of(person),
                subjectId: person.User.KycEvent
            );
            person.Put(person.User with { KycEvent = told.Id.Text }, at);
            person.Raise(told);
        }
    }
}
