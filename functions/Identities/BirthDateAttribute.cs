using System.Text.Json.Nodes;
using Serverless.Functions.Http;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Identities;

/// <summary>The date of birth of somebody who may live.</summary>
internal sealed class BirthDateAttribute : FieldAttribute
{
    private const int OldestAge = 130;

    public override object? Read(JsonInput body, string member, FieldContext context) =>
        CalendarDate.Read(
            body.Birth(
                member,
                date =>
                {
                    if (date >= context.Today)
                        return "must be in the past";
                    return date <= context.Today.AddYears(-OldestAge)
                        ? $"must be less than {OldestAge} years ago"
                        : null;
                },
                Required
            )
        );

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["format"] = "date";
    }
}
