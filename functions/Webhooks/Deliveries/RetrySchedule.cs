using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// Times of the attempts: at once, then 1 min, 5 min, 30 min and 2 h after the previous failure, each with up to 10 %
/// jitter, so that failed deliveries spread out: /docs/webhooks#retries.
/// </summary>
internal static class RetrySchedule
{
    /// <summary>Attempts in all.</summary>
    public const int Attempts = 5;

    /// <summary>Attempts that fit before a deadline, however near it is.</summary>
    public const int AttemptsBeforeDeadline = 3;

    /// <summary>The largest jitter, as a part of the delay.</summary>
    public const double MaxJitter = 0.1;

    /// <summary>From one attempt's failure to the next attempt.</summary>
    public static readonly TimeSpan[] Delays =
    [
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
    ];

    /// <summary>
    /// The jitter of the retry after an attempt, from 0 to <see cref="MaxJitter"/>: derived from the delivery and
    /// attempt, so that a repeated message gets the same delay.
    /// </summary>
    /// <param name="deliveryId">The delivery's <c>webhook-id</c>.</param>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    public static double JitterAfter(string deliveryId, int attempt)
    {
        var hash = SHA256.HashData(
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{deliveryId}:{attempt}"))
        );
        return MaxJitter * BinaryPrimitives.ReadUInt32BigEndian(hash) / uint.MaxValue;
    }

    /// <summary>
    /// How long after the failure of attempt <paramref name="attempt"/> (from 1) the next one is due; null when it was
    /// the last.
    /// </summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="jitter">From <see cref="JitterAfter"/>.</param>
    public static TimeSpan? DelayAfter(int attempt, double jitter = 0) =>
        attempt < Attempts ? Delays[attempt - 1] * (1 + jitter) : null;

    /// <summary>
    /// The delay for an event with a deadline: the schedule's if the required attempts fit before it, else a
    /// proportional part of the remaining time, so that each attempt still has its time limit. Null if no further
    /// attempt fits.
    /// </summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="left">From now to the deadline.</param>
    /// <param name="jitter">From <see cref="JitterAfter"/>.</param>
    public static TimeSpan? DelayAfter(int attempt, TimeSpan left, double jitter = 0)
    {
        if (DelayAfter(attempt, jitter) is not { } usual || left <= TimeSpan.Zero)
            return null;
        var needed = AttemptsBeforeDeadline - attempt;
        if (needed <= 0)
            return usual < left ? usual : null;
        // The later jitters depend on later attempts, so the largest is assumed.
        var span =
            usual
            + (
                TimeSpan.FromTicks(Delays[attempt..(AttemptsBeforeDeadline - 1)].Sum(delay => delay.Ticks))
                * (1 + MaxJitter)
            );
        var room = Min(WebhookSender.TimeLimit, left / (2 * needed));
        var available = left - (room * needed);
        return span <= available ? usual : available * (usual / span);
    }

    /// <summary>
    /// The delay after an answer with <c>Retry-After</c>: the longer of the two; null if that reaches the deadline.
    /// </summary>
    /// <param name="scheduled">The schedule's delay.</param>
    /// <param name="retryAfter">The receiver's delay.</param>
    /// <param name="left">From now to the deadline, if there is one.</param>
    public static TimeSpan? Respecting(TimeSpan? scheduled, TimeSpan? retryAfter, TimeSpan? left = null)
    {
        if (scheduled is not { } usual || retryAfter is not { } asked || asked <= usual)
            return scheduled;
        return asked < left || left is null ? asked : null;
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
