namespace Serverless.Functions.Ids;

/// <summary>
/// <c>dr_{partner}_{ulid}</c>. A link has at most one data request, which therefore uses the link's ULID and needs no
/// index of its own.
/// </summary>
internal sealed record DataRequestId : PrefixedId<DataRequestId>, IPrefixedId<DataRequestId>
{
    private DataRequestId(PartnerId partner, Ulid id)
        : base(partner, id) { }

    public static string Prefix => "dr_";

    /// <summary>The link that it belongs to.</summary>
    public LinkId Link => LinkId.Of(Partner, Id);

    public static DataRequestId Of(PartnerId partner, Ulid id) => new(partner, id);

    public static DataRequestId Of(LinkId link) => new(link.Partner, link.Id);
}
