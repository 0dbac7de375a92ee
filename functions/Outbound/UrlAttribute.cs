using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Http;

namespace Serverless.Functions.Outbound;

/// <summary>A partner's address, which the app will call or lead people to (<see cref="OutboundUrlRules"/>).</summary>
internal sealed class UrlAttribute : FieldAttribute
{
    /// <summary>What is said where a required one is missing.</summary>
    public string Missing { get; set; } = "is required";

    /// <summary>True where http is refused even where private networks may be called.</summary>
    public bool OnlyHttps { get; set; }

    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (Required && !body.Has(member) && !(MayBeNull && body.IsNull(member)))
            body.Fail(member, Missing);
        return context.Services.GetRequiredService<OutboundUrlRules>().Read(body, member, OnlyHttps);
    }

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["format"] = "uri";
        schema["maxLength"] = OutboundUrlRules.MaxLength;
    }
}
