namespace Serverless.Local.Messaging;

/// <summary>
/// Keeps what a client announces as its session's incoming window below half of the number range. Clients announce
/// "without limit" as the largest number; a flow that comes in while the library has sent a transfer but not counted
/// it yet makes it compute that limit plus one, which is 0, and nothing is sent any more.
/// </summary>
internal static class SessionWindow
{
    private const int BeginDescriptor = 0x11;
    private const int BeginField = 2;
    private const int FlowDescriptor = 0x13;
    private const int FlowField = 1;

    /// <param name="performative">Of a frame that came in; well formed. Changed in place.</param>
    public static void Limit(Span<byte> performative)
    {
        var reader = new AmqpReader(performative);
        int window;
        switch (reader.ReadDescriptor())
        {
            case BeginDescriptor:
                window = BeginField;
                break;
            case FlowDescriptor:
                window = FlowField;
                break;
            default:
                return;
        }
        var fields = reader.ReadListHead();
        for (var field = 0; field < fields && field < window; field++)
            reader.Skip();
        if (
            fields > window
            && performative[reader.Position] == AmqpCode.UInt
            && performative[reader.Position + 1] > sbyte.MaxValue
        )
            performative[reader.Position + 1] = (byte)sbyte.MaxValue;
    }
}
