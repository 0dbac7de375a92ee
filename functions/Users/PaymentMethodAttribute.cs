using System.Text.Json.Nodes;
using Serverless.Functions.Http;

namespace Serverless.Functions.Users;

/// <summary>A payment method, read as JSON with only the members that were validated.</summary>
internal sealed class PaymentMethodAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (Required && !body.Has(member))
            body.Fail(member, "is required");
        return body.Object(member) is { } method ? PaymentMethod.Read(method) : null;
    }

    public override void Describe(JsonObject schema, FieldContext context) => PaymentMethod.Describe(schema);
}
