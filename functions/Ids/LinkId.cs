using System.Text.RegularExpressions;

namespace Serverless.Functions.Ids;

/// <summary>
/// <c>link_{partner}_{ulid}</c>: opaque and unguessable, because the link's URL carries no other secret.
/// </summary>
internal sealed partial record LinkId : PrefixedId<LinkId>, IPrefixedId<LinkId>
{
    /// <summary>The rule, for error messages.</summary>
    public const string Rule = "must be a link's id, as the answer to its creation has it";

    private LinkId(PartnerId partner, Ulid id)
        : base(partner, id) { }

    public static string Prefix => "link_";

    public static LinkId Of(PartnerId partner, Ulid id) => new(partner, id);

    /// <summary>
    /// The form of an id, for filters. Whether the partner has such a link is not checked: an unknown id just finds
    /// nothing.
    /// </summary>
    [GeneratedRegex(@"^link_[A-Za-z0-9_-]{1,128}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }
}
