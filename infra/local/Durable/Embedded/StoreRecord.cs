using DurableTask.Core;
using DurableTask.Core.History;

namespace Serverless.Local.Durable.Embedded;

/// <summary>
/// One change of the store, as it stands in the journal. Applying all of them in their order makes the store's state.
/// </summary>
internal abstract record StoreRecord;

/// <summary>A client has started an instance; one that had the id is forgotten.</summary>
internal sealed record InstanceCreated(Message Start) : StoreRecord;

/// <summary>A client has sent a message to an instance.</summary>
internal sealed record MessageArrived(Message Message) : StoreRecord;

/// <summary>A turn is over: all that it changes, so that it has happened wholly or not at all.</summary>
internal sealed record TurnCommitted : StoreRecord
{
    public required string InstanceId { get; init; }
    public required DateTime Now { get; init; }
    public required OrchestrationStatus Status { get; init; }
    public string? CustomStatus { get; init; }
    public string? Output { get; init; }

    /// <summary>A new generation begins (continue as new): <see cref="Events"/> are all its history.</summary>
    public bool IsNewGeneration { get; init; }

    public IReadOnlyList<HistoryEvent> Events { get; init; } = [];

    /// <summary>The messages that the turn has heard.</summary>
    public IReadOnlyList<long> Consumed { get; init; } = [];

    public IReadOnlyList<Message> Activities { get; init; } = [];
    public IReadOnlyList<Message> Messages { get; init; } = [];
    public IReadOnlyList<Message> Timers { get; init; } = [];
}

/// <summary>An activity has ended, well or not.</summary>
internal sealed record ActivityEnded(long Activity, Message Answer) : StoreRecord;

/// <summary>Instances are forgotten.</summary>
internal sealed record InstancesPurged(IReadOnlyList<string> Ids) : StoreRecord;

/// <summary>An instance as it stands, when the journal is compacted.</summary>
internal sealed record InstanceKept(
    OrchestrationState State,
    bool MayRun,
    IReadOnlyList<HistoryEvent> History,
    IReadOnlyList<Message> Messages
) : StoreRecord;

/// <summary>An activity that is still to run, when the journal is compacted.</summary>
internal sealed record ActivityKept(Message Activity) : StoreRecord;
