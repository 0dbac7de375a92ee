namespace Serverless.Local.Messaging;

/// <summary>The names of the message annotations that the service knows.</summary>
internal static class MessageAnnotation
{
    public const string ScheduledEnqueueTime = "x-opt-scheduled-enqueue-time";
    public const string SequenceNumber = "x-opt-sequence-number";
    public const string EnqueuedTime = "x-opt-enqueued-time";
    public const string LockedUntil = "x-opt-locked-until";
    public const string State = "x-opt-message-state";
    public const string DeadLetterSource = "x-opt-deadletter-source";

    /// <summary>Annotations that the queue sets itself, whatever the sender wrote.</summary>
    public static bool IsSetByQueue(string? name) =>
        name is SequenceNumber or EnqueuedTime or LockedUntil or State or DeadLetterSource;
}
