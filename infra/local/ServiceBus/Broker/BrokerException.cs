namespace Serverless.Local.Messaging;

/// <summary>Why a queue does not do what it was asked for.</summary>
internal enum BrokerError
{
    /// <summary>The lock ran out, or the message was settled already.</summary>
    LockLost,

    /// <summary>No message with this sequence number is in the place where it was looked for.</summary>
    MessageNotFound,

    /// <summary>The message, or the messages of one send, are larger than the queue takes.</summary>
    TooLarge,

    /// <summary>Never possible for a message in this place.</summary>
    NotAllowed,

    /// <summary>The broker stops, or can no longer write its journal.</summary>
    Unavailable,
}

/// <summary>A queue did not do what it was asked for.</summary>
internal sealed class BrokerException(BrokerError error, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public BrokerError Error { get; } = error;
}
