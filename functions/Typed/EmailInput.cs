using System.Text.RegularExpressions;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>Reads an e-mail address from a body or a query.</summary>
internal static partial class EmailInput
{
    private const int MaxTyped = 1000;

    /// <summary>The address; null if it is absent or, after an error was noted, invalid.</summary>
    public static EmailAddress? Email(this JsonInput body, string member, bool required = false)
    {
        if (body.String(member, EmailAddress.Rule, required) is not { } typed)
            return null;
        // Copied text often contains invisible characters.
        if (typed.Length <= MaxTyped && EmailAddress.TryParse(Around().Replace(typed, ""), out var email))
            return email;
        body.Fail(member, EmailAddress.Rule);
        return null;
    }

    /// <summary>
    /// The address; null if it is absent or, after an error was noted, invalid. Nothing is repaired: an unencoded plus
    /// arrives as a space, and without it the address is another person's.
    /// </summary>
    public static EmailAddress? Email(this QueryInput query, string name)
    {
        if (query.Find(name) is not { } text)
            return null;
        if (!text.Any(char.IsWhiteSpace) && EmailAddress.TryParse(text, out var email))
            return email;
        query.Fail(name, EmailAddress.Rule, text);
        return null;
    }

    [GeneratedRegex(@"^[\s\p{Cf}]+|[\s\p{Cf}]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Around();
}
