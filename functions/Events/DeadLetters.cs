using System.Text.Json;
using Azure.Messaging.ServiceBus;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Events;

/// <summary>What came of sending a dead letter again.</summary>
internal enum ResendResult
{
    /// <summary>It is in its queue again, and no dead letter any more.</summary>
    Sent,

    /// <summary>There is no such dead letter.</summary>
    Gone,

    /// <summary>Somebody else has it in hand at this moment.</summary>
    Busy,
}

/// <summary>
/// The messages that could not be handled for 16 hours and were set aside by the broker: looking at them changes
/// nothing, and one that is sent again is handled as if it were new.
/// </summary>
internal sealed class DeadLetters(ServiceBusClient client, AppQueues queues)
{
    private const int AtOnce = 100;

    /// <summary>
    /// A letter is taken by taking those before it, which are put back. Behind so many, the queue is to be looked after
    /// by the tools of Service Bus.
    /// </summary>
    private const int MostBefore = 2000;

    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    public static IReadOnlyList<string> Queues { get; } = [AppQueues.EventsName, AppQueues.WebhooksName];

    /// <summary>The letters of a queue from a number on, oldest first.</summary>
    public async Task<IReadOnlyList<ServiceBusReceivedMessage>> PeekAsync(
        string queue,
        long from,
        int count,
        CancellationToken ct
    )
    {
        await using var receiver = Receiver(queue);
        var found = new List<ServiceBusReceivedMessage>();
        while (found.Count < count)
        {
            var part = await receiver.PeekMessagesAsync(count - found.Count, from, ct);
            if (part.Count == 0)
                break;
            found.AddRange(part);
            from = part[^1].SequenceNumber + 1;
        }
        return found;
    }

    /// <summary>
    /// Sends one again, and then takes it out of the dead letters: a crash in between leaves it there, and a message
    /// that comes twice does no harm.
    /// </summary>
    public async Task<ResendResult> ResendAsync(DeadLetterId id, CancellationToken ct)
    {
        if (await PeekAsync(id.Queue, id.Number, 1, ct) is not [var there] || there.SequenceNumber != id.Number)
            return ResendResult.Gone;
        await using var receiver = Receiver(id.Queue);
        var before = new List<ServiceBusReceivedMessage>();
        try
        {
            while (before.Count < MostBefore)
            {
                var part = await receiver.ReceiveMessagesAsync(AtOnce, Wait, ct);
                if (part.Count == 0)
                    return ResendResult.Busy;
                before.AddRange(part.Where(message => message.SequenceNumber != id.Number));
                if (part.FirstOrDefault(message => message.SequenceNumber == id.Number) is not { } letter)
                    continue;
                await queues.Named(id.Queue).ResendAsync(letter, ct);
                await receiver.CompleteMessageAsync(letter, ct);
                return ResendResult.Sent;
            }
            return ResendResult.Busy;
        }
        finally
        {
            await Task.WhenAll(before.Select(message => PutBackAsync(receiver, message)));
        }
    }

    /// <summary>What a letter is about; null where it cannot be read, which may be why it is one.</summary>
    public static LetterSubject? SubjectOf(ServiceBusReceivedMessage letter)
    {
        try
        {
            return letter.Body.ToObjectFromJson<LetterSubject>(StoredJson.Options);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private ServiceBusReceiver Receiver(string queue) =>
        client.CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });

    /// <summary>One that is not put back comes back by itself, when its lock ends.</summary>
    private static async Task PutBackAsync(ServiceBusReceiver receiver, ServiceBusReceivedMessage message)
    {
        try
        {
            await receiver.AbandonMessageAsync(message);
        }
        catch (ServiceBusException)
        {
            // Its lock has ended: it is back already.
        }
    }
}

/// <summary>What the messages of both queues say of their subject.</summary>
/// <param name="Partner">Partner id.</param>
/// <param name="Reference">The person; only messages about events name one.</param>
/// <param name="Id">The event.</param>
internal sealed record LetterSubject(string? Partner, string? Reference, string? Id);
