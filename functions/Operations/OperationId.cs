using System.Diagnostics.CodeAnalysis;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Operations;

/// <summary><c>op_{partner}_{ulid}</c> (contract m2m, project decision 1).</summary>
internal sealed record OperationId
{
    private const string Prefix = "op_";

    private OperationId(PartnerId partner, Ulid id) => (Partner, Id) = (partner, id);

    public PartnerId Partner { get; }

    public Ulid Id { get; }

    public string Value => $"{Prefix}{Partner}_{Id}";

    public static OperationId New(PartnerId partner, DateTimeOffset at) => new(partner, Ulid.New(at));

    public static OperationId Of(PartnerId partner, Ulid id) => new(partner, id);

    public static bool TryParse(string? text, [NotNullWhen(true)] out OperationId? id)
    {
        id = null;
        if (
            text is null
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text.Length <= Prefix.Length + Ulid.Length + 1
            || text[^(Ulid.Length + 1)] != '_'
        )
            return false;
        if (
            !PartnerId.TryParse(text[Prefix.Length..^(Ulid.Length + 1)], out var partner)
            || !Ulid.TryParse(text.AsSpan(text.Length - Ulid.Length), out var ulid)
        )
            return false;
        id = new OperationId(partner, ulid);
        return true;
    }

    /// <summary>Reads back an id that this app has made.</summary>
    /// <exception cref="FormatException">Not one.</exception>
    public static OperationId FromStorage(string value) =>
        TryParse(value, out var id) ? id : throw new FormatException($"'{value}' is no operation id.");

    public override string ToString() => Value;
}
