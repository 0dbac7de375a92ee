namespace Azure.Messaging.ServiceBus;

/// <summary>How a message is taken from a queue.</summary>
public enum ServiceBusReceiveMode
{
    /// <summary>The message stays, locked, until it is settled.</summary>
    PeekLock = 0,

    /// <summary>The message is gone with its delivery: at most once.</summary>
    ReceiveAndDelete = 1,
}

/// <summary>Where in its life a message is.</summary>
public enum ServiceBusMessageState
{
    Active = 0,
    Deferred = 1,
    Scheduled = 2,
}

/// <summary>A queue beside the queue.</summary>
#pragma warning disable CA1711 // The package's name for it.
public enum SubQueue
{
    None = 0,
    DeadLetter = 1,
    TransferDeadLetter = 2,
}
#pragma warning restore CA1711

/// <summary>What went wrong, for code that reacts to it.</summary>
public enum ServiceBusFailureReason
{
    GeneralError = 0,
    MessagingEntityNotFound = 1,
    MessageLockLost = 2,
    MessageNotFound = 3,
    MessageSizeExceeded = 4,
    MessagingEntityDisabled = 5,
    QuotaExceeded = 6,
    ServiceBusy = 7,
    ServiceTimeout = 8,
    ServiceCommunicationProblem = 9,
    SessionCannotBeLocked = 10,
    SessionLockLost = 11,
    MessagingEntityAlreadyExists = 12,
}

/// <summary>What a processor did when an error came up.</summary>
public enum ServiceBusErrorSource
{
    Complete = 0,
    Abandon = 1,
    ProcessMessageCallback = 2,
    Receive = 3,
    RenewLock = 4,
    AcceptSession = 5,
    CloseSession = 6,
}

/// <summary>The transport to a namespace; the local broker is reached without one.</summary>
public enum ServiceBusTransportType
{
    AmqpTcp = 0,
    AmqpWebSockets = 1,
}

/// <summary>How the wait between retries grows.</summary>
public enum ServiceBusRetryMode
{
    Fixed = 0,
    Exponential = 1,
}
