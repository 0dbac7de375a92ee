using System.Threading.Channels;
using DurableTask.Core;
using DurableTask.Core.History;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Durable.Embedded;

/// <summary>
/// Turns of orchestrations, the timers that set them off, and activities: the side that the engine's dispatchers ask.
/// </summary>
internal sealed partial class EmbeddedOrchestrationService
{
    /// <summary>
    /// Between attempts at something that the worker could not answer; real time, because the worker comes back in
    /// real time.
    /// </summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    public int TaskOrchestrationDispatcherCount => 1;

    public int MaxConcurrentTaskOrchestrationWorkItems => _options.MaxConcurrentOrchestratorFunctions;

    public int TaskActivityDispatcherCount => 1;

    public int MaxConcurrentTaskActivityWorkItems => _options.MaxConcurrentActivityFunctions;

    public BehaviorOnContinueAsNew EventBehaviourForContinueAsNew => BehaviorOnContinueAsNew.Carryover;

    public bool IsMaxMessageCountExceeded(int currentMessageCount, OrchestrationRuntimeState runtimeState) => false;

    // Pauses are made for the instance or the activity that needs one; these would hold up everything.
    public int GetDelayInSecondsAfterOnProcessException(Exception exception) => 0;

    public int GetDelayInSecondsAfterOnFetchException(Exception exception) => 0;

    public async Task<TaskOrchestrationWorkItem?> LockNextTaskOrchestrationWorkItemAsync(
        TimeSpan receiveTimeout,
        CancellationToken cancellationToken
    )
    {
        while (await NextAsync(_turnQueue.Reader, cancellationToken).ConfigureAwait(false) is { } instance)
        {
            List<Message> taken;
            lock (_gate)
            {
                if (instance.Inbox.Count == 0)
                {
                    // Replaced or ended since it was queued.
                    SetPhase(instance, Phase.Waiting);
                    continue;
                }
                SetPhase(instance, Phase.Running);
                taken = [.. instance.Inbox];
                instance.Inbox.Clear();
            }

            // Not under the lock: a history may be long, and while its turn runs nobody changes it.
            var state = new OrchestrationRuntimeState(instance.History);
            return new Turn
            {
                Instance = instance,
                InstanceId = instance.Id,
                Now = Now,
                Taken = taken,
                Original = state,
                OrchestrationRuntimeState = state,
                NewMessages = [.. taken.Select(message => message.ToTaskMessage())],
                // Nobody else can take it: there is nothing to renew.
                LockedUntilUtc = DateTime.MaxValue,
            };
        }
        return null;
    }

    public Task RenewTaskOrchestrationWorkItemLockAsync(TaskOrchestrationWorkItem workItem) => Task.CompletedTask;

    public Task CompleteTaskOrchestrationWorkItemAsync(
        TaskOrchestrationWorkItem workItem,
        OrchestrationRuntimeState newOrchestrationRuntimeState,
        IList<TaskMessage> outboundMessages,
        IList<TaskMessage> orchestratorMessages,
        IList<TaskMessage> timerMessages,
        TaskMessage? continuedAsNewMessage,
        OrchestrationState? orchestrationState
    )
    {
        var turn = (Turn)workItem;
        var instance = turn.Instance;
        var isNewGeneration = !ReferenceEquals(newOrchestrationRuntimeState, turn.Original);
        IEnumerable<HistoryEvent> events = isNewGeneration
            ? newOrchestrationRuntimeState.Events
            : newOrchestrationRuntimeState.NewEvents;
        turn.Stamp(events);
        lock (_gate)
        {
            if (_instances.GetValueOrDefault(instance.Id) != instance || instance.IsFinished)
            {
                LogTurnOfReplaced(_logger, instance.Id);
                return Task.CompletedTask;
            }

            // No state: the engine found nothing in the messages that this instance could hear. They are gone, and
            // that is all.
            var commit = Commit(
                new TurnCommitted
                {
                    InstanceId = instance.Id,
                    Now = turn.Now,
                    Status = orchestrationState?.OrchestrationStatus ?? instance.State.OrchestrationStatus,
                    CustomStatus = orchestrationState is null ? instance.State.Status : orchestrationState.Status,
                    Output = orchestrationState?.Output,
                    IsNewGeneration = orchestrationState is not null && isNewGeneration,
                    Events = orchestrationState is null ? [] : [.. events],
                    Consumed = [.. turn.Taken.Select(message => message.Sequence)],
                    Activities = [.. outboundMessages.Select(message => ToMessage(message, turn.Now))],
                    Messages = [.. orchestratorMessages.Select(message => ToMessage(message, turn.Now))],
                    Timers =
                    [
                        .. timerMessages.Select(message =>
                            ToMessage(message, turn.Now, ((TimerFiredEvent)message.Event).FireAt)
                        ),
                    ],
                }
            );
            instance.Failures = 0;
            if (timerMessages.Count > 0)
                DeliverDue(commit.Effects);
            return FinishAsync(commit);
        }
    }

