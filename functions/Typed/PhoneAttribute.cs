using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>
/// A telephone number, read into E.164: with its country code, or as it is written in the person's country.
/// </summary>
/// <param name="country">
/// Where the body may have that country, as a dotted path; otherwise, and without a country there, the stored one
/// counts.
/// </param>
internal sealed class PhoneAttribute(string? country = null) : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        body.Phone(member, CountryIn(body) ?? context.Country, Required);

    public override void Describe(JsonObject schema, FieldContext context)
    {
        // The digits of a number with its country code may stand without quotes.
        schema["type"] = new JsonArray("string", "integer");
        schema["maxLength"] = PhoneNumber.MaxLength;
    }

    private string? CountryIn(JsonInput body)
    {
        if (country is null)
            return null;
        var path = country.Split('.');
        var at = body.Find(path[0]);
        foreach (var name in path.Skip(1))
            at =
                at is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var child)
                    ? child
                    : null;
        return
            at is { ValueKind: JsonValueKind.String } value
            && JsonInput.TextOf(value)?.Trim() is { } code
            && Countries.IsCountry(code)
            ? code
            : null;
    }
}
