using System.Diagnostics;
using Azure.Messaging.ServiceBus;
using Serverless.Local.Messaging;
using Serverless.Local.State;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

/// <summary>
/// A broker with one queue, the service's own client of it, and the process that serves them, which can die.
/// </summary>
internal sealed class BrokerFixture : IAsyncDisposable
{
    /// <summary>Long enough for whatever is going to happen.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a test waits for what should not come.</summary>
    public static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(50);

    private readonly QueueSettings _settings;
    private readonly bool _timeWaits;
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"bus-{Guid.NewGuid():N}");
    private Broker _broker;
    private AmqpFront _front;
    private Journal _journal;

    private BrokerFixture(QueueSettings settings, bool timeWaits)
    {
        _settings = settings;
        _timeWaits = timeWaits;
        (_broker, _journal, _front) = Boot(port: 0);
        Client = NewClient();
    }

    public string Name => _settings.Name;

    public int Port => _front.Port;

    public string ConnectionString => _front.ConnectionString;

    /// <summary>The app's clock: schedules, lives, the memory of duplicates.</summary>
    public LocalClock Clock { get; private set; } = new();

    /// <summary>What locks go by: the machine's time until a test moves it.</summary>
    public LocalClock LockClock { get; } = new();

    public DateTimeOffset Now => Clock.GetUtcNow();

    public ServiceBusClient Client { get; private set; }

    public bool IsBusy => _broker.IsBusy;

    public int Work => _broker.Work;

    /// <summary>Somebody has asked the queue for messages.</summary>
    public bool HasReceiver => _broker.HasReceiver(Name);

    /// <summary>What a status page would show.</summary>
    public QueueStatus Status => _broker.Read().Single(queue => queue.Name == Name);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <param name="timeWaits">The app's clock waits for what receivers work on, as in a running app.</param>
    public static BrokerFixture Start(
        TimeSpan? lockDuration = null,
        int maxDeliveryCount = 10,
        bool duplicateDetection = false,
        TimeSpan? duplicateWindow = null,
        TimeSpan? timeToLive = null,
        bool deadLetterExpired = false,
        bool timeWaits = false
    ) =>
        new(
            new QueueSettings($"queue-{Guid.NewGuid():N}")
            {
                LockDuration = lockDuration ?? TimeSpan.FromMinutes(1),
                MaxDeliveryCount = maxDeliveryCount,
                RequiresDuplicateDetection = duplicateDetection,
                DuplicateDetectionHistoryTimeWindow = duplicateWindow ?? TimeSpan.FromMinutes(10),
                DefaultMessageTimeToLive = timeToLive ?? TimeSpan.FromDays(14),
                DeadLetteringOnMessageExpiration = deadLetterExpired,
            },
            timeWaits
        );

    /// <summary>A time as AMQP can tell it.</summary>
    public static DateTimeOffset WholeMilliseconds(DateTimeOffset time) =>
        time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMillisecond));

    public ServiceBusSender Sender() => Client.CreateSender(Name);

    public ServiceBusReceiver Receiver(ServiceBusReceiveMode mode = ServiceBusReceiveMode.PeekLock, int prefetch = 0) =>
        Client.CreateReceiver(Name, new ServiceBusReceiverOptions { ReceiveMode = mode, PrefetchCount = prefetch });

    public ServiceBusReceiver DeadLetters() =>
        Client.CreateReceiver(Name, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    /// <summary>Moves the app's clock.</summary>
    public Task AdvanceAsync(TimeSpan by) => Clock.AdvanceAsync(by, Cancel);

    /// <summary>Lets locks grow older.</summary>
    public Task AdvanceLocksAsync(TimeSpan by) => LockClock.AdvanceAsync(by, Cancel);

    /// <summary>Waits until no receiver has, or is about to get, a message.</summary>
    public Task WhenIdleAsync() => WhenAsync(() => !IsBusy);

    /// <summary>Waits until something that other threads do has happened.</summary>
    public static async Task WhenAsync(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition() && Stopwatch.GetElapsedTime(started) < Timeout)
            await Task.Delay(1, Cancel);
        Assert.True(condition());
    }

    /// <summary>
    /// The process dies, without a word to its journal or its clients, and another one starts at the same port, after
    /// a while.
    /// </summary>
    public async Task CrashAsync(TimeSpan downFor = default)
    {
        var (offset, port) = (Clock.Offset + downFor, Port);
        _journal.Abandon();
        await _front.AbandonAsync();
        await _broker.DisposeAsync();
        Clock.Dispose();
        Clock = new LocalClock(offset);
        (_broker, _journal, _front) = Boot(port);
    }

    /// <summary>
    /// A client that knows of no connection yet. One whose connection just died may repeat a request that the broker
    /// has carried out, because its answer was lost.
    /// </summary>
    public async Task ConnectAnewAsync()
    {
        await Client.DisposeAsync();
        Client = NewClient();
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await _front.DisposeAsync();
        await _broker.DisposeAsync();
        await _journal.DisposeAsync();
        Clock.Dispose();
        LockClock.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private ServiceBusClient NewClient() =>
        new(
            ConnectionString,
            new ServiceBusClientOptions
            {
                RetryOptions = new ServiceBusRetryOptions
                {
                    Mode = ServiceBusRetryMode.Fixed,
                    Delay = TimeSpan.FromMilliseconds(20),
                    TryTimeout = TimeSpan.FromSeconds(10),
                },
            }
        );

    private (Broker Broker, Journal Journal, AmqpFront Front) Boot(int port)
    {
        var broker = new Broker([_settings], Clock, LockClock);
        var journal = Journal.Open(Path.Combine(_folder, "journal"), [broker]);
        broker.Attach(journal);
        if (_timeWaits)
            Clock.AddWorkProbe(() => broker.Work);
        var front = new AmqpFront(broker);
        front.Start(port);
        return (broker, journal, front);
    }
}
