using Amqp;

namespace Serverless.Local.Messaging;

/// <summary>A transfer as it came in; the library's decoder has not touched it.</summary>
internal sealed class IncomingMessage(byte[] bytes) : Message
{
    public byte[] Bytes { get; } = bytes;
}
