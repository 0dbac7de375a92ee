using System.Text.Json.Nodes;
using Serverless.Functions.Http;

namespace Serverless.Functions.Users;

/// <summary>The member <c>userData</c>: its fields are those of <see cref="UserField.All"/>.</summary>
internal sealed class UserDataAttribute : FieldAttribute
{
    /// <summary>True if any of the fields are enough; false if a name and a payment method are required.</summary>
    public bool Partial { get; set; }

    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (Required && !body.Has(member))
            body.Fail(member, "is required");
        var data = UserData.Read(body, context.Today, Partial);
        if (data is not null)
            body.Warn(data.Warnings);
        return data;
    }

    public override void Describe(JsonObject schema, FieldContext context) => Describe(schema, parent: null);

    private void Describe(JsonObject schema, string? parent)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var name in UserField.MembersOf(parent))
        {
            var nested = UserField.All.Where(field => parent is null && field.Parent == name).ToList();
            if (nested.Count > 0)
            {
                var inner = new JsonObject { ["description"] = $"The parts of the {name}." };
                Describe(inner, name);
                properties[name] = inner;
            }
            else
            {
                nested = [.. UserField.All.Where(field => field.Parent == parent && field.Name == name)];
                properties[name] = nested[0].InSchema();
            }
            if (!Partial && nested.Exists(field => field.IsRequiredAtCreation))
                required.Add(name);
        }
        schema["type"] = "object";
        schema["properties"] = properties;
        if (required.Count > 0)
            schema["required"] = required;
    }
}
