namespace Serverless.Functions.Ids;

/// <summary><c>replay_{partner}_{ulid}</c>: a replay of many webhook deliveries, and its orchestration.</summary>
internal sealed record ReplayId : PrefixedId<ReplayId>, IPrefixedId<ReplayId>
{
    private ReplayId(PartnerId partner, Ulid id)
        : base(partner, id) { }

    public static string Prefix => "replay_";

    public static ReplayId Of(PartnerId partner, Ulid id) => new(partner, id);
}
