using Azure.Messaging.ServiceBus;

namespace Serverless.Local.Messaging;

/// <summary>The one place in which a message of a queue (or of its dead-letter queue) is.</summary>
internal enum MessagePlace : byte
{
    Active,
    Locked,
    Scheduled,
    Deferred,
}

/// <summary>A message in a queue. Changes only under its queue's lock.</summary>
internal sealed class QueuedMessage
{
    public required MessagePayload Payload { get; set; }
    public required long SequenceNumber { get; set; }
    public long EnqueuedTicks { get; set; }

    /// <summary>When it was to become active; 0 where the sender named no time.</summary>
    public long ScheduledTicks { get; init; }

    /// <summary>Deliveries that ended without settlement: abandoned, lock expired, or cut off by the end of the process.</summary>
    public int FailedDeliveries { get; set; }

    public MessagePlace Place { get; set; }

    /// <summary>Stays set while a deferred message is locked: released, it is deferred again.</summary>
    public bool IsDeferred { get; set; }

    public bool IsDeadLetter { get; set; }
    public Guid LockToken { get; set; }
    public long LockedUntilTicks { get; set; }

    /// <summary>When it leaves its place by itself; <see cref="long.MaxValue"/> for never.</summary>
    public long Deadline { get; set; } = long.MaxValue;

    public long ExpiresTicks => Payload.TimeToLive.Ticks >= DateTime.MaxValue.Ticks - EnqueuedTicks ? long.MaxValue : EnqueuedTicks + Payload.TimeToLive.Ticks;

    /// <summary>What a receiver gets to see. Peeking counts no delivery and gives no lock.</summary>
    public ServiceBusReceivedMessage Show(bool peeked) => new(Payload)
    {
        SequenceNumber = SequenceNumber,
        EnqueuedTime = Time(EnqueuedTicks),
        ScheduledEnqueueTime = Time(ScheduledTicks),
        DeliveryCount = FailedDeliveries + (peeked ? 0 : 1),
        LockTokenGuid = peeked ? Guid.Empty : LockToken,
        LockedUntil = peeked ? default : Time(LockedUntilTicks),
        State = Place == MessagePlace.Scheduled ? ServiceBusMessageState.Scheduled
            : IsDeferred ? ServiceBusMessageState.Deferred
            : ServiceBusMessageState.Active,
    };

    private static DateTimeOffset Time(long ticks) => new(ticks, TimeSpan.Zero);
}
