using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// The account of a person, and the events that report its changes to the partner and the account's references.
/// </summary>
internal static class PersonAccount
{
    extension(Person person)
    {
        /// <summary>
        /// The shared data of the person's references; meaningful only where this person is the root.
        /// </summary>
        public Account Account => person.Find<Account>(Account.RowKey) ?? new Account(person.Key);

        /// <summary>True where no older account has the person, or is about to have it.</summary>
        public bool IsRoot => person.User is { Root: null, MergingInto: null };

        /// <summary>
        /// Raises events if the user's status or the KYC status has changed since it was read or last reported.
        /// </summary>
        /// <param name="link">The link that caused the change, if any.</param>
        /// <param name="at">When it changed.</param>
        /// <param name="starts">The ticket whose verification the event starts, if any.</param>
        public void RaiseStatusChange(EventLink? link, DateTimeOffset at, string? starts = null)
        {
            person.RaiseUserStatus(link, at, starts);
            person.RaiseKycChange(at);
        }

        /// <summary>
        /// Raises an event if <see cref="User.Kyc"/> has changed since it was read or last reported: for the partner,
        /// if its settings ask for it, and for the account's other references.
        /// </summary>
        /// <remarks>
        /// Only the root raises this event; a change of another reference is applied to the root first.
        /// </remarks>
        public void RaiseKycChange(DateTimeOffset at)
        {
            var user = person.User;
            var hasReceivers = person.WantsKycWebhooks || person.Account.Members.Count > 0;
            if (person.KycLastReported is { } before && before != user.Kyc && person.IsRoot)
            {
                person.Put(new KycChange(person.Key, Ulid.New(at), user.Kyc), at);
                if (hasReceivers)
                    person.RaiseKyc(at);
            }
            person.KycLastReported = user.Kyc;
        }

        /// <summary>Raises the KYC event with the account's current state.</summary>
        public void RaiseKyc(DateTimeOffset at)
        {
            var reported = EventRow.Of(
                PartnerEvents.Kyc,
                person.Key,
                at,
                KycMessage.Of(person),
                subjectId: person.User.KycEvent
            );
            person.Put(person.User with { KycEvent = reported.Id.Text }, at);
            person.Raise(reported);
        }
    }
}
