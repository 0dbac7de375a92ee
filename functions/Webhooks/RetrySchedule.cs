namespace Serverless.Functions.Webhooks;

/// <summary>When a delivery is tried: at once, then 1 min, 5 min, 30 min and 2 h after the failure before (contract m2m, section 7).</summary>
internal static class RetrySchedule
{
    private static readonly TimeSpan[] Delays = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2)];

    /// <summary>Attempts in all.</summary>
    public const int Attempts = 5;

    /// <summary>How long after the failure of attempt <paramref name="attempt"/> (from 1) the next one is due; null when it was the last.</summary>
    public static TimeSpan? DelayAfter(int attempt) => attempt < Attempts ? Delays[attempt - 1] : null;
}
