using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NCrontab;
using Serverless.Local.Triggers;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>Functions that the app's clock starts.</summary>
public sealed class TimerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_schedule_follows_the_clock_when_it_is_moved()
    {
        await using var app = await HostedApp.StartAsync();
        await UntilMidnightAsync(app);

        await app.App.Clock.AdvanceAsync(TimeSpan.FromMinutes(170), Cancel);

        Assert.Equal(
            ["hourly at 01:00:00, next 02:00:00, late False", "hourly at 02:00:00, next 03:00:00, late False"],
            app.Notes.Lines.Where(line => line.StartsWith("hourly", StringComparison.Ordinal)).TakeLast(2)
        );
    }

    [Fact]
    public async Task A_run_that_fails_is_repeated_as_its_attribute_says()
    {
        await using var app = await HostedApp.StartAsync();
        await UntilMidnightAsync(app);

        await app.App.Clock.AdvanceAsync(TimeSpan.FromHours(5), Cancel);

        Assert.Equal(
            [
                "nightly at 03:00:00, retry 0 of 3",
                "nightly at 03:00:10, retry 1 of 3",
                "nightly at 03:00:20, retry 2 of 3",
            ],
            app.Notes.Lines.Where(line => line.StartsWith("nightly", StringComparison.Ordinal)).TakeLast(3)
        );
        Assert.Equal(
            ["vain at 04:00:00", "vain at 04:00:10", "vain at 04:00:30", "vain at 04:01:00"],
            app.Notes.Lines.Where(line => line.StartsWith("vain", StringComparison.Ordinal)).TakeLast(4)
        );
    }

    [Fact]
    public async Task A_run_that_begins_late_is_told_so()
    {
        await using var app = await HostedApp.StartAsync();
        var worker = app.App.Host.Worker;
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var listener = new TimerListener(
            worker.Find("Hourly")!,
            CrontabSchedule.Parse("0 * * * *"),
            runOnStartup: false,
            worker,
            new WorkCounter(),
            clock,
            NullLogger.Instance
        );
        await listener.StartAsync(Cancel);

        // As after a laptop's lid was closed.
        clock.Advance(TimeSpan.FromHours(3));

        await Eventually.IsAsync(() =>
            app.Notes.Lines.Any(line => line.EndsWith("late True", StringComparison.Ordinal))
        );
        await listener.StopAsync(Cancel);
    }

    /// <summary>The clock stands from here on, at a second before a midnight, so that times are exact.</summary>
    private static async Task UntilMidnightAsync(HostedApp app)
    {
        var clock = app.App.Clock;
        clock.Stand();
        var now = clock.GetUtcNow();
        await clock.AdvanceAsync(now.UtcDateTime.Date.AddDays(1) - now.UtcDateTime, Cancel);
    }
}
