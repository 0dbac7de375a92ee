namespace Microsoft.DurableTask;

/// <summary>Attempts (the first one included) and the growing delay between them.</summary>
public class RetryPolicy
{
    private readonly Func<TaskFailureDetails, bool> _handleFailure = _ => true;

    /// <param name="maxRetryInterval">Null: one hour.</param>
    /// <param name="retryTimeout">No further attempt is planned later than this after the first one; null: unlimited.</param>
    public RetryPolicy(
        int maxNumberOfAttempts,
        TimeSpan firstRetryInterval,
        double backoffCoefficient = 1,
        TimeSpan? maxRetryInterval = null,
        TimeSpan? retryTimeout = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxNumberOfAttempts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(firstRetryInterval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(backoffCoefficient, 1);
        MaxNumberOfAttempts = maxNumberOfAttempts;
        FirstRetryInterval = firstRetryInterval;
        BackoffCoefficient = backoffCoefficient;
        MaxRetryInterval = maxRetryInterval ?? TimeSpan.FromHours(1);
        RetryTimeout = retryTimeout ?? Timeout.InfiniteTimeSpan;
        ThrowIfBelowFirst(maxRetryInterval, nameof(maxRetryInterval));
        ThrowIfBelowFirst(retryTimeout, nameof(retryTimeout));

        void ThrowIfBelowFirst(TimeSpan? limit, string name)
        {
            if (limit is { } value && value != Timeout.InfiniteTimeSpan && value < firstRetryInterval)
                throw new ArgumentOutOfRangeException(name, value, $"Must not be below the first retry interval ({firstRetryInterval}).");
        }
    }

    public int MaxNumberOfAttempts { get; }

    public TimeSpan FirstRetryInterval { get; }

    public double BackoffCoefficient { get; }

    public TimeSpan MaxRetryInterval { get; }

    public TimeSpan RetryTimeout { get; }

    /// <summary>False for a failure that is not worth another attempt.</summary>
    public Func<TaskFailureDetails, bool> HandleFailure
    {
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _handleFailure = value;
        }
    }

    internal bool Handles(TaskFailureDetails failure) => _handleFailure(failure);

    /// <summary>How long to wait after the failed attempt <paramref name="attempt"/> (the first is 1).</summary>
    internal TimeSpan DelayAfter(int attempt)
    {
        var ticks = FirstRetryInterval.Ticks * Math.Pow(BackoffCoefficient, attempt - 1);
        var limit = MaxRetryInterval == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : MaxRetryInterval;
        return ticks < limit.Ticks ? TimeSpan.FromTicks((long)ticks) : limit;
    }
}
