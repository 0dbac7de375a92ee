namespace Serverless.Functions.Http;

/// <summary>On a function: the record that its body is read into.</summary>
/// <param name="body">A record whose members have a <see cref="FieldAttribute"/>.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AcceptsAttribute(Type body) : Attribute
{
    public Type Body => body;

    /// <summary>True where the body may be left out.</summary>
    public bool Optional { get; set; }
}

/// <summary>On a function: the record that its query is read into.</summary>
/// <param name="query">A record whose members have a <see cref="FieldAttribute"/>.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TakesAttribute(Type query) : Attribute
{
    public Type Query => query;
}

/// <summary>On a function: a success that it answers with.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="data">The record of the answer: under <c>/partner</c> and <c>/operator</c>, of its member <c>data</c>.
/// </param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class AnswersAttribute(int status, Type data) : Attribute
{
    public int Status => status;
    public Type Data => data;

    /// <summary>When it answers so, where there is more than one success.</summary>
    public string? When { get; set; }
}

/// <summary>On a function that answers 200 with a picture, without an envelope.</summary>
/// <param name="meaning">What it shows.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AnswersPictureAttribute(string meaning) : Attribute
{
    public string Meaning => meaning;

    /// <summary>The types that a picture may have.</summary>
    public static IReadOnlyList<string> MediaTypes { get; } = ["image/jpeg", "image/png"];
}

/// <summary>
/// On an operator's function that changes nothing and is an act all the same, to be written into the audit: it shows
/// what is nobody's business without a reason.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AuditedAttribute : Attribute;

/// <summary>
/// On a function: the errors of its own. Those of every function of its API (authentication, an invalid request, rate
/// limits, faults) need not be named.
/// </summary>
/// <param name="status">The HTTP status.</param>
/// <param name="codes">Constants of <see cref="ErrorCodes"/> or <see cref="IdentityErrorCodes"/>.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class RefusesAttribute(int status, params object[] codes) : Attribute
{
    public int Status => status;
    public IReadOnlyList<object> Codes => codes;
}

/// <summary>On a function that takes an <c>Idempotency-Key</c>.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class IdempotentAttribute : Attribute;
