using System.Text.RegularExpressions;

namespace Serverless.Functions.Ids;

/// <summary><c>replay_{partner}_{ulid}</c>: a replay of many webhook deliveries, and its orchestration.</summary>
internal sealed partial record ReplayId : PrefixedId<ReplayId>, IPrefixedId<ReplayId>
{
    /// <summary>The rule, for error messages.</summary>
    public const string Rule = "must be a replay's id, as the answer to its beginning has it";

    private ReplayId(PartnerId partner, Ulid id)
        : base(partner, id) { }

    public static string Prefix => "replay_";

    public static ReplayId Of(PartnerId partner, Ulid id) => new(partner, id);

    /// <summary>The form of an id, for filters: an unknown one just finds nothing.</summary>
    [GeneratedRegex(@"^replay_[A-Za-z0-9_-]{1,128}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }
}