    public Task AbandonTaskOrchestrationWorkItemAsync(TaskOrchestrationWorkItem workItem)
    {
        var turn = (Turn)workItem;
        lock (_gate)
        {
            turn.IsAbandoned = true;
            turn.Instance.Failures++;
            if (!turn.Instance.IsFinished)
                turn.Instance.Inbox.InsertRange(0, turn.Taken);
        }
        return Task.CompletedTask;
    }

    public Task ReleaseTaskOrchestrationWorkItemAsync(TaskOrchestrationWorkItem workItem)
    {
        var turn = (Turn)workItem;
        var instance = turn.Instance;
        var effects = new Effects();
        lock (_gate)
        {
            SetPhase(instance, Phase.Waiting);

            // An instance whose version the engine refuses would be refused again: it stays as it is until it hears
            // something or the host starts anew.
            if (turn.IsAbandoned && !turn.ReachedWorker)
                LogVersionRefused(_logger, instance.Id, instance.State.Version);
            else
                Wake(instance, effects);
        }
        if (turn.IsAbandoned && effects.Turns.Count > 0)
            _ = PauseThenAsync(instance.Failures, () => Begin(effects));
        else
            Begin(effects);
        return Task.CompletedTask;
    }

    public async Task<TaskActivityWorkItem?> LockNextTaskActivityWorkItem(
        TimeSpan receiveTimeout,
        CancellationToken cancellationToken
    )
    {
        if (await NextAsync(_activityQueue.Reader, cancellationToken).ConfigureAwait(false) is not { } message)
            return null;
        return new ActivityRun
        {
            Id = $"{message.InstanceId}-{message.Sequence}",
            Message = message,
            TaskMessage = message.ToTaskMessage(),
            LockedUntilUtc = DateTime.MaxValue,
        };
    }

    public Task<TaskActivityWorkItem> RenewTaskActivityWorkItemLockAsync(TaskActivityWorkItem workItem) =>
        Task.FromResult(workItem);

    public Task CompleteTaskActivityWorkItemAsync(TaskActivityWorkItem workItem, TaskMessage responseMessage)
    {
        lock (_gate)
            return FinishAsync(
                Commit(new ActivityEnded(((ActivityRun)workItem).Message.Sequence, ToMessage(responseMessage, Now)))
            );
    }

    public Task AbandonTaskActivityWorkItemAsync(TaskActivityWorkItem workItem)
    {
        var message = ((ActivityRun)workItem).Message;
        _ = PauseThenAsync(failures: 2, () => _activityQueue.Writer.TryWrite(message));
        return Task.CompletedTask;
    }

    /// <summary>What is due goes into the inboxes. Not in the journal: after a crash it falls due again.</summary>
    private void DeliverDue()
    {
        var effects = new Effects();
        lock (_gate)
            DeliverDue(effects);
        Begin(effects);
    }

    private void DeliverDue(Effects effects)
    {
        if (!_isRunning)
            return;
        while (_held.TryPeek(out var next, out var key))
        {
            var isHeld = next.Instance.Held.ContainsKey(next.Message.Sequence);
            if (isHeld && key.Due > Now)
            {
                var left = key.Due - Now;
                _alarm.Change(left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
                return;
            }
            _held.Dequeue();
            if (!isHeld)
                continue;
            next.Instance.Held.Remove(next.Message.Sequence);
            if (next.Message.Event is TimerFiredEvent)
                next.Message.Event.Timestamp = Now;
            AddToInbox(next.Instance, next.Message, effects);
        }
    }

    private Message ToMessage(TaskMessage message, DateTime now, DateTime? due = null)
    {
        message.Event.Timestamp = now;
        return new Message(
            ++_sequence,
            message.OrchestrationInstance.InstanceId,
            message.OrchestrationInstance.ExecutionId,
            message.Event,
            due
        );
    }

    private async Task PauseThenAsync(int failures, Action next)
    {
        var pause = FirstPause * Math.Pow(2, Math.Min(failures - 1, 10));
        try
        {
            await Task.Delay(pause < LongestPause ? pause : LongestPause, _stopped).ConfigureAwait(false);
            next();
        }
        catch (OperationCanceledException)
        {
            // The host stops; the journal has what is to do.
        }
    }

    private static async Task<T?> NextAsync<T>(ChannelReader<T> reader, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The dispatcher stops, and takes null for an answer.
            return null;
        }
    }

    [LoggerMessage(
        LogLevel.Information,
        "A turn of {InstanceId} came to its end after the instance was ended or started anew; it changes nothing."
    )]
    private static partial void LogTurnOfReplaced(ILogger logger, string instanceId);

    [LoggerMessage(
        LogLevel.Warning,
        "{InstanceId} has version {Version}, above host.json's durableTask.defaultVersion: it stays as it is."
    )]
    private static partial void LogVersionRefused(ILogger logger, string instanceId, string version);
}
