using Serverless.Functions.Events;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>The two kinds of webhook that share the queue: M2M's and the identity API's.</summary>
/// <param name="TimeLimit">Time limit of an attempt.</param>
/// <param name="Delays">From one attempt's failure to the next attempt.</param>
/// <param name="InOrder">True if the webhooks of a person are sent one after the other.</param>
internal sealed record WebhookFamily(TimeSpan TimeLimit, IReadOnlyList<TimeSpan> Delays, bool InOrder)
{
    public static WebhookFamily M2m { get; } = new(WebhookSender.TimeLimit, RetrySchedule.Delays, InOrder: false);

    public static WebhookFamily Identity { get; } =
        new(
            TimeSpan.FromSeconds(10),
            [
                TimeSpan.FromMinutes(1),
                TimeSpan.FromMinutes(5),
                TimeSpan.FromMinutes(30),
                TimeSpan.FromHours(2),
                TimeSpan.FromHours(6),
                TimeSpan.FromHours(24),
            ],
            InOrder: true
        );

    /// <summary>The family of an event.</summary>
    public static WebhookFamily Of(string eventName) => eventName == PartnerEvents.Kyc ? Identity : M2m;

    /// <summary>
    /// How long after the failure of attempt <paramref name="attempt"/> (from 1) the next one is due; null when it was
    /// the last.
    /// </summary>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    /// <param name="jitter">From <see cref="RetrySchedule.JitterAfter"/>.</param>
    public TimeSpan? DelayAfter(int attempt, double jitter) =>
        attempt <= Delays.Count ? Delays[attempt - 1] * (1 + jitter) : null;
}
