using System.Threading.Channels;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Serverless.Local.State;
using Serverless.Local.Time;

namespace Serverless.Local.Durable;

/// <summary>
/// Runs orchestrations by replay and keeps them in the journal.
/// </summary>
/// <remarks>
/// Memory may be ahead of the journal, never what anybody can see: records are kept in the order in which they were applied, and an activity starts, or a client's
/// call ends, only when the journal holds everything that led to it. A crash therefore leaves a state that was true at some moment.
/// </remarks>
internal sealed partial class DurableEngine : IJournaled, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly InstanceStore _store = new();
    private readonly Dictionary<string, List<TaskCompletionSource>> _waiters = new(StringComparer.Ordinal);
    private readonly Channel<Instance> _turns = Channel.CreateUnbounded<Instance>();
    private readonly Channel<(Instance Instance, OpenActivity Activity, Task Written)> _activities =
        Channel.CreateUnbounded<(Instance, OpenActivity, Task)>();

    private readonly CancellationTokenSource _stopping = new();
    private readonly IDurableFunctions _functions;
    private readonly LocalClock _clock;
    private readonly DurableEngineOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _log;
    private Journal? _journal;
    private Task _workers = Task.CompletedTask;
    private volatile Task _lastWritten = Task.CompletedTask;
    private volatile bool _running;
    private long _work;

    public DurableEngine(IDurableFunctions functions, LocalClock clock, DurableEngineOptions options, ILoggerFactory loggers)
    {
        _functions = functions;
        _clock = clock;
        _options = options;
        _loggers = loggers;
        _log = loggers.CreateLogger("Serverless.Local.Durable");
        Client = new LocalDurableTaskClient(this, options.DataConverter);
    }

    public byte JournalId => 1;

    public DurableTaskClient Client { get; }

    /// <summary>True while a turn or an activity is due or under way, or its outcome is on the way to the journal. An instance that waits is not busy.</summary>
    public bool IsBusy => Interlocked.Read(ref _work) > 0 || !_lastWritten.IsCompleted;

    private long Now => _clock.GetUtcNow().UtcTicks;

    public void Attach(Journal journal) => _journal = journal;

    public void Replay(ReadOnlySpan<byte> record) => _store.Apply(JournalRecord.Decode(record));

    public IEnumerable<byte[]> Snapshot() => _store.Instances.Select(instance => new InstanceSnapshot(Now, instance).Encode().ToArray());

    /// <summary>Sets everything in motion that was under way when the journal was written.</summary>
    public void Start()
    {
        if (_journal is null)
            throw new InvalidOperationException("Attach the journal first.");
        lock (_lock)
        {
            _running = true;
            foreach (var instance in _store.Instances.OrderBy(instance => instance.Timers.Count == 0 ? 0 : instance.Timers.Min(timer => timer.FireAt)))
                Follow(instance);
        }
        _workers = Task.WhenAll(
            [
                .. Enumerable.Range(0, _options.MaxConcurrentOrchestratorFunctions).Select(_ => Task.Run(RunTurnsAsync)),
                .. Enumerable.Range(0, _options.MaxConcurrentActivityFunctions).Select(_ => Task.Run(RunActivitiesAsync)),
            ]);
    }

    /// <summary>Ends running turns and asks running activities to end; those run again after the next start.</summary>
    public async Task StopAsync()
    {
        lock (_lock)
        {
            if (!_running)
                return;
            _running = false;
            foreach (var instance in _store.Instances)
                instance.DisposeTimers();
        }
        _turns.Writer.Complete();
        _activities.Writer.Complete();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _workers.ConfigureAwait(false);
        await _lastWritten.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
    }

    /// <summary>The instances that changed last, the latest first.</summary>
    public IReadOnlyList<InstanceStatus> Read(int max)
    {
        lock (_lock)
        {
            return
            [
                .. _store.Instances.OrderByDescending(instance => instance.UpdatedAt).Take(max).Select(instance => new InstanceStatus(
                    instance.Id,
                    instance.Name,
                    instance.VisibleStatus,
                    Time(instance.CreatedAt),
                    Time(instance.UpdatedAt),
                    [.. instance.Timers.Select(timer => timer.FireAt).Order().Select(Time)],
                    [.. instance.WaitingFor],
                    instance.CustomStatus)),
            ];
        }
    }

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);

    /// <summary>Appends and applies, under the lock, so that memory and journal have the same order. The result completes when the journal holds it.</summary>
    private Task Commit(JournalRecord record)
    {
        _lastWritten = _journal!.AppendAsync(this, record.Encode());
        foreach (var instance in _store.Apply(record))
            Follow(instance);
        return _lastWritten;
    }

    /// <summary>Does what an instance's state asks for: arms its timers, sends its activities, gives it a turn, tells those who wait for it.</summary>
    private void Follow(Instance instance)
    {
        if (_waiters.Remove(instance.Id, out var waiters))
            foreach (var waiter in waiters)
                waiter.TrySetResult();
        if (!_running || instance.IsGone || instance.IsFinished)
            return;
        ArmTimers(instance);
        foreach (var activity in instance.Activities)
        {
            if (activity.IsQueued)
                continue;
            activity.IsQueued = true;
            Interlocked.Increment(ref _work);
            _activities.Writer.TryWrite((instance, activity, _lastWritten));
        }
        if (instance.HasTurn || !instance.WantsTurn(Now))
            return;
        instance.HasTurn = true;
        Interlocked.Increment(ref _work);
        _turns.Writer.TryWrite(instance);
    }

    private void ArmTimers(Instance instance)
    {
        var now = Now;
        if (instance.History.Count == 0 && instance.StartAt > now && instance.StartTimer is null)
            instance.StartTimer = _clock.CreateTimer(_ => Wake(instance), null, TimeSpan.FromTicks(instance.StartAt.Value - now), Timeout.InfiniteTimeSpan);
        if (!instance.Timers.Exists(IsUnarmed))
            return;
        foreach (var timer in instance.Timers.Where(IsUnarmed).OrderBy(timer => timer.FireAt).ToList())
        {
            if (timer.FireAt <= now)
                Fire(instance, timer);
            else
                timer.Timer = _clock.CreateTimer(_ => Elapsed(instance, timer), null, TimeSpan.FromTicks(timer.FireAt - now), Timeout.InfiniteTimeSpan);
        }

        static bool IsUnarmed(OpenTimer timer) => timer.Timer is null && !timer.HasFired;
    }

    private static void Fire(Instance instance, OpenTimer timer)
    {
        timer.HasFired = true;
        timer.Timer?.Dispose();
        timer.Timer = null;
        instance.Inbox.Add(new TimerFired(timer.Id));
    }

    private void Elapsed(Instance instance, OpenTimer timer)
    {
        lock (_lock)
        {
            if (!_running || timer.HasFired || !instance.Timers.Contains(timer))
                return;
            Fire(instance, timer);
            Follow(instance);
        }
    }

    private void Wake(Instance instance)
    {
        lock (_lock)
            Follow(instance);
    }
}
