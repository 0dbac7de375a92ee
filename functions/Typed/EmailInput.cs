using System.Text.RegularExpressions;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>Reads an e-mail address from a body or a query.</summary>
internal static partial class EmailInput
{
    private const int MaxTyped = 1000;

    /// <summary>The address; null when it is absent or, after noting why, not one.</summary>
    public static EmailAddress? Email(this JsonInput body, string member, bool required = false)
    {
        if (body.String(member, EmailAddress.Rule, required) is not { } typed)
            return null;
        // A copy often brings along what nobody sees.
        if (typed.Length <= MaxTyped && EmailAddress.TryParse(Around().Replace(typed, ""), out var email))
            return email;
        body.Fail(member, EmailAddress.Rule);
        return null;
    }

    /// <summary>
    /// The address; null when it is absent or, after noting why, not one. Nothing about it is repaired: a plus that
    /// was not encoded has arrived as a space, and without it the address is another person's.
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
