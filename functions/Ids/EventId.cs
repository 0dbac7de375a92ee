using System.Text.RegularExpressions;

namespace Serverless.Functions.Ids;

/// <summary>
/// <c>evt_{ulid}</c>: the id that partners see for an event and its delivery, also in the header <c>webhook-id</c>.
/// The tables store only the ULID, next to the partner.
/// </summary>
internal readonly partial record struct EventId(Ulid Id)
{
    private const string Prefix = "evt_";

    /// <summary>The whole id.</summary>
    public string Value => Prefix + Id.Text;

    /// <summary>The shape of an id, for filters and cursors.</summary>
    [GeneratedRegex(@"^evt_[0-7][0-9a-hjkmnp-tv-z]{25}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }

    /// <summary>Creates the id of a new event at this time.</summary>
    public static EventId New(DateTimeOffset at) => new(Ulid.New(at));

    /// <summary>Reads untrusted input; false for anything but an id of this kind.</summary>
    public static bool TryParse(string? text, out EventId id)
    {
        id = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal))
            return false;
        if (!Ulid.TryParse(text.AsSpan(Prefix.Length), out var ulid))
            return false;
        id = new EventId(ulid);
        return true;
    }

    public override string ToString() => Value;
}
