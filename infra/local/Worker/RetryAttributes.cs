namespace Microsoft.Azure.Functions.Worker;

/// <summary>How often a failed invocation is tried again. Only timers support it here and in Azure's host.</summary>
[AttributeUsage(AttributeTargets.Method)]
public abstract class RetryAttribute : Attribute
{
    /// <summary>Retries after the first attempt; -1 is without limit.</summary>
    public int MaxRetryCount { get; set; }
}

/// <summary>The same wait before each retry.</summary>
public sealed class FixedDelayRetryAttribute : RetryAttribute
{
    /// <param name="maxRetryCount">Retries after the first attempt; -1 is without limit.</param>
    /// <param name="delayInterval"><c>hh:mm:ss</c></param>
    public FixedDelayRetryAttribute(int maxRetryCount, string delayInterval)
    {
        MaxRetryCount = maxRetryCount;
        DelayInterval = delayInterval;
    }

    /// <summary><c>hh:mm:ss</c></summary>
    public string DelayInterval { get; }
}

/// <summary>A wait that doubles with each retry, within bounds.</summary>
public sealed class ExponentialBackoffRetryAttribute : RetryAttribute
{
    /// <param name="maxRetryCount">Retries after the first attempt; -1 is without limit.</param>
    /// <param name="minimumInterval"><c>hh:mm:ss</c></param>
    /// <param name="maximumInterval"><c>hh:mm:ss</c></param>
    public ExponentialBackoffRetryAttribute(int maxRetryCount, string minimumInterval, string maximumInterval)
    {
        MaxRetryCount = maxRetryCount;
        MinimumInterval = minimumInterval;
        MaximumInterval = maximumInterval;
    }

    /// <summary><c>hh:mm:ss</c></summary>
    public string MinimumInterval { get; }

    /// <summary><c>hh:mm:ss</c></summary>
    public string MaximumInterval { get; }
}
