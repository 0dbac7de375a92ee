using Serverless.Functions.Ids;
using Serverless.Functions.Users;

namespace Serverless.Functions.Cip;

/// <summary>A person's verifications.</summary>
internal static class PersonTickets
{
    extension(Person person)
    {
        /// <summary>A verification of this person; null when there is none.</summary>
        public CipTicket? Ticket(TicketId id) => person.Find<CipTicket>(CipTicket.RowKeyOf(id));

        /// <summary>The newest verification; null when there never was one.</summary>
        public CipTicket? CurrentTicket => person.All<CipTicket>().LastOrDefault();

        /// <summary>
        /// The status of identity verification. Derived, so that it cannot contradict the person and the tickets.
        /// </summary>
        public CipStatus CipStatus =>
            person.User.Status switch
            {
                UserStatus.CipPending => CipStatus.Pending,
                UserStatus.CipVerified => CipStatus.Verified,
                UserStatus.CipFailed when person.CurrentTicket?.Stored == TicketStatus.NeedsReview =>
                    CipStatus.NeedsReview,
                UserStatus.CipFailed => CipStatus.Failed,
                _ => CipStatus.None,
            };
    }
}

/// <summary>Gives the status to folders that must not depend on this one.</summary>
internal sealed class CipStatusReader : ICipStatusReader
{
    public CipStatus Of(Person person) => person.CipStatus;
}
