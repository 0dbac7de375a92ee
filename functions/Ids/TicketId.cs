namespace Serverless.Functions.Ids;

/// <summary><c>cip_{partner}_{ulid}</c>: one attempt to verify a person.</summary>
internal sealed record TicketId : PrefixedId<TicketId>, IPrefixedId<TicketId>
{
    private TicketId(PartnerId partner, Ulid id)
        : base(partner, id) { }

    public static string Prefix => "cip_";

    public static TicketId Of(PartnerId partner, Ulid id) => new(partner, id);
}
