using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Identities;

/// <summary>
/// The identity API's form of a person's reference: 1 to 255 letters, digits and hyphens, case-sensitive. It is the
/// same reference as M2M's <see cref="ReferenceId"/>, whose characters are accepted in every look-up.
/// </summary>
internal static partial class IdentityReference
{
    /// <summary>The rule for look-ups, for error messages.</summary>
    public const string Rule = "must have 1 to 255 letters, digits or hyphens, or be the referenceId of a link";

    /// <summary>The rule for a new reference, for error messages.</summary>
    public const string NewRule =
        "must have 1 to 255 letters, digits or hyphens where nobody is known by it (only a link may create more)";

    /// <summary>What a new reference must match.</summary>
    [GeneratedRegex("^[A-Za-z0-9-]{1,255}\\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }

    /// <summary>What a look-up accepts: a reference of either API.</summary>
    [GeneratedRegex(@"^([A-Za-z0-9-]{1,255}|(?!\.\.?\z)[A-Za-z0-9._:@+-]{1,128})\z", RegexOptions.CultureInvariant)]
    public static partial Regex Known { get; }

    /// <summary>What a body has as its reference, which may be a wrong one; null where it is no text.</summary>
    public static string? In(JsonInput body) =>
        body.Find("identityReference") is { ValueKind: JsonValueKind.String } value ? JsonInput.TextOf(value) : null;

    /// <summary>Reads a reference for a look-up.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out ReferenceId? reference)
    {
        reference = text is not null && Known.IsMatch(text) ? ReferenceId.FromStorage(text) : null;
        return reference is not null;
    }
}
