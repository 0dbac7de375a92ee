// The package's API carries no nullable annotations; neither does this one, so that callers compile the same against both.
#nullable disable annotations

using Serverless.Local.Messaging;

namespace Azure.Messaging.ServiceBus;

/// <summary>Messages to send in one all-or-nothing step. A message counts as it was when it was added.</summary>
public sealed class ServiceBusMessageBatch : IDisposable
{
    private readonly List<(MessagePayload Content, DateTimeOffset ScheduledEnqueueTime)> _messages = [];
    private bool _disposed;

    internal ServiceBusMessageBatch(long maxSizeInBytes) => MaxSizeInBytes = maxSizeInBytes;

    internal IReadOnlyList<(MessagePayload Content, DateTimeOffset ScheduledEnqueueTime)> Messages => _messages;

    public long MaxSizeInBytes { get; }

    public long SizeInBytes { get; private set; }

    public int Count => _messages.Count;

    /// <returns>False, and nothing changed, where the message no longer fits.</returns>
    public bool TryAddMessage(ServiceBusMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var content = MessagePayload.From(message);
        if (SizeInBytes + content.SizeInBytes > MaxSizeInBytes)
            return false;
        _messages.Add((content, message.ScheduledEnqueueTime));
        SizeInBytes += content.SizeInBytes;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _disposed = true;
}
