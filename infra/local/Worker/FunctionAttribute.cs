namespace Microsoft.Azure.Functions.Worker;

/// <summary>Marks a public method as a function. Names are unique within an app.</summary>
[AttributeUsage(AttributeTargets.Method)]
public class FunctionAttribute(string name) : Attribute
{
    /// <summary>The function's name.</summary>
    public string Name { get; } = name ?? throw new ArgumentNullException(nameof(name));
}
