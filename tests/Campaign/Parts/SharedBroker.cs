using System.Globalization;
using Azure.Messaging.ServiceBus;
using Serverless.Local.Messaging;
using Serverless.Local.State;
using Serverless.Local.Time;

namespace Serverless.Campaign;

/// <summary>
/// A namespace that several apps share and that outlives them, as in Azure; each reaches it through a path that can be
/// harmed.
/// </summary>
internal sealed class SharedBroker : IAsyncDisposable
{
    private static readonly string[] Queues = ["events", "webhooks"];
    private readonly LocalClock _locks = new();
    private readonly Broker _broker;
    private readonly AmqpFront _front;
    private readonly Journal _journal;
    private readonly ServiceBusClient _client;
    private int _copies;

    public SharedBroker()
    {
        _broker = new Broker(QueueSettings.Load(Built.Queues), Clock, _locks);
        _journal = Journal.Open(null, [_broker]);
        _broker.Attach(_journal);
        Clock.AddWorkProbe(() => _broker.Work);
        _front = new AmqpFront(_broker);
        Path = new FaultyPath(_front.Start());
        _client = new ServiceBusClient(_front.ConnectionString);
    }

    public LocalClock Clock { get; } = new();

    public FaultyPath Path { get; }

    public string ConnectionString =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"Endpoint=sb://127.0.0.1:{Path.Port}/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;"
        );

    public IReadOnlyList<QueueStatus> Read() => _broker.Read();

    public Task AdvanceToAsync(DateTimeOffset moment, CancellationToken ct) =>
        Clock.AdvanceAsync(new[] { moment - Clock.GetUtcNow(), TimeSpan.Zero }.Max(), ct);

    /// <summary>All locks on messages run out: each is handed out again while somebody still works on it.</summary>
    public Task LoseLocksAsync() => _locks.AdvanceAsync(TimeSpan.FromSeconds(61));

    /// <summary>Sends what waits in the queues once more, as a sender does whose confirmation was lost too late.</summary>
    public async Task RepeatMessagesAsync(CancellationToken ct)
    {
        foreach (var queue in Queues)
        {
            await using var receiver = _client.CreateReceiver(queue);
            await using var sender = _client.CreateSender(queue);
            foreach (var message in await receiver.PeekMessagesAsync(20, cancellationToken: ct))
                await sender.SendMessageAsync(
                    new ServiceBusMessage(message)
                    {
                        MessageId = $"{message.MessageId}~copy{Interlocked.Increment(ref _copies)}",
                        ScheduledEnqueueTime = default,
                    },
                    ct
                );
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await Path.DisposeAsync();
        await _front.DisposeAsync();
        await _broker.DisposeAsync();
        await _journal.DisposeAsync();
        Clock.Dispose();
        _locks.Dispose();
    }
}
