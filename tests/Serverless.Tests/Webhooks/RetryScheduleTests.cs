using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Webhooks.Deliveries;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>The laws of the schedule before a deadline.</summary>
public sealed class RetryScheduleTests
{
    private static readonly Arbitrary<double> Jitters = Gen.Choose(0, 1000)
        .Select(part => part / 1000.0 * RetrySchedule.MaxJitter)
        .ToArbitrary();
    private static readonly TimeSpan Far = TimeSpan.FromHours(4);

    [Fact]
    public void Three_to_five_attempts_are_made_and_each_strictly_before_the_deadline() =>
        Prop.ForAll(
                Gen.Choose(1, 700_000_000).Select(ms => TimeSpan.FromMilliseconds(ms)).ToArbitrary(),
                Jitters,
                (deadline, jitter) =>
                {
                    var attempts = AttemptsBefore(deadline, each: TimeSpan.Zero, jitter);
                    return attempts.Count is >= 3 and <= 5 && attempts.TrueForAll(at => at < deadline);
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Three_attempts_fit_even_where_each_runs_into_its_time_limit() =>
        Prop.ForAll(
                Gen.Choose(120, 700_000).Select(seconds => TimeSpan.FromSeconds(seconds)).ToArbitrary(),
                Gen.Choose(0, 30).Select(seconds => TimeSpan.FromSeconds(seconds)).ToArbitrary(),
                Jitters,
                (deadline, each, jitter) =>
                {
                    var attempts = AttemptsBefore(deadline, each, jitter);
                    return attempts.Count is >= 3 and <= 5 && attempts.TrueForAll(at => at < deadline);
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_far_deadline_changes_nothing() =>
        Prop.ForAll(
                Gen.Choose(0, 700_000).Select(seconds => Far + TimeSpan.FromSeconds(seconds)).ToArbitrary(),
                Gen.Choose(1, 10).ToArbitrary(),
                Jitters,
                (left, attempt, jitter) =>
                    RetrySchedule.DelayAfter(attempt, left, jitter) == RetrySchedule.DelayAfter(attempt, jitter)
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Delays_before_a_deadline_are_never_longer_than_the_schedule_s() =>
        Prop.ForAll(
                Gen.Choose(-1000, 700_000_000).Select(ms => TimeSpan.FromMilliseconds(ms)).ToArbitrary(),
                Gen.Choose(1, 10).ToArbitrary(),
                (left, attempt) =>
                    RetrySchedule.DelayAfter(attempt, left) is not { } delay
                    || (delay > TimeSpan.Zero && delay < left && delay <= RetrySchedule.DelayAfter(attempt))
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Jitter_is_a_tenth_at_most_the_same_for_the_same_attempt_and_spread_over_many() =>
        Prop.ForAll(
                Gen.Choose(0, int.MaxValue).Select(number => $"evt_{number}").ToArbitrary(),
                Gen.Choose(1, 5).ToArbitrary(),
                (id, attempt) =>
                {
                    var jitter = RetrySchedule.JitterAfter(id, attempt);
                    var others = Enumerable
                        .Range(0, 200)
                        .Select(other => RetrySchedule.JitterAfter($"{id}{other}", attempt))
                        .ToList();
                    return jitter is >= 0 and <= RetrySchedule.MaxJitter
                        && jitter == RetrySchedule.JitterAfter(id, attempt)
                        && others.Min() < RetrySchedule.MaxJitter / 4
                        && others.Max() > RetrySchedule.MaxJitter * 3 / 4;
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Retry_After_lengthens_a_delay_and_never_shortens_it_nor_revives_a_delivery()
    {
        var minute = TimeSpan.FromMinutes(1);
        Assert.Equal(minute * 2, RetrySchedule.Respecting(minute, minute * 2));
        Assert.Equal(minute * 2, RetrySchedule.Respecting(minute * 2, minute));
        Assert.Equal(minute, RetrySchedule.Respecting(minute, null));
        Assert.Null(RetrySchedule.Respecting(null, minute));
        Assert.Null(RetrySchedule.Respecting(minute, minute * 5, left: minute * 5));
        Assert.Equal(minute * 4, RetrySchedule.Respecting(minute, minute * 4, left: minute * 5));
    }

    /// <summary>When each attempt begins where all fail.</summary>
    private static List<TimeSpan> AttemptsBefore(TimeSpan deadline, TimeSpan each, double jitter)
    {
        var begins = new List<TimeSpan> { TimeSpan.Zero };
        while (
            begins[^1] + each is var failed
            && RetrySchedule.DelayAfter(begins.Count, deadline - failed, jitter) is { } delay
        )
            begins.Add(failed + delay);
        return begins;
    }
}

internal static class Schedule
{
    /// <summary>The attempts of one delivery came when the schedule and their jitter say.</summary>
    public static void AssertFollowed(IReadOnlyList<Webhook> received)
    {
        Assert.Equal(RetrySchedule.Attempts, received.Count);
        for (var attempt = 1; attempt < received.Count; attempt++)
        {
            var expected = RetrySchedule
                .DelayAfter(attempt, RetrySchedule.JitterAfter(received[0].Headers["webhook-id"], attempt))!
                .Value;
            Assert.InRange((received[attempt].At - received[attempt - 1].At - expected).TotalSeconds, -1, 5);
        }
    }
}
