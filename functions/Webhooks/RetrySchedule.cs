namespace Serverless.Functions.Webhooks;

/// <summary>When a delivery is tried: at once, then 1 min, 5 min, 30 min and 2 h after the failure before (contract m2m, section 7).</summary>
internal static class RetrySchedule
{
    /// <summary>Attempts in all.</summary>
    public const int Attempts = 5;

    /// <summary>Attempts that fit before a deadline, however near it is.</summary>
    public const int AttemptsBeforeDeadline = 3;

    private static readonly TimeSpan[] Delays = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2)];

    /// <summary>How long after the failure of attempt <paramref name="attempt"/> (from 1) the next one is due; null when it was the last.</summary>
    public static TimeSpan? DelayAfter(int attempt) => attempt < Attempts ? Delays[attempt - 1] : null;

    /// <summary>
    /// The delay for an event that nobody needs after a deadline: the schedule's where the attempts that must fit do fit, and a proportional part of the time that is left where they do
    /// not, so that each attempt still has its time limit. Null where no further attempt fits.
    /// </summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="left">From now to the deadline.</param>
    public static TimeSpan? DelayAfter(int attempt, TimeSpan left)
    {
        if (DelayAfter(attempt) is not { } usual || left <= TimeSpan.Zero)
            return null;
        var needed = AttemptsBeforeDeadline - attempt;
        if (needed <= 0)
            return usual < left ? usual : null;
        var span = TimeSpan.FromTicks(Delays[(attempt - 1)..(AttemptsBeforeDeadline - 1)].Sum(delay => delay.Ticks));
        var room = Min(WebhookSender.TimeLimit, left / (2 * needed));
        var available = left - (room * needed);
        return span <= available ? usual : available * (usual / span);
    }

    /// <summary>The delay after an answer with <c>Retry-After</c>: the longer of the two, but no attempt at or after a deadline.</summary>
    /// <param name="scheduled">What the schedule says.</param>
    /// <param name="retryAfter">What the receiver asked for.</param>
    /// <param name="left">From now to the deadline, where there is one.</param>
    public static TimeSpan? Respecting(TimeSpan? scheduled, TimeSpan? retryAfter, TimeSpan? left = null)
    {
        if (scheduled is not { } usual || retryAfter is not { } asked || asked <= usual)
            return scheduled;
        return asked < left || left is null ? asked : null;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
