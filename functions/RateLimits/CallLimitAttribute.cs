namespace Serverless.Functions.RateLimits;

/// <summary>Gives a function under <c>/partner</c> its own rate limit.</summary>
/// <param name="name">Row key of the shared counter.</param>
/// <param name="callsAMinute">Calls of a partner in a window of <see cref="RateLimit.Window"/>.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CallLimitAttribute(string name, int callsAMinute) : Attribute
{
    public RateLimit Limit { get; } = new(name, callsAMinute);
}
