using System.Globalization;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.HostApp;

/// <summary>Functions that the clock starts.</summary>
public sealed class TimedFunctions(Notes notes, TimeProvider clock)
{
    [Function("Hourly")]
    public void Hourly([TimerTrigger("%HourlySchedule%")] TimerInfo timer)
    {
        var next = timer.ScheduleStatus?.Next.ToString("HH:mm:ss", CultureInfo.InvariantCulture);
        notes.Add($"hourly at {Time()}, next {next}, late {timer.IsPastDue}");
    }

    /// <summary>At three in the morning; the first two runs fail.</summary>
    [Function("Nightly")]
    [FixedDelayRetry(3, "00:00:10")]
    public void Nightly([TimerTrigger("0 0 3 * * *")] TimerInfo timer, FunctionContext context)
    {
        _ = timer;
        var retry = context.RetryContext?.RetryCount ?? 0;
        notes.Add($"nightly at {Time()}, retry {retry} of {context.RetryContext?.MaxRetryCount}");
        if (retry < 2)
            throw new InvalidOperationException($"run {retry} fails");
    }

    /// <summary>At four in the morning; each time in vain.</summary>
    [Function("Vain")]
    [ExponentialBackoffRetry(3, "00:00:10", "00:00:30")]
    public void Vain([TimerTrigger("0 0 4 * * *")] TimerInfo timer)
    {
        _ = timer;
        notes.Add($"vain at {Time()}");
        throw new InvalidOperationException("in vain");
    }

    private string Time() => clock.GetUtcNow().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
}
