// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

namespace Azure.Messaging.ServiceBus;

/// <summary>Settings of a <see cref="ServiceBusClient"/>. The local broker has no connection, so the transport and the retries change nothing.</summary>
public class ServiceBusClientOptions
{
    public ServiceBusTransportType TransportType { get; set; }

    public ServiceBusRetryOptions RetryOptions { get; set; } = new();

    public string Identifier { get; set; }
}

/// <summary>
/// How often and how long the package tries again. The local broker never answers "busy"; only <see cref="TryTimeout"/> has a meaning:
/// the longest wait of a receive that names none.
/// </summary>
public class ServiceBusRetryOptions
{
    public ServiceBusRetryMode Mode { get; set; } = ServiceBusRetryMode.Exponential;

    public int MaxRetries { get; set; } = 3;

    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(0.8);

    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(1);

    public TimeSpan TryTimeout { get; set; } = TimeSpan.FromMinutes(1);
}

/// <summary>Settings of a <see cref="ServiceBusSender"/>.</summary>
public class ServiceBusSenderOptions
{
    public string Identifier { get; set; }
}

/// <summary>Settings of a <see cref="ServiceBusReceiver"/>.</summary>
public class ServiceBusReceiverOptions
{
    /// <summary>Without effect on the local broker: a receive costs no round trip there.</summary>
    public int PrefetchCount { get; set; }

    public ServiceBusReceiveMode ReceiveMode { get; set; }

    public SubQueue SubQueue { get; set; }

    public string Identifier { get; set; }
}

/// <summary>Settings of a <see cref="ServiceBusProcessor"/>.</summary>
public class ServiceBusProcessorOptions
{
    private int _maxConcurrentCalls = 1;
    private TimeSpan _maxAutoLockRenewalDuration = TimeSpan.FromMinutes(5);

    /// <summary>Without effect on the local broker: a receive costs no round trip there.</summary>
    public int PrefetchCount { get; set; }

    public ServiceBusReceiveMode ReceiveMode { get; set; }

    /// <summary>Whether a message is completed when its handler returns without having settled it.</summary>
    public bool AutoCompleteMessages { get; set; } = true;

    /// <summary>How long a handler's lock is renewed; zero renews nothing, <see cref="Timeout.InfiniteTimeSpan"/> without end.</summary>
    public TimeSpan MaxAutoLockRenewalDuration
    {
        get => _maxAutoLockRenewalDuration;
        set
        {
            if (value != Timeout.InfiniteTimeSpan)
                ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero, nameof(MaxAutoLockRenewalDuration));
            _maxAutoLockRenewalDuration = value;
        }
    }

    public int MaxConcurrentCalls
    {
        get => _maxConcurrentCalls;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1, nameof(MaxConcurrentCalls));
            _maxConcurrentCalls = value;
        }
    }

    public SubQueue SubQueue { get; set; }

    public string Identifier { get; set; }
}

/// <summary>Settings of a <see cref="ServiceBusMessageBatch"/>.</summary>
public class CreateMessageBatchOptions
{
    /// <summary>At most this many bytes; without a value as many as the namespace takes in one send.</summary>
    public long? MaxSizeInBytes { get; set; }
}
