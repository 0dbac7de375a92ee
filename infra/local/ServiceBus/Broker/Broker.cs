using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using Serverless.Local.State;

namespace Serverless.Local.Messaging;

/// <summary>
/// A Service Bus namespace in this process. Made with its queues, replayed by <see cref="Journal.Open"/>, then in use from <see cref="Attach"/> on;
/// clients find it by the name that it is registered under.
/// </summary>
internal sealed class Broker : IJournaled, IDisposable
{
    private static readonly ConcurrentDictionary<string, Broker> Namespaces = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, MessageQueue> _queues = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider _clock;
    private string? _namespace;

    /// <param name="clock">Its timers make messages due and end locks and lives.</param>
    public Broker(IEnumerable<QueueSettings> queues, TimeProvider clock)
    {
        _clock = clock;
        foreach (var settings in queues)
            _queues[settings.Name] = new MessageQueue(settings, this, clock);
    }

    /// <inheritdoc/>
    public byte JournalId => 2;

    /// <summary>True while a running processor works on a message or is about to: a message in hand-over always counts.</summary>
    public bool IsBusy => Work > 0;

    /// <summary>How many messages running processors work on or are about to.</summary>
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

    /// <summary>Lets clients of <paramref name="fullyQualifiedNamespace"/> (the host of their endpoint) find this broker.</summary>
    public void Register(string fullyQualifiedNamespace)
    {
        if (!Namespaces.TryAdd(fullyQualifiedNamespace, this))
            throw new InvalidOperationException($"The Service Bus namespace {fullyQualifiedNamespace} has a broker already.");
        _namespace = fullyQualifiedNamespace;
    }

    /// <summary>Clients of the namespace find nothing from now on.</summary>
    public static void Unregister(string fullyQualifiedNamespace) => Namespaces.TryRemove(fullyQualifiedNamespace, out _);

    /// <summary>For a status page.</summary>
    public IReadOnlyList<QueueStatus> Read() => [.. _queues.Values.Select(queue => queue.Read()).OrderBy(queue => queue.Name, StringComparer.Ordinal)];

    /// <exception cref="ServiceBusException">No such namespace, or no such queue in it.</exception>
    public static MessageQueue Find(string fullyQualifiedNamespace, string queue)
    {
        if (!Namespaces.TryGetValue(fullyQualifiedNamespace, out var broker))
            throw Unreachable(queue);
        return broker._queues.TryGetValue(queue, out var found)
            ? found
            : throw new ServiceBusException(
                $"The messaging entity '{fullyQualifiedNamespace}/{queue}' could not be found.", ServiceBusFailureReason.MessagingEntityNotFound, queue);
    }

    internal static ServiceBusException Unreachable(string queue) =>
        new("No Service Bus namespace answers at this endpoint.", ServiceBusFailureReason.ServiceCommunicationProblem, queue);

    // A queue that is no longer in the settings keeps its messages, as it does in Azure when it is taken out of the template.
    void IJournaled.Replay(ReadOnlySpan<byte> record) =>
        QueueRecords.Replay(record, name => _queues.GetOrAdd(name, _ => new MessageQueue(new QueueSettings(name), this, _clock)).State);

    IEnumerable<byte[]> IJournaled.Snapshot() => _queues.Values.SelectMany(queue => QueueRecords.Snapshot(queue.Name, queue.State));

    /// <summary>Receivers that wait are told that the namespace is gone. The journal stays its owner's.</summary>
    public void Dispose()
    {
        // Only its own entry: another broker may have taken the name over meanwhile.
        if (_namespace is not null)
            Namespaces.TryRemove(KeyValuePair.Create(_namespace, this));
        foreach (var queue in _queues.Values)
            queue.Dispose();
    }
}
