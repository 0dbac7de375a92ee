using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;

namespace Serverless.Functions.Http;

/// <summary>A text that people write, of so many characters as people count them.</summary>
internal sealed class TextAttribute(int min, int max) : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        body.Text(member, min, max, Required);

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        if (min > 0)
            schema["minLength"] = min;
        schema["maxLength"] = max;
    }
}

/// <summary>A string of a form.</summary>
/// <param name="pattern">The form.</param>
/// <param name="rule">The same in words, for errors.</param>
internal abstract class PatternAttribute(Regex pattern, string rule) : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        body.Matching(member, pattern, rule, Required);

    public override object? Read(QueryInput query, string name, FieldContext context) =>
        query.Matching(name, pattern, rule);

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["pattern"] = InSchemas(pattern);
    }

    /// <summary>The pattern as JSON Schema has it (ECMA-262), which knows no <c>\z</c>.</summary>
    internal static string InSchemas(Regex pattern) => pattern.ToString().Replace(@"\z", "$", StringComparison.Ordinal);
}

/// <summary>The partner's own id of a person.</summary>
internal sealed class ReferenceIdAttribute() : PatternAttribute(ReferenceId.Pattern, ReferenceId.Rule)
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        base.Read(body, member, context) is string text ? ReferenceId.FromStorage(text) : null;

    public override object? Read(QueryInput query, string name, FieldContext context) =>
        base.Read(query, name, context) is string text ? ReferenceId.FromStorage(text) : null;
}

/// <summary>A partner's id.</summary>
internal sealed class PartnerIdAttribute() : PatternAttribute(PartnerId.Pattern, PartnerId.Rule)
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        base.Read(body, member, context) is string text ? PartnerId.FromStorage(text) : null;

    public override object? Read(QueryInput query, string name, FieldContext context) =>
        base.Read(query, name, context) is string text ? PartnerId.FromStorage(text) : null;
}

/// <summary>A link's id; that there is such a link is not checked.</summary>
internal sealed class LinkIdAttribute() : PatternAttribute(LinkId.Pattern, LinkId.Rule);

/// <summary>The id of a replay of many deliveries; that there is such a replay is not checked.</summary>
internal sealed class ReplayIdAttribute() : PatternAttribute(ReplayId.Pattern, ReplayId.Rule);

/// <summary>Where the page of a list begins, from the answer before.</summary>
internal sealed class CursorAttribute() : PatternAttribute(Cursor.Pattern, Cursor.Rule);

/// <summary>One of a closed set of words.</summary>
internal class OneOfAttribute(params string[] values) : FieldAttribute
{
    /// <summary>The words.</summary>
    protected virtual IReadOnlyCollection<string> Values(FieldContext context) => values;

    public override object? Read(JsonInput body, string member, FieldContext context) =>
        body.OneOf(member, Values(context), Required);

    public override object? Read(QueryInput query, string name, FieldContext context) =>
        query.OneOf(name, Values(context));

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["enum"] = new JsonArray([.. Values(context).Select(value => JsonValue.Create(value))]);
    }
}

/// <summary>One of an enum's values, as answers write them.</summary>
internal sealed class OneOfAttribute<T> : OneOfAttribute
    where T : struct, Enum
{
    private static readonly Dictionary<string, T> Words = Enum.GetValues<T>()
        .ToDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

    protected override IReadOnlyCollection<string> Values(FieldContext context) => Words.Keys;

    public override object? Read(JsonInput body, string member, FieldContext context) =>
        base.Read(body, member, context) is string word ? Words[word] : null;

    public override object? Read(QueryInput query, string name, FieldContext context) =>
        base.Read(query, name, context) is string word ? Words[word] : null;
}

/// <summary>An array out of a closed set of words.</summary>
internal abstract class SetOfAttribute(IReadOnlyCollection<string> values) : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context) => body.SetOf(member, values);

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "array";
        schema["maxItems"] = values.Count;
        schema["items"] = new JsonObject
        {
            ["type"] = "string",
            ["enum"] = new JsonArray([.. values.Select(value => JsonValue.Create(value))]),
        };
    }
}

/// <summary>A whole number in a range.</summary>
internal sealed class WholeNumberAttribute(int min, int max) : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context) => body.Integer(member, min, max);

    public override object? Read(QueryInput query, string name, FieldContext context) => query.Integer(name, min, max);

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "integer";
        schema["minimum"] = min;
        schema["maximum"] = max;
    }
}

/// <summary>An amount of money: a number with at most two decimals, in a range.</summary>
internal sealed class MoneyAttribute(int min, int max) : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        body.Amount(member, min, max, Required);

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "number";
        schema["minimum"] = min;
        schema["maximum"] = max;
        schema["multipleOf"] = 0.01m;
    }
}

/// <summary>true or false.</summary>
internal sealed class FlagAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (Required && !body.Has(member))
            body.Fail(member, "is required");
        return body.Boolean(member);
    }

    public override void Describe(JsonObject schema, FieldContext context) => schema["type"] = "boolean";
}

/// <summary>A moment in time (ISO 8601), or a date: its first moment in UTC.</summary>
internal class MomentAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (body.String(member, Timestamps.Rule, Required) is not { } text)
            return null;
        if (TryParse(text, out var at))
            return at;
        body.Fail(member, Timestamps.Rule);
        return null;
    }

    public override object? Read(QueryInput query, string name, FieldContext context)
    {
        if (query.Find(name) is not { } text)
            return null;
        if (TryParse(text, out var at))
            return at;
        query.Fail(name, Timestamps.Rule, text);
        return null;
    }

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["anyOf"] = new JsonArray(
            new JsonObject { ["format"] = "date-time" },
            new JsonObject { ["format"] = "date" }
        );
    }

    protected virtual bool TryParse(string text, out DateTimeOffset at) => Timestamps.TryParse(text, out at);
}

/// <summary>The end of a range: a moment in time (ISO 8601), or a date: all of it.</summary>
internal sealed class LastMomentAttribute : MomentAttribute
{
    protected override bool TryParse(string text, out DateTimeOffset at) => Timestamps.TryParseEnd(text, out at);
}

/// <summary>An object, whose record is read by the same rules.</summary>
internal sealed class NestedAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (Required && !body.Has(member))
            body.Fail(member, "is required");
        // The property's type says which record: see RequestReader.
        return body.Object(member);
    }

    public override void Describe(JsonObject schema, FieldContext context) => schema["type"] = "object";
}

/// <summary>An array of objects, whose record is read by the same rules.</summary>
internal sealed class NestedListAttribute(int min, int max) : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        // The property's type says which record: see RequestReader.
        body.Has(member) || Required
            ? body.Objects(member, min, max)
            : null;

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "array";
        schema["minItems"] = min;
        schema["maxItems"] = max;
    }
}
