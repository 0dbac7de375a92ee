using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Webhooks.Endpoints;
using Serverless.Functions.Webhooks.Sending;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>The circuit breaker of an endpoint, as a value.</summary>
public sealed class CircuitTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_767_225_600);
    private static readonly AttemptOutcome Success = new(200, null, 1, []);
    private static readonly AttemptOutcome Silence = new(null, "nothing came", 1, []);

    [Fact]
    public void The_moves_are_these() =>
        Assert.Equal(
            [
                "Closed AskedToWait Open",
                "Closed FailedTooOften Open",
                "HalfOpen Answered Closed",
                "HalfOpen AskedToWait Open",
                "HalfOpen ProbeFailed Open",
                "HalfOpen ProbeNotMade Open",
                "Open Answered Closed",
                "Open PauseEnded HalfOpen",
            ],
            (
                from state in Enum.GetValues<CircuitState>()
                from happened in Enum.GetValues<CircuitEvent>()
                let after = CircuitTransitions.After(state, happened)
                where after != state
                select $"{state} {happened} {after}"
            ).Order(StringComparer.Ordinal)
        );

    [Theory]
    [InlineData(200, true)]
    [InlineData(302, true)]
    [InlineData(400, true)]
    [InlineData(404, true)]
    [InlineData(410, true)]
    [InlineData(408, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    [InlineData(null, false)]
    public void A_4xx_is_the_answer_of_a_living_endpoint(int? status, bool isAnswer) =>
        Assert.Equal(isAnswer, Circuit.IsAnswer(new AttemptOutcome(status, null, 1, [])));

    [Fact]
    public void Five_failures_in_a_row_open_it_and_one_answer_among_them_does_not()
    {
        var circuit = Fail(Circuit.Fresh, 4, Start);
        circuit = circuit.After(new AttemptOutcome(404, null, 1, []), isProbe: false, circuit.Openings, Start);
        circuit = Fail(circuit, 4, Start);
        Assert.Equal(CircuitState.Closed, circuit.State);
        circuit = Fail(circuit, 1, Start);
        Assert.Equal((CircuitState.Open, Start.AddSeconds(30)), (circuit.State, circuit.Until));
    }

    [Fact]
    public void Each_probe_that_fails_doubles_the_pause_up_to_five_minutes_and_one_that_is_answered_closes_it()
    {
        var circuit = Fail(Circuit.Fresh, 5, Start);
        var pauses = new List<double>();
        for (var probe = 0; probe < 6; probe++)
        {
            var now = circuit.Until;
            Assert.False(circuit.WantsProbe(now.AddTicks(-1)));
            Assert.True(circuit.WantsProbe(now));
            circuit = circuit.ProbeBegun();
            Assert.False(circuit.WantsProbe(now.AddDays(1)));
            circuit = circuit.After(Silence, isProbe: true, circuit.Openings, now);
            pauses.Add((circuit.Until - now).TotalSeconds);
        }
        Assert.Equal([60, 120, 240, 300, 300, 300], pauses);

        circuit = circuit.ProbeBegun();
        circuit = circuit.After(Success, isProbe: true, circuit.Openings, circuit.Until);
        Assert.Equal(CircuitState.Closed, circuit.State);
        var again = Fail(circuit, 5, Start);
        Assert.Equal(Start.AddSeconds(30), again.Until);
    }

    [Fact]
    public void A_probe_that_was_not_made_leaves_its_turn_to_the_next_attempt()
    {
        var circuit = Fail(Circuit.Fresh, 5, Start);
        var now = circuit.Until;
        circuit = circuit.ProbeBegun().ProbeNotMade();
        Assert.True(circuit.WantsProbe(now));
    }

    [Fact]
    public void What_began_before_it_opened_says_nothing()
    {
        var open = Fail(Circuit.Fresh, 5, Start);
        Assert.Equal(open, open.After(Success, isProbe: false, opening: 0, Start));
        Assert.Equal(open, open.After(Silence, isProbe: false, opening: 0, Start));
        Assert.Equal(CircuitState.Closed, open.After(Success, isProbe: false, open.Openings, Start).State);
    }

    [Fact]
    public void A_429_that_says_for_how_long_opens_it_at_once_for_that_long_up_to_fifteen_minutes()
    {
        AttemptOutcome Asking(double minutes) => new(429, null, 1, [], TimeSpan.FromMinutes(minutes));
        var circuit = Circuit.Fresh.After(Asking(4), isProbe: false, 0, Start);
        Assert.Equal((CircuitState.Open, Start.AddMinutes(4)), (circuit.State, circuit.Until));
        Assert.Equal(Start.AddMinutes(4), circuit.After(Asking(1), isProbe: false, 0, Start).Until);
        Assert.Equal(Start.AddMinutes(15), circuit.After(Asking(600), isProbe: false, 0, Start).Until);
        Assert.Equal(
            CircuitState.Closed,
            Circuit
                .Fresh.After(new AttemptOutcome(503, null, 1, [], TimeSpan.FromMinutes(4)), isProbe: false, 0, Start)
                .State
        );
    }

    [Fact]
    public void Whatever_happens_a_pause_ends_within_fifteen_minutes_and_then_exactly_one_probe_is_made() =>
        Prop.ForAll(
                (
                    from step in Gen.Frequency(
                        (1, Gen.Constant(Step.Success)),
                        (1, Gen.Constant(Step.NotMade)),
                        (1, Gen.Constant(Step.AskedToWait)),
                        (7, Gen.Constant(Step.Silence))
                    )
                    from seconds in Gen.Choose(0, 180)
                    select (Step: step, Seconds: seconds)
                )
                    .ArrayOf()
                    .ToArbitrary(),
                steps =>
                {
                    var circuit = Circuit.Fresh;
                    var now = Start;
                    foreach (var (step, seconds) in steps)
                    {
                        var isProbe = circuit.WantsProbe(now);
                        var begun = isProbe ? circuit.ProbeBegun() : circuit;
                        if (isProbe && (begun.State != CircuitState.HalfOpen || begun.WantsProbe(now)))
                            return false;
                        now = now.AddSeconds(seconds);
                        circuit = step switch
                        {
                            Step.Success => begun.After(Success, isProbe, begun.Openings, now),
                            Step.NotMade => isProbe ? begun.ProbeNotMade() : begun,
                            Step.AskedToWait => begun.After(
                                new AttemptOutcome(429, null, 1, [], TimeSpan.FromHours(1)),
                                isProbe,
                                begun.Openings,
                                now
                            ),
                            _ => begun.After(Silence, isProbe, begun.Openings, now),
                        };
                        if (
                            circuit.State == CircuitState.HalfOpen
                            || circuit.Until > now + Circuit.LongestPutOff
                            || circuit.Failures >= Circuit.FailuresToOpen
                        )
                            return false;
                    }
                    return true;
                }
            )
            .QuickCheckThrowOnFailure();

    /// <summary>What may come of an attempt.</summary>
    private enum Step
    {
        Success,
        NotMade,
        AskedToWait,
        Silence,
    }

    private static Circuit Fail(Circuit circuit, int times, DateTimeOffset at)
    {
        for (var i = 0; i < times; i++)
            circuit = circuit.After(Silence, isProbe: false, circuit.Openings, at);
        return circuit;
    }
}
