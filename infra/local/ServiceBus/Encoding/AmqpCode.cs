namespace Serverless.Local.Messaging;

/// <summary>The first byte of an encoded value: its type and how its content is laid out.</summary>
internal static class AmqpCode
{
    public const byte Described = 0x00;
    public const byte Null = 0x40;
    public const byte True = 0x41;
    public const byte False = 0x42;
    public const byte UInt0 = 0x43;
    public const byte ULong0 = 0x44;
    public const byte List0 = 0x45;
    public const byte SmallUInt = 0x52;
    public const byte SmallULong = 0x53;
    public const byte Boolean = 0x56;
    public const byte UInt = 0x70;
    public const byte Int = 0x71;
    public const byte ULong = 0x80;
    public const byte Long = 0x81;
    public const byte Timestamp = 0x83;
    public const byte Binary8 = 0xa0;
    public const byte String8 = 0xa1;
    public const byte Symbol8 = 0xa3;
    public const byte Binary32 = 0xb0;
    public const byte String32 = 0xb1;
    public const byte Symbol32 = 0xb3;
    public const byte List8 = 0xc0;
    public const byte Map8 = 0xc1;
    public const byte List32 = 0xd0;
    public const byte Map32 = 0xd1;
}
