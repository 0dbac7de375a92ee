using DurableTask.Core;
using DurableTask.Core.History;
using Serverless.Local.Durable.Wire;

namespace Serverless.Local.Durable.Embedded;

/// <summary>
/// Something for an instance to hear: in its inbox, or held back until its time has come (a timer, a scheduled start).
/// </summary>
/// <param name="Sequence">Names it in the journal; rises.</param>
/// <param name="InstanceId">For whom.</param>
/// <param name="ExecutionId">For which generation of it; null for any.</param>
/// <param name="Event">What is heard.</param>
/// <param name="Due">When at the earliest; null for at once.</param>
internal sealed record Message(
    long Sequence,
    string InstanceId,
    string? ExecutionId,
    HistoryEvent Event,
    DateTime? Due = null
)
{
    public TaskMessage ToTaskMessage() =>
        new()
        {
            SequenceNumber = Sequence,
            Event = Event,
            OrchestrationInstance = new OrchestrationInstance { InstanceId = InstanceId, ExecutionId = ExecutionId },
        };
}

/// <summary>Where an instance stands with regard to its next turn.</summary>
internal enum Phase
{
    /// <summary>Nothing to do until a message comes.</summary>
    Waiting,

    /// <summary>It has messages and is in the queue of turns, or pauses before it goes there again.</summary>
    Queued,

    /// <summary>A turn is under way.</summary>
    Running,
}

/// <summary>
/// What the store knows of one instance. An id that is started again gets a new object, so that a turn of the old one
/// that ends late does no harm. Guarded by the store's lock.
/// </summary>
internal sealed class Instance(OrchestrationState state)
{
    /// <summary>Replaced at each change, never changed itself: readers keep what they got.</summary>
    public OrchestrationState State { get; set; } = state;

    public string Id => State.OrchestrationInstance.InstanceId;

    public bool IsFinished => State.OrchestrationStatus.IsFinished();

    public List<HistoryEvent> History { get; set; } = [];

    public List<Message> Inbox { get; } = [];

    /// <summary>What is held back until its time, by sequence number.</summary>
    public Dictionary<long, Message> Held { get; } = [];

    /// <summary>Its start is in the inbox or in the history: turns make sense.</summary>
    public bool MayRun { get; set; }

    public Phase Phase { get; set; }

    /// <summary>Turns in a row that led to nothing.</summary>
    public int Failures { get; set; }

    /// <summary>For those who wait while it runs.</summary>
    public TaskCompletionSource<OrchestrationState> Finished { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>True for a message to an earlier generation, which nobody waits for any more.</summary>
    public bool IsStale(Message message) =>
        !string.IsNullOrEmpty(message.ExecutionId) && message.ExecutionId != State.OrchestrationInstance.ExecutionId;
}

/// <summary>
/// One turn of an orchestration: the messages it took, and the one time that everything in it bears.
/// </summary>
internal sealed class Turn : TaskOrchestrationWorkItem
{
    public required Instance Instance { get; init; }

    public required DateTime Now { get; init; }

    public required IReadOnlyList<Message> Taken { get; init; }

    /// <summary>The runtime state as it was handed out; another one at the end means a new generation.</summary>
    public required OrchestrationRuntimeState Original { get; init; }

    /// <summary>The worker was asked. If it was not, the engine has refused the instance's version.</summary>
    public bool ReachedWorker { get; private set; }

    public bool IsAbandoned { get; set; }

    /// <summary>Called before the worker reads the new events.</summary>
    public void Begin(OrchestrationRuntimeState state)
    {
        ReachedWorker = true;
        Stamp(state.NewEvents);
    }

    /// <summary>
    /// The engine stamps the events that it makes with the machine's time: they get the turn's, which is the app's.
    /// </summary>
    public void Stamp(IEnumerable<HistoryEvent> events)
    {
        foreach (var made in events.Where(made => !Taken.Any(message => ReferenceEquals(message.Event, made))))
            made.Timestamp = Now;
    }
}

/// <summary>An activity that runs.</summary>
internal sealed class ActivityRun : TaskActivityWorkItem
{
    public required Message Message { get; init; }
}
