using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Links;

/// <summary>
/// <c>link_{partner}_{ulid}</c>: opaque and unguessable, because the link's URL carries no other secret (contract m2m,
/// project decision 1).
/// </summary>
internal sealed partial record LinkId
{
    /// <summary>The rule, for error messages.</summary>
    public const string Rule = "must be a link's id, as the answer to its creation has it";

    private const string Prefix = "link_";

    private LinkId(PartnerId partner, Ulid id) => (Partner, Id) = (partner, id);

    public PartnerId Partner { get; }

    public Ulid Id { get; }

    public string Value => $"{Prefix}{Partner}_{Id}";

    public static LinkId New(PartnerId partner, DateTimeOffset at) => new(partner, Ulid.New(at));

    public static bool TryParse(string? text, [NotNullWhen(true)] out LinkId? id)
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
        id = new LinkId(partner, ulid);
        return true;
    }

    /// <summary>Reads back an id that this app has made.</summary>
    /// <exception cref="FormatException">Not one.</exception>
    public static LinkId FromStorage(string value) =>
        TryParse(value, out var id) ? id : throw new FormatException($"'{value}' is no link id.");

    public override string ToString() => Value;

    /// <summary>The shape of an id, for filters: one that names no link of this partner finds nothing.</summary>
    [GeneratedRegex(@"^link_[A-Za-z0-9_-]{1,128}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }
}
