using System.Globalization;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Durable;

/// <summary>What a turn needs to know of its instance: fixed when the turn begins.</summary>
/// <param name="History">Not changed by anyone while the turn runs.</param>
internal sealed record TurnInput(Instance Instance, long Generation, long Now, List<HistoryEvent> History, HistoryEvent[] Arrived);

/// <summary>
/// One step of an orchestration: runs its code from the start over the history, then over what arrived since, and holds what the code asks for on the way against
/// what it asked for then.
/// </summary>
internal sealed class Turn
{
    private readonly TurnInput _input;
    private readonly IDurableFunctions _functions;
    private readonly Func<long> _nextGeneration;
    private readonly OrchestratorThread _thread;
    private readonly Dictionary<int, OpenTask> _open = [];
    private readonly List<ActionEvent> _actions = [];
    private readonly List<int> _cancelledTimers = [];
    private readonly OrchestrationContext _context;
    private int _sequence;
    private int _expected;
    private TaskFailureDetails? _fatal;

    public Turn(
        TurnInput input, IDurableFunctions functions, DurableEngineOptions options, ILoggerFactory loggers, Func<long> nextGeneration, Action onLateViolation)
    {
        _input = input;
        _functions = functions;
        _nextGeneration = nextGeneration;
        Options = options;
        Loggers = loggers;
        CustomStatus = input.Instance.CustomStatus;
        _thread = new OrchestratorThread(onLateViolation);
        Events = new ExternalEvents(_thread, options.DataConverter);
        _context = new OrchestrationContext(this);
    }

    public Instance Instance => _input.Instance;
    public DurableEngineOptions Options { get; }
    public ILoggerFactory Loggers { get; }
    public ExternalEvents Events { get; }
    public bool IsReplaying { get; private set; }
    public DateTime Now { get; private set; }
    public string? CustomStatus { get; set; }

    /// <summary>Set when the code asked to continue as new; the input is serialized.</summary>
    public (string? Input, bool Preserve, string? Version)? Next { get; set; }

    /// <exception cref="InvalidOperationException">The caller is off the orchestrator's thread.</exception>
    public void Enter() => _thread.Enter();

    public TurnCommitted Run()
    {
        if (!_functions.HasOrchestrator(Instance.Name))
        {
            _fatal = new TaskFailureDetails(FailureTypes.OrchestratorNotFound, $"No orchestrator task named '{Instance.Name}' was found.", null, null, null);
            return Decide(Task.FromResult<object?>(null));
        }
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(_thread);
        Task<object?>? code = null;
        try
        {
            Replay(ref code);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }
        if (_thread.End())
            _fatal ??= InvalidAsynchronousInvocation();
        else if (_fatal is null && code is { IsCompleted: false } && _open.Count == 0 && Events.WaitedFor.Count == 0)
            _fatal = InvalidAsynchronousInvocation();
        return Decide(code!);
    }

    public Task<T> Schedule<T>(string name, Func<int, ActionEvent> action)
    {
        var task = new OpenTask<T>(name);
        Request(action, task);
        return task.Task;
    }

    public Task<T> ScheduleChild<T>(string name, string instanceId, string? input, string? version) =>
        Schedule<T>(name, id => new ChildStarted(id, IsReplaying ? 0 : _nextGeneration(), name, instanceId, input, version));

