using System.Text.Json;
using Azure.Core.Serialization;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Local.Hosting;

/// <summary>What a function can take of a message: the body in several shapes, and properties by name.</summary>
internal static class MessageData
{
    /// <summary>Properties that a parameter of the same name is bound to.</summary>
    public static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "MessageId", "CorrelationId", "Subject", "ContentType", "SessionId", "DeliveryCount", "SequenceNumber", "EnqueuedTimeUtc", "ExpiresAtUtc", "LockToken",
    };

    public static Dictionary<string, object?> Of(ServiceBusReceivedMessage message) => new(StringComparer.OrdinalIgnoreCase)
    {
        ["MessageId"] = message.MessageId,
        ["CorrelationId"] = message.CorrelationId,
        ["Subject"] = message.Subject,
        ["ContentType"] = message.ContentType,
        ["SessionId"] = message.SessionId,
        ["DeliveryCount"] = message.DeliveryCount,
        ["SequenceNumber"] = message.SequenceNumber,
        ["EnqueuedTimeUtc"] = message.EnqueuedTime.UtcDateTime,
        ["ExpiresAtUtc"] = message.ExpiresAt.UtcDateTime,
        ["LockToken"] = message.LockToken,
    };

    /// <exception cref="FunctionInputConverterException">The body is no JSON of <paramref name="type"/>.</exception>
    public static object? Read(ServiceBusReceivedMessage message, Type type, ObjectSerializer serializer)
    {
        if (type == typeof(ServiceBusReceivedMessage))
            return message;
        if (type == typeof(BinaryData))
            return message.Body;
        if (type == typeof(string))
            return message.Body.ToString();
        if (type == typeof(byte[]))
            return message.Body.ToArray();
        if (type == typeof(ReadOnlyMemory<byte>))
            return message.Body.ToMemory();
        try
        {
            return serializer.Deserialize(message.Body.ToStream(), type, default);
        }
        catch (JsonException ex)
        {
            throw new FunctionInputConverterException($"The body of message '{message.MessageId}' cannot be converted to '{type}'. Error: {ex.Message}", ex);
        }
    }
}
