namespace Serverless.Functions.Ids;

/// <summary><c>merge_{partner}_{ulid}</c>: one merge of two accounts, done or refused.</summary>
internal sealed record MergeId : PrefixedId<MergeId>, IPrefixedId<MergeId>
{
    private MergeId(PartnerId partner, Ulid id)
        : base(partner, id) { }

    public static string Prefix => "merge_";

    public static MergeId Of(PartnerId partner, Ulid id) => new(partner, id);
}
