namespace Serverless.Functions.Ids;

/// <summary><c>op_{partner}_{ulid}</c>: one transfer.</summary>
internal sealed record OperationId : PrefixedId<OperationId>, IPrefixedId<OperationId>
{
    private OperationId(PartnerId partner, Ulid id)
        : base(partner, id) { }

    public static string Prefix => "op_";

    public static OperationId Of(PartnerId partner, Ulid id) => new(partner, id);
}
