using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>State of an endpoint's circuit breaker.</summary>
internal enum CircuitState
{
    /// <summary>Attempts are made.</summary>
    Closed,

    /// <summary>No attempts until a pause is over.</summary>
    Open,

    /// <summary>The pause is over and one attempt, the probe, finds out.</summary>
    HalfOpen,
}

/// <summary>What happens to a circuit.</summary>
internal enum CircuitEvent
{
    /// <summary>A working endpoint answered, whether it accepted the event or refused it.</summary>
    Answered,

    /// <summary>The last of the consecutive failures that open the circuit.</summary>
    FailedTooOften,

    /// <summary>The endpoint answered 429 with a delay.</summary>
    AskedToWait,

    /// <summary>The pause is over and an attempt is due: it becomes the probe.</summary>
    PauseEnded,

    /// <summary>The probe failed.</summary>
    ProbeFailed,

    /// <summary>The probe was not made.</summary>
    ProbeNotMade,
}

/// <summary>The transitions of a circuit. An event that the table does not name changes nothing.</summary>
internal static class CircuitTransitions
{
    private static readonly Dictionary<(CircuitState From, CircuitEvent Event), CircuitState> Moves = new()
    {
        [(CircuitState.Closed, CircuitEvent.FailedTooOften)] = CircuitState.Open,
        [(CircuitState.Closed, CircuitEvent.AskedToWait)] = CircuitState.Open,
        [(CircuitState.Open, CircuitEvent.PauseEnded)] = CircuitState.HalfOpen,
        [(CircuitState.Open, CircuitEvent.Answered)] = CircuitState.Closed,
        [(CircuitState.HalfOpen, CircuitEvent.Answered)] = CircuitState.Closed,
        [(CircuitState.HalfOpen, CircuitEvent.AskedToWait)] = CircuitState.Open,
        [(CircuitState.HalfOpen, CircuitEvent.ProbeFailed)] = CircuitState.Open,
        [(CircuitState.HalfOpen, CircuitEvent.ProbeNotMade)] = CircuitState.Open,
    };

    public static CircuitState After(CircuitState state, CircuitEvent happened) =>
        Moves.GetValueOrDefault((state, happened), state);
}

/// <summary>The circuit breaker of one endpoint, as an immutable value.</summary>
internal sealed record Circuit
{
    /// <summary>Consecutive failures that open it.</summary>
    public const int FailuresToOpen = 5;

    /// <summary>From opening to the first probe; doubles with each probe that fails.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);

    /// <summary>The longest pause between probes.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>
    /// An open circuit delays an attempt by at most this in all; then it is made. No endpoint can ask for a longer
    /// pause.
    /// </summary>
    public static readonly TimeSpan LongestPutOff = TimeSpan.FromMinutes(15);

    /// <summary>A circuit without any failure.</summary>
    public static Circuit Fresh { get; } = new();

    public CircuitState State { get; private init; }

    /// <summary>Consecutive failures while it is closed.</summary>
    public int Failures { get; private init; }

    /// <summary>How often it has opened. An attempt that began before the last opening does not count.</summary>
    public int Openings { get; private init; }

    /// <summary>The current pause, or the next one.</summary>
    public TimeSpan Pause { get; private init; } = FirstPause;

    /// <summary>When the pause is over, while it is open.</summary>
    public DateTimeOffset Until { get; private init; }

    /// <summary>Whether the next attempt would be the probe.</summary>
    /// <param name="now">The current time.</param>
    public bool WantsProbe(DateTimeOffset now) => State == CircuitState.Open && now >= Until;

    /// <summary>Starts the probe.</summary>
    public Circuit ProbeBegun() => To(CircuitEvent.PauseEnded);

    /// <summary>The probe was not made: the next attempt may be the probe.</summary>
    public Circuit ProbeNotMade() => To(CircuitEvent.ProbeNotMade);

    /// <summary>The circuit after an attempt.</summary>
    /// <param name="outcome">Its outcome.</param>
    /// <param name="isProbe">True if it was the probe.</param>
    /// <param name="opening"><see cref="Openings"/> when it began.</param>
    /// <param name="now">When it ended.</param>
    public Circuit After(AttemptOutcome outcome, bool isProbe, int opening, DateTimeOffset now)
    {
        // The longest requested pause counts, whenever the attempt began.
        if (outcome is { Status: 429, RetryAfter: { } asked })
        {
            var until = now + (asked < LongestPutOff ? asked : LongestPutOff);
            return To(CircuitEvent.AskedToWait) with { Until = until > Until ? until : Until };
        }
        // The circuit has opened since this attempt began.
        if (opening != Openings)
            return this;
        if (IsAnswer(outcome))
            return To(CircuitEvent.Answered) with { Failures = 0, Pause = FirstPause };
        if (isProbe)
        {
            var pause = Pause * 2 < LongestPause ? Pause * 2 : LongestPause;
            return To(CircuitEvent.ProbeFailed) with { Pause = pause, Until = now + pause };
        }
        if (State != CircuitState.Closed)
            return this;
        if (Failures + 1 < FailuresToOpen)
            return this with { Failures = Failures + 1 };
        return To(CircuitEvent.FailedTooOften) with { Until = now + Pause };
    }

    /// <summary>
    /// Whether an answer shows that the endpoint works. With a 3xx or 4xx it refuses this event but may accept the
    /// next; 408, 429, 5xx and no answer mean that it is overloaded or down.
    /// </summary>
    public static bool IsAnswer(AttemptOutcome outcome) => outcome.Status is < 500 and not (408 or 429);

    private Circuit To(CircuitEvent happened)
    {
        var state = CircuitTransitions.After(State, happened);
        if (state == State)
            return this;
        var openings = state == CircuitState.Open ? Openings + 1 : Openings;
        return this with { State = state, Failures = 0, Openings = openings };
    }
}
