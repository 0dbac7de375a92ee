using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>An e-mail address.</summary>
internal sealed partial class EmailAttribute : FieldAttribute
{
    private const int MaxTyped = 1000;

    /// <summary>The most characters, where they are fewer than an address may have.</summary>
    public int MaxLength { get; set; } = EmailAddress.MaxLength;

    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (body.String(member, EmailAddress.Rule, Required) is not { } typed)
            return null;
        // Copied text often contains invisible characters.
        if (typed.Length > MaxTyped || !EmailAddress.TryParse(Around().Replace(typed, ""), out var email))
            body.Fail(member, EmailAddress.Rule);
        else if (email.Original.Length > MaxLength)
            body.Fail(member, $"must have at most {MaxLength} characters");
        else
            return email;
        return null;
    }

    /// <remarks>
    /// Nothing is repaired: an unencoded plus arrives as a space, and without it the address is another person's.
    /// </remarks>
    public override object? Read(QueryInput query, string name, FieldContext context)
    {
        if (query.Find(name) is not { } text)
            return null;
        if (!text.Any(char.IsWhiteSpace) && EmailAddress.TryParse(text, out var email))
            return email;
        query.Fail(name, EmailAddress.Rule, text);
        return null;
    }

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["format"] = "email";
        schema["maxLength"] = MaxLength;
    }

    [GeneratedRegex(@"^[\s\p{Cf}]+|[\s\p{Cf}]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex Around();
}
