namespace Serverless.Local.Messaging;

/// <summary>A receiver's link, as its queue sees it: takes messages as long as it has credit.</summary>
/// <param name="deadLetters">It takes from the dead-letter queue.</param>
/// <param name="deletes">Receive and delete: what it takes is gone from the queue.</param>
internal abstract class Consumer(bool deadLetters, bool deletes)
{
    private volatile bool _isClosed;

    public bool DeadLetters { get; } = deadLetters;
    public bool Deletes { get; } = deletes;

    /// <summary>Set as soon as the link is known to be gone, from any thread; the queue lets go of it later.</summary>
    public bool IsClosed
    {
        get => _isClosed;
        set => _isClosed = value;
    }

    /// <summary>How many messages are locked for it. Changes only under its queue's lock, as all below.</summary>
    public int Held { get; set; }

    /// <summary>How many of its messages are on their way into the journal, or to it, without being locked.</summary>
    public int Moving { get; set; }

    /// <summary>It stands in the line of those that had credit when they were last asked.</summary>
    public bool IsInLine { get; set; }

    /// <summary>It has given credit at least once.</summary>
    public bool HasAsked { get; set; }

    /// <summary>Until when, in timestamps of real time, it is likely to give new credit.</summary>
    public long ExpectedBackUntil { get; set; }

    /// <summary>Takes one credit for a message that will be transferred. Called under the queue's lock.</summary>
    public abstract bool TryReserve();

    /// <summary>
    /// Sends a message for which credit was reserved. Called outside of the queue's lock, one call at a time.
    /// </summary>
    /// <returns>False when the link is gone.</returns>
    public abstract bool TryTransfer(ShownMessage message);

    /// <summary>What is left of the credit is no longer to be used. Called under the queue's lock.</summary>
    public abstract void BeginDrain();

    /// <summary>Tells the receiver, in order with the transfers, that the rest of its credit is used up.</summary>
    public abstract void CompleteDrain();

    /// <summary>The queue can serve it no more.</summary>
    public abstract void Fail(BrokerException why);
}
