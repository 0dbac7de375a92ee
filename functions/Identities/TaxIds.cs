using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Identities;

/// <summary>A tax id and its kind, and what they must fit.</summary>
internal static partial class TaxIds
{
    /// <summary>The rule for a kind, for error messages.</summary>
    public const string TypeRule = "must have 2 to 30 letters, digits or _";

    [GeneratedRegex(@"^[A-Za-z0-9_]{2,30}\z", RegexOptions.CultureInvariant)]
    public static partial Regex TypePattern { get; }

    /// <summary>The kind in a body, in lower case; null where it has none, or a wrong one.</summary>
    public static string? TypeIn(JsonInput body) =>
        body.Find(IdentityData.TaxIdType) is { ValueKind: JsonValueKind.String } value
        && JsonInput.TextOf(value) is { } type
        && TypePattern.IsMatch(type)
            ? type.ToLowerInvariant()
            : null;

    /// <summary>Notes what does not fit together; each value was read before.</summary>
    public static void Check(JsonInput body, string? type, string? id, string? country, DateOnly? birth)
    {
        if (DocumentNumbers.CheckCountry(type, country) is { } foreign)
            body.Fail(IdentityData.TaxIdType, foreign);
        if (birth is { } date && DocumentNumbers.CheckBirth(type, id, CalendarDate.Write(date)) is { } contradiction)
            body.Fail(IdentityData.TaxId, contradiction);
        if (type is not null && !body.Has(IdentityData.TaxId))
            body.Fail(IdentityData.TaxId, "is required with taxIdType");
    }
}

/// <summary>The kind of a tax id, read into lower case.</summary>
internal sealed class TaxIdTypeAttribute() : PatternAttribute(TaxIds.TypePattern, TaxIds.TypeRule)
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        (base.Read(body, member, context) as string)?.ToLowerInvariant();
}

/// <summary>A tax id in the form of the kind that stands beside it.</summary>
internal sealed class TaxIdAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        var type = TaxIds.TypeIn(body);
        if (body.String(member, DocumentNumbers.RuleOf(type)) is not { } typed)
            return null;
        var id = DocumentNumbers.Read(type, typed, out var rule);
        if (id is null)
            body.Fail(member, rule);
        return id;
    }

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["minLength"] = 4;
    }
}
