using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using Serverless.Local.Messaging;
using Serverless.Local.State;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance;

/// <summary>
/// What a test of Service Bus needs from a platform: a queue of its own with given settings, and time that passes. On the real service the queues would be
/// made beforehand and time would have to be waited for.
/// </summary>
internal static partial class Platform
{
    /// <summary>A new queue of a unique name.</summary>
    /// <param name="timeWaitsForHandlers">False where a test's handler hangs on purpose: time then passes without waiting for it.</param>
    public static TestQueue Queue(
        TimeSpan? lockDuration = null,
        int maxDeliveryCount = 10,
        bool duplicateDetection = false,
        TimeSpan? duplicateWindow = null,
        TimeSpan? timeToLive = null,
        bool deadLetterExpired = false,
        bool timeWaitsForHandlers = true) => new(new QueueSettings($"queue-{Guid.NewGuid():N}")
        {
            LockDuration = lockDuration ?? TimeSpan.FromMinutes(1),
            MaxDeliveryCount = maxDeliveryCount,
            RequiresDuplicateDetection = duplicateDetection,
            DuplicateDetectionHistoryTimeWindow = duplicateWindow ?? TimeSpan.FromMinutes(10),
            DefaultMessageTimeToLive = timeToLive ?? TimeSpan.FromDays(14),
            DeadLetteringOnMessageExpiration = deadLetterExpired,
        }, timeWaitsForHandlers);

    /// <summary>Lets time pass for the queue.</summary>
    public static Task AdvanceAsync(TestQueue queue, TimeSpan by) => queue.Clock.AdvanceAsync(by, TestContext.Current.CancellationToken);

    /// <summary>A connection string of a namespace that does not exist.</summary>
    public static string UnreachableNamespace => "Endpoint=sb://nowhere.localhost/;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true";
}

/// <summary>A queue, a client of its namespace, and (where the platform has one) the process that serves them, which can die.</summary>
internal sealed class TestQueue : IAsyncDisposable
{
    private readonly QueueSettings _settings;
    private readonly bool _timeWaits;
    private readonly string _namespace = $"ns-{Guid.NewGuid():N}.localhost";
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"bus-{Guid.NewGuid():N}");
    private Broker _broker;
    private Journal _journal;

    public TestQueue(QueueSettings settings, bool timeWaitsForHandlers)
    {
        _timeWaits = timeWaitsForHandlers;
        _settings = settings;
        Client = new ServiceBusClient($"Endpoint=sb://{_namespace}/;SharedAccessKeyName=n;SharedAccessKey=k;UseDevelopmentEmulator=true");
        (_broker, _journal) = Boot();
    }

    public string Name => _settings.Name;

    public string Namespace => _namespace;

    public LocalClock Clock { get; private set; } = new();

    public DateTimeOffset Now => Clock.GetUtcNow();

    public ServiceBusClient Client { get; }

    public bool IsBusy => _broker.IsBusy;

    /// <summary>What a status page would show.</summary>
    public QueueStatus Status => _broker.Read().Single(queue => queue.Name == Name);

    /// <summary>Waits until no processor has, or is about to get, a message.</summary>
    public async Task WhenIdleAsync(TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp();
        while (IsBusy && Stopwatch.GetElapsedTime(started) < patience)
            await Task.Yield();
        Assert.False(IsBusy);
    }

    public ServiceBusSender Sender() => Client.CreateSender(Name);

    public ServiceBusReceiver Receiver(ServiceBusReceiveMode mode = ServiceBusReceiveMode.PeekLock) =>
        Client.CreateReceiver(Name, new ServiceBusReceiverOptions { ReceiveMode = mode });

    public ServiceBusReceiver DeadLetters() => Client.CreateReceiver(Name, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    /// <summary>The process dies, without a word to its journal, and another one starts, after a while.</summary>
    public void Crash(TimeSpan downFor = default)
    {
        var offset = Clock.Offset + downFor;
        _journal.Abandon();
        _broker.Dispose();
        Clock.Dispose();
        Clock = new LocalClock(offset);
        (_broker, _journal) = Boot();
    }

    public async ValueTask DisposeAsync()
    {
        _broker.Dispose();
        await _journal.DisposeAsync();
        await Client.DisposeAsync();
        Clock.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private (Broker Broker, Journal Journal) Boot()
    {
        var broker = new Broker([_settings], Clock);
        var journal = Journal.Open(Path.Combine(_folder, "journal"), [broker]);
        broker.Attach(journal);
        broker.Register(_namespace);
        if (_timeWaits)
            Clock.AddBusyProbe(() => broker.IsBusy);
        return (broker, journal);
    }
}
