using System.Text.Json.Nodes;

namespace Serverless.Functions.Http;

/// <summary>
/// On a member of a request: how it is read and, from the same rule, how the API document describes it.
/// </summary>
/// <remarks>
/// Its JSON name is the property's in camel case. Where a request does not have the member, or has it wrong (which is
/// then noted), the property keeps the value that a new record has.
/// </remarks>
[AttributeUsage(AttributeTargets.Property)]
internal abstract class FieldAttribute : Attribute
{
    /// <summary>True where a request without the member is refused.</summary>
    public bool Required { get; set; }

    /// <summary>
    /// True where null is a value of its own, which the request asks the body for (<see cref="JsonInput.IsNull"/>).
    /// </summary>
    public bool MayBeNull { get; set; }

    /// <summary>Reads the member of a body; null where it is absent or, after this was noted, wrong.</summary>
    public abstract object? Read(JsonInput body, string member, FieldContext context);

    /// <summary>Reads a query parameter; null where it is absent or, after this was noted, wrong.</summary>
    /// <exception cref="NotSupportedException">This kind of member is for bodies only.</exception>
    public virtual object? Read(QueryInput query, string name, FieldContext context) =>
        throw new NotSupportedException($"{GetType().Name} reads no query parameter.");

    /// <summary>Adds the rule to the member's JSON Schema (draft 2020-12).</summary>
    public abstract void Describe(JsonObject schema, FieldContext context);
}

/// <summary>What a rule may depend on beside the value.</summary>
/// <param name="Services">The app's services.</param>
/// <param name="Today">The date in UTC, for rules about ages.</param>
internal sealed record FieldContext(IServiceProvider Services, DateOnly Today)
{
    /// <summary>The stored country of the person whom the request is about; null where it is unknown.</summary>
    public string? Country { get; init; }
}

/// <summary>A request with rules about more than one member.</summary>
internal interface ICheckedBody
{
    /// <summary>Notes what is wrong with the members together; called after each one was read.</summary>
    void Check(JsonInput body);
}

/// <summary>A query with rules about more than one parameter.</summary>
internal interface ICheckedQuery
{
    /// <summary>Notes what is wrong with the parameters together; called after each one was read.</summary>
    void Check(QueryInput query);
}
