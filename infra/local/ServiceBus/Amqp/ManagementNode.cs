using Amqp;
using Amqp.Framing;
using Amqp.Types;

namespace Serverless.Local.Messaging;

/// <summary>The management node of a queue, or of its dead-letter queue.</summary>
internal sealed class ManagementNode(MessageQueue queue, bool deadLetters) : RequestNode
{
    private const int Ok = 200;
    private const int NoContent = 204;
    private const int BadRequest = 400;
    private const int NotFound = 404;
    private const int Gone = 410;
    private const int InternalError = 500;
    private const int NotImplemented = 501;

    public override async Task<Message> AnswerAsync(Message request)
    {
        try
        {
            var operation = request.ApplicationProperties?["operation"] as string;
            if (request.BodySection is not AmqpValue { Value: Map body })
                return Failed(BadRequest, ErrorCode.InvalidField, "A request's body is a map.");
            return operation switch
            {
                "com.microsoft:schedule-message" => await ScheduleAsync(body).ConfigureAwait(false),
                "com.microsoft:cancel-scheduled-message" => await CancelAsync(body).ConfigureAwait(false),
                "com.microsoft:renew-lock" => RenewLocks(body),
                "com.microsoft:update-disposition" => await SettleAsync(body).ConfigureAwait(false),
                "com.microsoft:peek-message" => Peek(body),
                "com.microsoft:receive-by-sequence-number" => await ReceiveAsync(body).ConfigureAwait(false),
                _ => Failed(
                    NotImplemented,
                    ErrorCode.NotImplemented,
                    $"The local broker has no operation '{operation}'."
                ),
            };
        }
        catch (BrokerException ex)
        {
            var status = ex.Error switch
            {
                BrokerError.LockLost => Gone,
                BrokerError.MessageNotFound => NotFound,
                BrokerError.Unavailable => InternalError,
                _ => BadRequest,
            };
            return Failed(status, AmqpErrors.Of(ex).Condition, ex.Message);
        }
        catch (InvalidDataException ex)
        {
            return Failed(BadRequest, ErrorCode.DecodeError, ex.Message);
        }
    }

    private async Task<Message> ScheduleAsync(Map body)
    {
        var messages = Required<IEnumerable<object>>(body, "messages")
            .Select(message => Required<byte[]>(message as Map ?? throw Missing("messages"), "message"))
            .ToList();
        if (messages.Sum(message => (long)message.Length) > MessageQueue.MaxMessageSizeInBytes)
            throw new BrokerException(
                BrokerError.TooLarge,
                $"The messages are larger than the {MessageQueue.MaxMessageSizeInBytes} bytes that the queue takes."
            );
        var numbers = await queue
            .SendAsync(messages.ConvertAll(message => MessageContent.Parse(message)))
            .ConfigureAwait(false);
        return Done(new Map { ["sequence-numbers"] = numbers.ToArray() });
    }

    private async Task<Message> CancelAsync(Map body)
    {
        await queue.CancelAsync(Required<long[]>(body, "sequence-numbers")).ConfigureAwait(false);
        return Done([]);
    }

    private Message RenewLocks(Map body) =>
        Done(
            new Map
            {
                ["expirations"] = Required<Guid[]>(body, "lock-tokens")
                    .Select(token => queue.RenewLock(token).UtcDateTime)
                    .ToArray(),
            }
        );

    private async Task<Message> SettleAsync(Map body)
    {
        var outcome = Required<string>(body, "disposition-status") switch
        {
            "completed" => Outcome.Complete,
            "abandoned" => Outcome.Abandon,
            "suspended" => Outcome.DeadLetter,
            "defered" => Outcome.Defer,
            var other => throw new InvalidDataException($"There is no disposition '{other}'."),
        };
        var properties = new Dictionary<string, byte[]>(AmqpProperties.Encode(body["properties-to-modify"] as Map));
        if (body["deadletter-reason"] is string reason)
            properties[MessageContent.DeadLetterReason] = AmqpWriter.Encode(reason);
        if (body["deadletter-description"] is string description)
            properties[MessageContent.DeadLetterErrorDescription] = AmqpWriter.Encode(description);
        foreach (var token in Required<Guid[]>(body, "lock-tokens"))
            await queue.SettleAsync(token, new Settlement(outcome, properties)).ConfigureAwait(false);
        return Done([]);
    }

    private Message Peek(Map body)
    {
        var messages = queue.Peek(
            deadLetters,
            Required<long>(body, "from-sequence-number"),
            Required<int>(body, "message-count")
        );
        if (messages.Count == 0)
            return Answer(NoContent, "No messages.", []);
        var encoded = messages.Select(message => new Map { ["message"] = message.Encode().ToArray() });
        return Done(new Map { ["messages"] = encoded.ToList() });
    }

    private async Task<Message> ReceiveAsync(Map body)
    {
        // The receiver's settlement mode: first means that nothing is left to settle.
        var deletes = body["receiver-settle-mode"] is uint and (uint)ReceiverSettleMode.First;
        var messages = await queue
            .ReceiveDeferredAsync(deadLetters, Required<long[]>(body, "sequence-numbers"), deletes)
            .ConfigureAwait(false);
        return Done(
            new Map
            {
                ["messages"] = messages
                    .Select(message => new Map
                    {
                        ["message"] = message.Encode().ToArray(),
                        ["lock-token"] = message.LockToken,
                    })
                    .ToList(),
            }
        );
    }

    private static T Required<T>(Map body, string name) => body[name] is T value ? value : throw Missing(name);

    private static InvalidDataException Missing(string name) =>
        new($"The request has no '{name}', or of another type.");

    private static Message Done(Map body) => Answer(Ok, "OK", body);

    private static Message Failed(int status, Symbol condition, string description)
    {
        var answer = Answer(status, description, []);
        answer.ApplicationProperties["errorCondition"] = condition;
        return answer;
    }

    private static Message Answer(int status, string description, Map body) =>
        new()
        {
            ApplicationProperties = new ApplicationProperties
            {
                ["statusCode"] = status,
                ["statusDescription"] = description,
            },
            BodySection = new AmqpValue { Value = body },
        };
}
