namespace Serverless.Local.Durable;

/// <summary>
/// The one thread on which an orchestrator's code may run during a turn. Code that comes back from elsewhere (an awaited HTTP call, <c>Task.Delay</c>,
/// <c>Task.Run</c>) could never be replayed, so it is caught here, in the turn or long after it.
/// </summary>
/// <param name="onLateViolation">Called at most once, from any thread, for what is seen after the turn.</param>
internal sealed class OrchestratorThread(Action onLateViolation) : SynchronizationContext
{
    public const string Violation =
        "An invalid asynchronous invocation was detected: the orchestrator's code awaited something that is not a durable task, or went on off the orchestrator's thread. "
        + "Await only tasks of its TaskOrchestrationContext (and Task.WhenAll or Task.WhenAny over them), without ConfigureAwait(false), Task.Run or Task.Delay; "
        + "move I/O into an activity and delays into CreateTimer. Middleware around an orchestrator must not await anything asynchronous either.";

    private readonly Queue<(SendOrPostCallback Callback, object? State)> _queue = new();
    private readonly Lock _lock = new();
    private readonly int _threadId = Environment.CurrentManagedThreadId;
    private bool _ended;
    private bool _violated;

    private bool IsCurrent => !_ended && Environment.CurrentManagedThreadId == _threadId;

    /// <summary>False, and the orchestration is doomed, where the caller is not on this thread.</summary>
    public bool TryEnter()
    {
        if (IsCurrent)
            return true;
        bool late;
        lock (_lock)
        {
            late = _ended && !_violated;
            _violated = true;
        }
        if (late)
            onLateViolation();
        return false;
    }

    /// <exception cref="InvalidOperationException">The caller is not on this thread.</exception>
    public void Enter()
    {
        if (!TryEnter())
            throw new InvalidOperationException(Violation);
    }

    public override void Post(SendOrPostCallback d, object? state)
    {
        if (TryEnter())
            _queue.Enqueue((d, state));
    }

    public override void Send(SendOrPostCallback d, object? state)
    {
        Enter();
        d(state);
    }

    public override SynchronizationContext CreateCopy() => this;

    /// <summary>Runs what was posted until nothing is left.</summary>
    public void Pump()
    {
        while (_queue.TryDequeue(out var next))
            next.Callback(next.State);
    }

    /// <summary>Ends the turn; from now on no code of it may run.</summary>
    /// <returns>True when code left the thread meanwhile.</returns>
    public bool End()
    {
        lock (_lock)
        {
            _ended = true;
            return _violated;
        }
    }
}
