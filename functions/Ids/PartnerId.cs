using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Ids;

/// <summary>
/// A partner's id: 2–32 lower-case letters, digits and hyphens, beginning with a letter. It is part of every id that
/// the partner sees.
/// </summary>
internal sealed partial record PartnerId
{
    /// <summary>The rule, for error messages.</summary>
    public const string Rule = "must have 2 to 32 lower-case letters, digits or hyphens and begin with a letter";

    /// <summary>
    /// First path segments of our own and of the host's routes. Reserved, because a partner's paths begin with its id.
    /// </summary>
    private static readonly HashSet<string> OfPaths =
    [
        "admin",
        "console",
        "desk",
        "docs",
        "eapi",
        "health",
        "local",
        "openapi",
        "operator",
        "partner",
        "portal",
        "runtime",
        "widget",
    ];

    private PartnerId(string value) => Value = value;

    public string Value { get; }

    public static bool TryParse(string? text, [NotNullWhen(true)] out PartnerId? id)
    {
        id = text is not null && Pattern.IsMatch(text) ? new PartnerId(text) : null;
        return id is not null;
    }

    /// <summary>True for an id that no new partner may have.</summary>
    public static bool IsReserved(string id) => OfPaths.Contains(id);

    /// <summary>Reads back an id that this app has stored.</summary>
    public static PartnerId FromStorage(string value) => new(value);

    public override string ToString() => Value;

    [GeneratedRegex(@"^[a-z][a-z0-9-]{1,31}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }
}
