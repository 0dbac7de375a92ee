namespace Serverless.Functions.RateLimits;

/// <summary>A rate limit: calls of a kind that a partner may make in a window of 60 seconds.</summary>
/// <param name="Name">Row key of the shared counter.</param>
/// <param name="Limit">Calls a window.</param>
internal sealed record RateLimit(string Name, int Limit)
{
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    /// <summary>For every call without its own limit (<see cref="CallLimitAttribute"/>).</summary>
    public static RateLimit Other { get; } = new("other", 1000);

    /// <summary>
    /// Calls that an instance admits between two synchronisations with the shared counter: a tenth of the limit, at
    /// least one. In a window all instances together admit at most <c>Limit + (instances - 1) × Stride</c> calls,
    /// however many come at once, and a call costs at most 2/Stride storage transactions (2 for probes, 0.2 for
    /// creations, 0.02 for others).
    /// </summary>
    public int Stride => Math.Max(1, Limit / 10);
}

/// <summary>The limiter's decision about one call.</summary>
/// <param name="Admitted">False: answer 429.</param>
/// <param name="Limit">Calls a window.</param>
/// <param name="Remaining">Calls left in this window.</param>
/// <param name="ResetAt">When the window ends.</param>
internal readonly record struct RateDecision(bool Admitted, int Limit, int Remaining, DateTimeOffset ResetAt);

/// <summary>What a caller has used of a limit.</summary>
/// <param name="Limit">Which limit.</param>
/// <param name="Used">Calls in the running window.</param>
/// <param name="ResetsAt">When that ends; null where none is running.</param>
internal sealed record RateUse(RateLimit Limit, int Used, DateTimeOffset? ResetsAt);
