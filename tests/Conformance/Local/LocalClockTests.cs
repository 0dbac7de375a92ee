using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance.Local;

/// <summary>What tests ask of the clock.</summary>
public sealed class LocalClockTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clock_that_stands_moves_when_it_is_moved_and_by_exactly_that()
    {
        using var clock = new LocalClock();
        clock.Stand();
        var start = clock.GetUtcNow();
        var soon = Task.Delay(TimeSpan.FromMilliseconds(1), clock, Cancel);
        await Task.Delay(TimeSpan.FromMilliseconds(30), Cancel);
        Assert.Equal(start, clock.GetUtcNow());
        Assert.False(soon.IsCompleted);
        await clock.AdvanceAsync(TimeSpan.FromHours(1), Cancel);
        Assert.Equal(start.AddHours(1), clock.GetUtcNow());
        await soon;
    }

    [Fact]
    public async Task Work_that_is_excused_is_not_waited_for_until_its_moment_has_come()
    {
        using var clock = new LocalClock();
        clock.Stand();
        var work = 2;
        clock.AddWorkProbe(() => work);
        using var one = clock.Excuse(clock.GetUtcNow().AddSeconds(30));
        Assert.True(clock.IsBusy);
        var another = clock.Excuse(clock.GetUtcNow().AddSeconds(60));
        Assert.False(clock.IsBusy);
        await clock.AdvanceAsync(TimeSpan.FromSeconds(29), Cancel);
        Assert.False(clock.IsBusy);
        await clock.AdvanceAsync(TimeSpan.FromSeconds(1), Cancel);
        Assert.True(clock.IsBusy);
        work = 1;
        Assert.False(clock.IsBusy);
        another.Dispose();
        Assert.True(clock.IsBusy);
    }

    [Fact]
    public void Work_that_is_not_counted_cannot_be_excused()
    {
        using var clock = new LocalClock();
        clock.AddBusyProbe(() => true);
        using var excuse = clock.Excuse(clock.GetUtcNow().AddHours(1));
        Assert.True(clock.IsBusy);
    }
}
