using Amqp;
using Amqp.Framing;
using Amqp.Types;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Local.Messaging;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

/// <summary>
/// How the broker reads AMQP's encoding: what another encoder wrote, and what nobody should have written.
/// </summary>
public sealed class EncodingTests
{
    private static readonly Config Thorough = Config.QuickThrowOnFailure.WithMaxTest(2_000);

    [Fact]
    public void A_value_is_skipped_to_its_very_end()
    {
        object[] values =
        [
            true,
            (byte)1,
            (sbyte)-1,
            (ushort)2,
            (short)-2,
            0u,
            3u,
            300u,
            -3,
            0UL,
            4UL,
            400UL,
            -4L,
            1.5f,
            2.5d,
            'c',
            DateTime.UnixEpoch,
            Guid.NewGuid(),
            new byte[] { 1, 2 },
            new byte[300],
            "text",
            new string('t', 300),
            new Symbol("symbol"),
            new List { 1, "a", new List() },
            new Map { ["a"] = new Map { [1] = 2 } },
            new[] { 1L, 2L },
            new[] { "a", "b" },
            new[] { Guid.NewGuid() },
            new[] { new Symbol("s") },
            new DescribedValue(7UL, new List { "described" }),
        ];
        foreach (var value in values)
        {
            var buffer = new ByteBuffer(64, autoGrow: true);
            Encoder.WriteObject(buffer, value);
            var bytes = buffer.Buffer.AsSpan(buffer.Offset, buffer.Length);
            var reader = new AmqpReader([.. bytes, 0x40]);
            reader.Skip();
            Assert.Equal(bytes.Length, reader.Position);
        }
    }

    [Fact]
    public void Whatever_the_bytes_they_are_a_message_or_not_well_formed() =>
        Check.One(Thorough, Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes => IsReadOrRefused(bytes)));

    [Fact]
    public void A_message_with_any_byte_changed_is_still_a_message_or_not_well_formed()
    {
        var message = Encoded();
        Check.One(
            Thorough,
            Prop.ForAll(
                ArbMap.Default.ArbFor<(ushort At, byte Value)>(),
                change =>
                {
                    var changed = message.ToArray();
                    changed[change.At % changed.Length] = change.Value;
                    return IsReadOrRefused(changed);
                }
            )
        );
    }

    [Fact]
    public void A_message_that_ends_too_early_is_not_well_formed()
    {
        var message = Encoded();
        for (var length = 1; length < message.Length; length++)
            Assert.True(IsReadOrRefused(message[..length]));
    }

    [Fact]
    public void Changed_properties_replace_those_of_their_name_and_leave_the_others()
    {
        var content = MessageContent
            .Parse(Encoded())
            .With(
                new Dictionary<string, byte[]>
                {
                    ["b"] = AmqpWriter.Encode("new"),
                    ["c"] = AmqpWriter.Encode(new string('c', 300)),
                }
            );
        var bytes = ShownMessage(content);
        var message = Message.Decode(new ByteBuffer(bytes, 0, bytes.Length, bytes.Length));
        Assert.Equal(
            ["a=1", "b=new", $"c={new string('c', 300)}"],
            message.ApplicationProperties.Map.Select(pair => $"{pair.Key}={pair.Value}").Order()
        );
        Assert.Equal(("id", "subject", "new"), (content.MessageId, content.Subject, content.ApplicationProperty("b")));
        Assert.Equal(TimeSpan.FromSeconds(5), content.TimeToLive);
    }

    private static byte[] ShownMessage(MessageContent content) =>
        Serverless
            .Local.Messaging.ShownMessage.Of(
                new QueuedMessage { Content = content, SequenceNumber = 1 },
                "queue",
                locked: false
            )
            .Encode()
            .ToArray();

    private static byte[] Encoded()
    {
        var buffer = new Message
        {
            Header = new Header { Ttl = 5000 },
            MessageAnnotations = new MessageAnnotations
            {
                [new Symbol("x-opt-scheduled-enqueue-time")] = DateTime.UnixEpoch.AddYears(100),
            },
            Properties = new Properties { MessageId = "id", Subject = "subject" },
            ApplicationProperties = new ApplicationProperties { ["a"] = 1, ["b"] = "old" },
            BodySection = new Data { Binary = [1, 2, 3] },
            Footer = new Footer { [new Symbol("f")] = 1 },
        }.Encode();
        return buffer.Buffer.AsSpan(buffer.Offset, buffer.Length).ToArray();
    }

    private static bool IsReadOrRefused(byte[] bytes)
    {
        foreach (var format in (uint[])[0, MessageContent.BatchFormat])
        {
            try
            {
                foreach (var content in MessageContent.ParseTransfer(bytes, format))
                    _ = (
                        content.Subject,
                        content.ApplicationProperty("a"),
                        content.With(new Dictionary<string, byte[]> { ["x"] = [0x40] })
                    );
            }
            catch (InvalidDataException)
            {
                // Refused.
            }
        }
        return true;
    }
}
