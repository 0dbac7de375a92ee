using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Http;

namespace Serverless.Functions.Outbound;

/// <summary>An address that the app will call (<see cref="OutboundUrlRules"/>).</summary>
internal sealed class UrlAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        context.Services.GetRequiredService<OutboundUrlRules>().Read(body, member);

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["format"] = "uri";
        schema["maxLength"] = OutboundUrlRules.MaxLength;
    }
}
