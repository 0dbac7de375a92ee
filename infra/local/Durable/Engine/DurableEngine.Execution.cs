using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>The workers: turns of orchestrators, and activities.</summary>
internal sealed partial class DurableEngine
{
    private async Task RunTurnsAsync()
    {
        await foreach (var instance in _turns.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                RunTurn(instance);
            }
#pragma warning disable CA1031 // A converter or a host that throws fails the one orchestration; the worker goes on with the others.
            catch (Exception ex)
#pragma warning restore CA1031
            {
                instance.HasTurn = false;
                Fail(instance, instance.Generation, TaskFailureDetails.FromException(ex));
            }
            finally
            {
                Interlocked.Decrement(ref _work);
            }
        }
    }

    private void RunTurn(Instance instance)
    {
        TurnInput input;
        lock (_lock)
        {
            if (!_running || !instance.WantsTurn(Now))
            {
                instance.HasTurn = false;
                return;
            }
            input = new TurnInput(instance, instance.Generation, TurnTime(instance), instance.History, [.. instance.Inbox]);
        }
        var turn = new Turn(input, _functions, _options, _loggers, _store.NextGeneration, () => Fail(instance, input.Generation, Turn.InvalidAsynchronousInvocation()));
        var record = turn.Run();
        record.Encode();
        lock (_lock)
        {
            instance.HasTurn = false;

            // Terminated, replaced or failed meanwhile: the turn never was.
            if (instance.IsGone || instance.IsFinished || instance.Generation != input.Generation)
                return;
            Commit(record);
        }
        if (record.Outcome == TurnOutcome.Failed)
            LogOrchestrationFailed(instance.Name, instance.Id, record.Failure!.ErrorType, record.Failure.ErrorMessage);
    }

    /// <summary>Code may rely on time to go forward, and on a timer that fired to be due.</summary>
    private long TurnTime(Instance instance)
    {
        var now = Math.Max(Now, instance.UpdatedAt);
        foreach (var entry in instance.Inbox)
            if (entry is TimerFired fired && instance.Timers.Find(timer => timer.Id == fired.Id) is { } timer)
                now = Math.Max(now, timer.FireAt);
        return now;
    }

    private void Fail(Instance instance, long generation, TaskFailureDetails failure)
    {
        lock (_lock)
        {
            if (!_running || instance.IsGone || instance.IsFinished || instance.Generation != generation)
                return;
            Commit(new InstanceFailed(Now, instance.Id, generation, failure));
        }
        LogOrchestrationFailed(instance.Name, instance.Id, failure.ErrorType, failure.ErrorMessage);
    }

    private async Task RunActivitiesAsync()
    {
        await foreach (var (instance, activity, written) in _activities.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                if (await IsWrittenAsync(written).ConfigureAwait(false))
                    await RunActivityAsync(instance, activity).ConfigureAwait(false);
            }
            finally
            {
                Interlocked.Decrement(ref _work);
            }
        }
    }

    /// <summary>An activity must not run when what asked for it may not be in the journal.</summary>
    private async Task<bool> IsWrittenAsync(Task written)
    {
        try
        {
            await written.ConfigureAwait(false);
            return true;
        }
        catch (Exception ex) when (ex is IOException or ObjectDisposedException)
        {
            LogJournalFailed(ex);
            return false;
        }
    }

    private async Task RunActivityAsync(Instance instance, OpenActivity activity)
    {
        lock (_lock)
            if (!_running || !instance.Activities.Contains(activity))
                return;
        var result = await InvokeAsync(instance, activity).ConfigureAwait(false);
        if (result is null)
            return;
        var record = new ActivityFinished(Now, instance.Id, activity.Generation, result);
        record.Encode();
        lock (_lock)
            if (instance.Activities.Contains(activity))
                Commit(record);
    }

    /// <returns>Null when the engine stops and the activity gave up: it runs again.</returns>
    private async Task<HistoryEvent?> InvokeAsync(Instance instance, OpenActivity activity)
    {
        if (!_functions.HasActivity(activity.Name))
            return new TaskFailed(
                activity.Id,
                new TaskFailureDetails(FailureTypes.ActivityNotFound, $"No activity task named '{activity.Name}' was found.", null, null, null));
        try
        {
            var output = await _functions.RunActivityAsync(activity.Name, instance.Id, activity.Input, _stopping.Token).ConfigureAwait(false);
            return new TaskCompleted(activity.Id, _options.DataConverter.Serialize(output));
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return null;
        }
#pragma warning disable CA1031 // Whatever the app's code throws is its orchestration's to handle.
        catch (Exception ex)
#pragma warning restore CA1031
        {
            return new TaskFailed(activity.Id, TaskFailureDetails.FromException(ex));
        }
    }
}
