using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Starts a function on a schedule.</summary>
/// <param name="schedule">NCRONTAB with six fields (second first), or <c>%setting%</c>. Times are UTC.</param>
public sealed class TimerTriggerAttribute(string schedule) : TriggerBindingAttribute
{
    /// <summary>The schedule as written.</summary>
    public string Schedule { get; } = schedule;

    /// <summary>Whether the real host remembers the schedule over restarts; without effect here.</summary>
    public bool UseMonitor { get; set; } = true;

    /// <summary>Also run when the app starts.</summary>
    public bool RunOnStartup { get; set; }
}

/// <summary>The run that a timer started.</summary>
public class TimerInfo
{
    /// <summary>Last and next run.</summary>
    public ScheduleStatus? ScheduleStatus { get; set; }

    /// <summary>Whether the run is late.</summary>
    public bool IsPastDue { get; set; }
}

/// <summary>Last and next run of a timer, UTC.</summary>
public class ScheduleStatus
{
    /// <summary>The last run; the default before the first.</summary>
    public DateTime Last { get; set; }

    /// <summary>The next run.</summary>
    public DateTime Next { get; set; }

    /// <summary>When this was last written.</summary>
    public DateTime LastUpdated { get; set; }
}
