using System.Text.Json.Nodes;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>A country's code (<see cref="Countries"/>).</summary>
internal sealed class CountryAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (body.String(member, Countries.Rule, Required) is not { } typed)
            return null;
        if (Countries.IsCountry(typed.Trim()))
            return typed.Trim();
        body.Fail(member, Countries.Rule);
        return null;
    }

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        // One of 250, which are not listed here.
        schema["pattern"] = "^[A-Z]{2}$";
    }
}

/// <summary>A state of the US.</summary>
internal sealed class UsStateAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        var state = body.Text(member, max: 2, required: Required);
        if (state is null || Countries.IsUsState(state))
            return state;
        body.Fail(member, Countries.StateRule);
        return null;
    }

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["enum"] = new JsonArray([
            .. Countries.StatesOfTheUs.Order(StringComparer.Ordinal).Select(state => JsonValue.Create(state)),
        ]);
    }
}
