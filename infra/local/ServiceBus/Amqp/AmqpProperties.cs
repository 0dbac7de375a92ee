using Amqp;
using Amqp.Types;

namespace Serverless.Local.Messaging;

/// <summary>Application properties that a receiver wants to set, as a queue takes them.</summary>
internal static class AmqpProperties
{
    /// <param name="properties">Null for none; values that are null are left out.</param>
    public static IReadOnlyDictionary<string, byte[]> Encode(Map? properties)
    {
        var encoded = new Dictionary<string, byte[]>();
        if (properties is null)
            return encoded;
        foreach (var (name, value) in properties)
        {
            if (value is not null && name?.ToString() is { } text)
                encoded[text] = Encode(value);
        }
        return encoded;
    }

    private static byte[] Encode(object value)
    {
        var buffer = new ByteBuffer(64, autoGrow: true);
        Encoder.WriteObject(buffer, value);
        return buffer.Buffer.AsSpan(buffer.Offset, buffer.Length).ToArray();
    }
}