    public Task ScheduleTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        var task = new OpenTask<object>("timer");
        var id = Request(number => new TimerCreated(number, fireAt.Ticks), task);
        cancellationToken.Register(() =>
        {
            if (!_thread.TryEnter() || !_open.Remove(id))
                return;
            if (!IsReplaying)
                _cancelledTimers.Add(id);
            task.Cancel(cancellationToken);
        });
        return task.Task;
    }

    public void Send(string instanceId, string name, string? payload) => Request(id => new EventSent(id, instanceId, name, payload), null);

    public static TaskFailureDetails InvalidAsynchronousInvocation() =>
        new(typeof(InvalidOperationException).FullName!, OrchestratorThread.Violation, null, null, null);

    private void Replay(ref Task<object?>? code)
    {
        for (var i = 0; i < _input.History.Count && _fatal is null; i++)
        {
            if (_input.History[i] is TurnStarted turn)
            {
                CheckAllAsked(i);
                _expected = i + 1;
                while (_expected < _input.History.Count && _input.History[_expected] is not (ActionEvent or TurnStarted))
                    _expected++;
                Begin(turn.Ticks, replaying: true, ref code);
            }
            else
            {
                Apply(_input.History[i], code);
            }
        }
        CheckAllAsked(_input.History.Count);
        if (_fatal is not null)
            return;
        Begin(_input.Now, replaying: false, ref code);
        foreach (var arrived in _input.Arrived)
            Apply(arrived, code);
    }

    private void Begin(long ticks, bool replaying, ref Task<object?>? code)
    {
        Now = new DateTime(ticks, DateTimeKind.Utc);
        IsReplaying = replaying;
        if (code is null)
        {
            code = RunCodeAsync();
            _thread.Pump();
        }
    }

    /// <summary>Awaits here, so that code that ends on another thread comes back through <see cref="OrchestratorThread.Post"/> and is caught.</summary>
    private async Task<object?> RunCodeAsync() => await _functions.RunOrchestratorAsync(Instance.Name, _context);

    private void Apply(HistoryEvent entry, Task<object?>? code)
    {
        switch (entry)
        {
            case TaskCompleted completed when _open.Remove(completed.Id, out var task):
                task.Complete(Options.DataConverter, completed.Result);
                break;
            case TaskFailed failed when _open.Remove(failed.Id, out var task):
                task.Fail(new TaskFailedException(task.Name, failed.Id, failed.Failure));
                break;
            case TimerFired fired when _open.Remove(fired.Id, out var task):
                task.Complete(Options.DataConverter, null);
                break;
            case EventRaised raised when Next is not null || code is { IsCompleted: true }:
                Events.Keep(raised);
                break;
            case EventRaised raised:
                Events.Deliver(raised);
                break;
        }
        _thread.Pump();
    }

    private int Request(Func<int, ActionEvent> make, OpenTask? task)
    {
        Enter();
        var id = _sequence++;
        if (task is not null)
            _open[id] = task;
        if (_fatal is not null)
            return id;
        var action = make(id);
        if (!IsReplaying)
        {
            _actions.Add(action);
            return id;
        }
        var recorded = _expected < _input.History.Count ? _input.History[_expected] as ActionEvent : null;
        if (recorded is null || recorded.GetType() != action.GetType() || recorded.Describe() != action.Describe())
            _fatal = NonDeterministic(id, recorded?.Describe() ?? "nothing", action.Describe());
        _expected++;
        return id;
    }

    private void CheckAllAsked(int end)
    {
        if (_fatal is null && _expected < end && _input.History[_expected] is ActionEvent missing)
            _fatal = NonDeterministic(missing.Id, missing.Describe(), "nothing");
    }

    private static TaskFailureDetails NonDeterministic(int id, string recorded, string asked) => new(
        FailureTypes.NonDeterministic,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Non-deterministic workflow detected: as action {id} the history of this orchestration holds {recorded}, but at its replay the code asked for {asked}. ")
        + "Was the orchestrator's code changed after this instance had started, or does it depend on something that is not the same at every replay?",
        null,
        null,
        null);

    private TurnCommitted Decide(Task<object?> code)
    {
        var outcome = TurnOutcome.Waiting;
        string? output = null;
        TaskFailureDetails? failure = null;
        if (_fatal is not null)
            (outcome, failure) = (TurnOutcome.Failed, _fatal);
        else if (code.IsCompletedSuccessfully && Next is { } next)
            (outcome, output) = (TurnOutcome.ContinuedAsNew, next.Input);
        else if (code.IsCompleted && _open.Count == 0)
            (outcome, output, failure) = End(code);

        // What a doomed turn asked for was asked for by mistake.
        var done = _fatal is null;
        var continued = outcome == TurnOutcome.ContinuedAsNew;
        return new TurnCommitted(
            _input.Now,
            Instance.Id,
            _input.Generation,
            [.. _input.Arrived.Select(entry => (entry as TimerFired)?.Id)],
            done ? _actions : [],
            done ? _cancelledTimers : [],
            outcome,
            output,
            failure,
            continued ? _nextGeneration() : 0,
            continued ? Next!.Value.Version ?? Instance.Version : null,
            continued && Next!.Value.Preserve ? Events.Unread : [],
            CustomStatus,
            outcome == TurnOutcome.Waiting && !code.IsCompleted ? Events.WaitedFor : []);
    }

    private (TurnOutcome Outcome, string? Output, TaskFailureDetails? Failure) End(Task<object?> code)
    {
        try
        {
            return (TurnOutcome.Completed, Options.DataConverter.Serialize(code.GetAwaiter().GetResult()), null);
        }
#pragma warning disable CA1031 // Whatever the app's code throws is its orchestration's failure, not the engine's.
        catch (Exception ex)
#pragma warning restore CA1031
        {
            return (TurnOutcome.Failed, null, TaskFailureDetails.FromException(ex));
        }
    }
}
