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
    public required MessageContent Content { get; set; }
    public required long SequenceNumber { get; set; }
    public long EnqueuedTicks { get; set; }

    /// <summary>
    /// Deliveries that ended without settlement: abandoned, lock expired, or cut off by the end of the process.
    /// </summary>
    public int FailedDeliveries { get; set; }

    public MessagePlace Place { get; set; }

    /// <summary>Stays set while a deferred message is locked: released, it is deferred again.</summary>
    public bool IsDeferred { get; set; }

    public bool IsDeadLetter { get; set; }
    public Guid LockToken { get; set; }

    /// <summary>
    /// In real time, not the app's: a lock guards against a consumer that died, and consumers renew it by the wall
    /// clock.
    /// </summary>
    public long LockedUntilTicks { get; set; }

    /// <summary>Whose link holds the lock; null where it was given by sequence number.</summary>
    public Consumer? Holder { get; set; }

    /// <summary>
    /// When it becomes active or expires, by the app's clock; <see cref="long.MaxValue"/> for never.
    /// </summary>
    public long Deadline { get; set; } = long.MaxValue;

    /// <summary>
    /// The time to live counts from the enqueueing, which for a scheduled message is when it becomes active.
    /// </summary>
    public long ExpiresTicks =>
        Content.TimeToLive.Ticks < DateTime.MaxValue.Ticks - EnqueuedTicks
            ? EnqueuedTicks + Content.TimeToLive.Ticks
            : long.MaxValue;
}
