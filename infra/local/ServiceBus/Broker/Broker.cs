using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Serverless.Local.State;

namespace Serverless.Local.Messaging;

/// <summary>
/// A Service Bus namespace: its queues and their messages. Made with its queues, replayed by <see
/// cref="Journal.Open"/>, then in use from <see cref="Attach"/> on; an <see cref="AmqpFront"/> lets clients in.
/// </summary>
internal sealed class Broker : IJournaled, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, MessageQueue> _queues = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider _clock;
    private readonly TimeProvider _realTime;

    /// <param name="queues">The queues that the namespace has.</param>
    /// <param name="clock">The app's clock: its timers make messages due and end their lives.</param>
    /// <param name="realTime">What locks go by; the machine's time unless a test says otherwise.</param>
    public Broker(IEnumerable<QueueSettings> queues, TimeProvider clock, TimeProvider? realTime = null)
    {
        _clock = clock;
        _realTime = realTime ?? TimeProvider.System;
        foreach (var settings in queues)
            _queues[settings.Name] = Create(settings);
    }

    /// <inheritdoc/>
    public byte JournalId => 2;

    /// <summary>
    /// True while a receiver works on a message or is about to: a message in hand-over always counts.
    /// </summary>
    public bool IsBusy => Work > 0;

    /// <summary>
    /// How many messages receivers that are connected work on or are about to. Quick, and safe from any thread.
    /// </summary>
    public int Work
    {
        get
        {
            var work = 0;
            foreach (var (_, queue) in _queues)
                work += queue.Work;
            return work;
        }
    }

    /// <summary>From now on changes go to the journal that was replayed.</summary>
    public void Attach(Journal journal)
    {
        foreach (var queue in _queues.Values)
            queue.Attach(journal);
    }

    /// <summary>For a status page.</summary>
    public IReadOnlyList<QueueStatus> Read() =>
        [.. _queues.Values.Select(queue => queue.Read()).OrderBy(queue => queue.Name, StringComparer.Ordinal)];

    /// <summary>Whether there is a queue of this name: a trigger on another one would wait for ever.</summary>
    public bool HasQueue(string name) => _queues.ContainsKey(name);

    /// <summary>
    /// Whether a receiver of this queue is connected and has asked for messages: from then on <see cref="Work"/> tells
    /// of what it will get.
    /// </summary>
    public bool HasReceiver(string name) => _queues.TryGetValue(name, out var queue) && queue.HasReceiver;

    public bool TryFind(string name, [NotNullWhen(true)] out MessageQueue? queue) =>
        _queues.TryGetValue(name, out queue);

    // A queue that is no longer in the settings keeps its messages, as it does in Azure when it is taken out of the
    // template.
    void IJournaled.Replay(ReadOnlySpan<byte> record) =>
        QueueRecords.Replay(record, name => _queues.GetOrAdd(name, _ => Create(new QueueSettings(name))).State);

    IEnumerable<byte[]> IJournaled.Snapshot() =>
        _queues.Values.SelectMany(queue => QueueRecords.Snapshot(queue.Name, queue.State));

    /// <summary>Nothing becomes due any more, and calls fail. The journal stays its owner's.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var queue in _queues.Values)
            await queue.DisposeAsync().ConfigureAwait(false);
    }

    private MessageQueue Create(QueueSettings settings) => new(settings, this, _clock, _realTime);
}
