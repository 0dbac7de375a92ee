using Microsoft.DurableTask;

namespace Serverless.Functions.Waiting;

/// <summary>How often orchestrations try their activities.</summary>
internal static class Retries
{
    /// <summary>
    /// For activities that need the tables or an outside system that comes back: 20 tries over ten hours, the first
    /// ones soon, the last ones an hour apart.
    /// </summary>
    public static TaskOptions OfActivities { get; } =
        TaskOptions.FromRetryPolicy(
            new RetryPolicy(
                maxNumberOfAttempts: 20,
                TimeSpan.FromSeconds(5),
                backoffCoefficient: 2,
                maxRetryInterval: TimeSpan.FromHours(1)
            )
        );
}
