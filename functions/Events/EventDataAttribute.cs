namespace Serverless.Functions.Events;

/// <summary>On a record: it is the member <c>data</c> of this webhook event.</summary>
/// <param name="name">One of <see cref="PartnerEvents"/>.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
internal sealed class EventDataAttribute(string name) : Attribute
{
    public string Name => name;
}
