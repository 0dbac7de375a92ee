using System.Text.Json.Nodes;
using Serverless.Functions.Http;
using Serverless.Functions.Typed;

namespace Serverless.Functions.KycSharing;

/// <summary>A verification and screening that the partner has run itself.</summary>
internal sealed record RelyOnPartnerRequest : CustomerSubmission
{
    /// <summary>
    /// When you have screened the person, as YYYY-MM-DD; not in the future. A screening of more than 90 days ago
    /// verifies nobody by itself: we review the person.
    /// </summary>
    /// <example>2026-11-01</example>
    [ScreeningDate(Required = true)]
    public DateOnly ScreeningDate { get; init; }

    /// <summary>
    /// Whether a sanctions list names the person. If so, the account is blocked, and we review it.
    /// </summary>
    /// <example>false</example>
    [Flag(Required = true)]
    public bool ScreeningSanctionsResult { get; init; }

    /// <summary>Whether the person is politically exposed. If so, we review the person.</summary>
    /// <example>false</example>
    [Flag(Required = true)]
    public bool ScreeningPepResult { get; init; }
}

/// <summary>When a partner has screened somebody.</summary>
internal sealed class ScreeningDateAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (body.Date(member, Required) is not { } date)
            return null;
        // One day more than today, because of the partner's time zone.
        if (date <= context.Today.AddDays(1))
            return date;
        body.Fail(member, "must not be in the future");
        return null;
    }

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["format"] = "date";
    }
}
