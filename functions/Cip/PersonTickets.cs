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
        /// Where the verification of identity stands. Derived, so that it cannot contradict the person and its tickets.
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

/// <summary>The same for the folders below.</summary>
internal sealed class CipStatusReader : ICipStatusReader
{
    public CipStatus Of(Person person) => person.CipStatus;
}
