using System.Text.RegularExpressions;

namespace Serverless.Functions.Ids;

/// <summary>
/// The partner's own stable id of a person: 1–128 of <c>[A-Za-z0-9._:@+-]</c> but neither <c>.</c> nor <c>..</c>,
/// case-sensitive.
/// </summary>
internal sealed partial record ReferenceId
{
    /// <summary>The rule, for error messages.</summary>
    public const string Rule =
        "must have 1 to 128 of the characters A-Z a-z 0-9 . _ : @ + - and be neither . nor .. (no URL can name them)";

    private ReferenceId(string value) => Value = value;

    public string Value { get; }

    /// <summary>Reads back a reference that was validated.</summary>
    public static ReferenceId FromStorage(string value) => new(value);

    public override string ToString() => Value;

    // Clients and servers remove the segments . and .. from a path before routing (RFC 3986, section 6.2.2.3).
    [GeneratedRegex(@"^(?!\.\.?\z)[A-Za-z0-9._:@+-]{1,128}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }
}
