using Serverless.Functions.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Identities;

/// <summary>The reference of a person that is looked up.</summary>
internal sealed class IdentityReferenceAttribute() : PatternAttribute(IdentityReference.Known, IdentityReference.Rule)
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        base.Read(body, member, context) is string text ? ReferenceId.FromStorage(text) : null;
}

/// <summary>The reference of a new person.</summary>
internal sealed class NewIdentityReferenceAttribute()
    : PatternAttribute(IdentityReference.Pattern, IdentityReference.NewRule)
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        base.Read(body, member, context) is string text ? ReferenceId.FromStorage(text) : null;
}
