using Serverless.Local.Time;
using Xunit;

namespace Serverless.Tests.Crashes;

/// <summary>What the journal hears of an advance of the clock.</summary>
public sealed class ClockStepTests
{
    [Fact]
    public async Task What_falls_due_in_an_advance_lies_in_the_past_after_a_crash_right_then()
    {
        using var clock = new LocalClock();
        var journaled = TimeSpan.Zero;
        clock.Moved += offset => journaled = offset;
        var restored = new List<(DateTimeOffset Clock, DateTimeOffset Due)>();
        foreach (var minutes in new[] { 10, 40 })
        {
            var due = clock.GetUtcNow().AddMinutes(minutes);
            clock.CreateTimer(
                _ => restored.Add((DateTimeOffset.UtcNow + journaled, due)),
                null,
                TimeSpan.FromMinutes(minutes),
                Timeout.InfiniteTimeSpan
            );
        }

        await clock.AdvanceAsync(TimeSpan.FromHours(1), TestContext.Current.CancellationToken);

        Assert.Equal(2, restored.Count);
        Assert.All(restored, moment => Assert.InRange(moment.Clock, moment.Due, moment.Due.AddMinutes(1)));
    }
}
