using System.Net.Sockets;
using Amqp;
using Amqp.Framing;
using Amqp.Handler;
using Amqp.Sasl;
using Amqp.Transactions;
using Amqp.Types;
using Azure.Core.Amqp;
using Azure.Messaging.ServiceBus;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

/// <summary>The protocol itself: what the service's own client does not do, does rarely, or hides.</summary>
public sealed class FrontTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Brokers_side_by_side_know_nothing_of_each_other()
    {
        var queues = Enumerable.Range(0, 5).Select(_ => BrokerFixture.Start()).ToList();
        Assert.Equal(5, queues.Select(queue => queue.Port).Distinct().Count());
        await Task.WhenAll(queues.Select((queue, i) => queue.Sender().SendMessageAsync(new($"{i}"), Cancel)));
        var received = await Task.WhenAll(
            queues.Select(queue => queue.Receiver().ReceiveMessagesAsync(10, Second, Cancel))
        );
        Assert.Equal(["0", "1", "2", "3", "4"], received.Select(messages => Assert.Single(messages).Body.ToString()));
        foreach (var queue in queues)
            await queue.DisposeAsync();
    }

    [Fact]
    public async Task A_body_of_any_kind_comes_out_as_it_went_in()
    {
        await using var queue = BrokerFixture.Start();
        var sequence = AmqpMessageBody.FromSequence([
            ["a", 1],
            ["b", 2],
        ]);
        var data = AmqpMessageBody.FromData([new byte[] { 1, 2 }, new byte[] { 3 }]);
        var value = new AmqpAnnotatedMessage(AmqpMessageBody.FromValue(42))
        {
            Footer = { ["f"] = "footer" },
            MessageAnnotations = { ["x-own"] = 7 },
            Properties = { GroupSequence = 5, ReplyToGroupId = "group" },
        };
        foreach (var message in (AmqpAnnotatedMessage[])[new(sequence), new(data), value])
            await queue.Sender().SendMessageAsync(new ServiceBusMessage(message), Cancel);
        await queue.CrashAsync();
        var received = (await queue.Receiver().ReceiveMessagesAsync(3, Second, Cancel))
            .Select(message => message.GetRawAmqpMessage())
            .ToList();
        Assert.True(received[0].Body.TryGetSequence(out var lists));
        Assert.Equal(
            [
                ["a", 1],
                ["b", 2],
            ],
            lists
        );
        Assert.True(received[1].Body.TryGetData(out var parts));
        Assert.Equal(
            [
                [1, 2],
                [3],
            ],
            parts!.Select(part => part.ToArray())
        );
        Assert.True(received[2].Body.TryGetValue(out var number));
        Assert.Equal(42, number);
        Assert.Equal(
            ("footer", 7, 5u, "group"),
            (
                received[2].Footer["f"],
                received[2].MessageAnnotations["x-own"],
                received[2].Properties.GroupSequence,
                received[2].Properties.ReplyToGroupId
            )
        );
    }

    [Fact]
    public async Task A_message_that_is_given_back_unseen_was_no_delivery()
    {
        await using var queue = BrokerFixture.Start(maxDeliveryCount: 1);
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        var peer = await Peer.ConnectAsync(queue);
        for (var i = 0; i < 3; i++)
        {
            var receiver = new ReceiverLink(peer.Session, $"receiver-{i}", queue.Name);
            receiver.SetCredit(1, CreditMode.Manual);
            receiver.Release(await receiver.ReceiveAsync(BrokerFixture.Timeout));
            await receiver.CloseAsync();
        }
        Assert.Equal(1, (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).DeliveryCount);
        await peer.Connection.CloseAsync();
    }

    [Fact]
    public async Task A_connection_that_drops_keeps_its_locks_until_they_run_out()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessagesAsync([new("cut"), new("detached")], Cancel);
        var (cut, closed) = (await Peer.ConnectAsync(queue), await Peer.ConnectAsync(queue));
        var taker = new ReceiverLink(cut.Session, "receiver", queue.Name);
        taker.SetCredit(1, CreditMode.Manual);
        Assert.NotNull(await taker.ReceiveAsync(BrokerFixture.Timeout));
        await BrokerFixture.WhenAsync(() => queue.Work == 1);
        cut.Socket.Close();
        var receiver = new ReceiverLink(closed.Session, "receiver", queue.Name);
        receiver.SetCredit(1, CreditMode.Manual);
        Assert.NotNull(await receiver.ReceiveAsync(BrokerFixture.Timeout));
        await receiver.CloseAsync();
        await closed.Connection.CloseAsync();
        // Nobody works on them any more, but nobody else gets them either.
        await queue.WhenIdleAsync();
        Assert.Equal((0, 2), (queue.Status.Active, queue.Status.Locked));
        await queue.AdvanceLocksAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(
            [2, 2],
            (await queue.Receiver().ReceiveMessagesAsync(2, Second, Cancel)).Select(message => message.DeliveryCount)
        );
    }

    [Fact]
    public async Task A_receiver_gets_as_many_messages_as_it_gave_credit_for()
    {
        await using var queue = BrokerFixture.Start();
        await queue
            .Sender()
            .SendMessagesAsync(Enumerable.Range(0, 20).Select(i => new ServiceBusMessage($"{i}")), Cancel);
        var peer = await Peer.ConnectAsync(queue);
        var receiver = new ReceiverLink(peer.Session, "receiver", queue.Name);
        var expected = 0;
        foreach (var credit in (int[])[3, 1, 0, 5])
        {
            receiver.SetCredit(credit, CreditMode.Manual);
            for (var i = 0; i < credit; i++)
                Assert.NotNull(await receiver.ReceiveAsync(BrokerFixture.Timeout));
            expected += credit;
            await Task.Delay(BrokerFixture.Moment, Cancel);
            Assert.Equal(expected, queue.Status.Locked);
        }
        await peer.Connection.CloseAsync();
    }

    [Fact]
    public async Task Receives_that_end_while_messages_come_lose_none_and_get_none_twice()
    {
        await using var queue = BrokerFixture.Start();
        var (sender, receiver) = (queue.Sender(), queue.Receiver());
        var received = new List<ServiceBusReceivedMessage>();
        var sending = Task.Run(
            async () =>
            {
                for (var i = 0; i < 300; i++)
                    await sender.SendMessageAsync(new($"{i}"), Cancel);
            },
            Cancel
        );
        while (received.Count < 300)
        {
            foreach (var message in await receiver.ReceiveMessagesAsync(3, TimeSpan.FromMilliseconds(1), Cancel))
            {
                received.Add(message);
                await receiver.CompleteMessageAsync(message, Cancel);
            }
        }
        await sending;
        Assert.Equal(300, received.Select(message => message.Body.ToString()).Distinct().Count());
        Assert.All(received, message => Assert.Equal(1, message.DeliveryCount));
        Assert.Empty(queue.Status.Messages);
    }

    [Fact]
    public async Task A_message_that_is_too_large_ends_its_link_and_is_not_queued()
    {
        await using var queue = BrokerFixture.Start();
        var peer = await Peer.ConnectAsync(queue);
        var sender = new SenderLink(peer.Session, "sender", queue.Name);
        await Assert.ThrowsAnyAsync<AmqpException>(() =>
            sender.SendAsync(new Message { BodySection = new Data { Binary = new byte[300_000] } })
        );
        Assert.Equal("amqp:link:message-size-exceeded", sender.Error.Condition.ToString());
        Assert.Empty(queue.Status.Messages);
        var other = new SenderLink(peer.Session, "other", queue.Name);
        await other.SendAsync(new Message { BodySection = new Data { Binary = new byte[200_000] } });
        Assert.Equal(1, queue.Status.Active);
        await peer.Connection.CloseAsync();
    }

    [Fact]
    public async Task Sessions_topics_transactions_and_sends_to_dead_letters_are_refused_with_a_reason()
    {
        await using var queue = BrokerFixture.Start();
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            queue.Client.AcceptSessionAsync(queue.Name, "s", cancellationToken: Cancel)
        );
        await using var topic = queue.Client.CreateReceiver("topic", "subscription");
        Assert.Contains(
            "no topics",
            (await Assert.ThrowsAsync<NotSupportedException>(() => topic.ReceiveMessageAsync(Second, Cancel))).Message,
            StringComparison.Ordinal
        );

        var peer = await Peer.ConnectAsync(queue);
        var toDead = new SenderLink(peer.Session, "dead", $"{queue.Name}/$deadletterqueue");
        await BrokerFixture.WhenAsync(() => toDead.Error is not null);
        Assert.Equal(ErrorCode.NotAllowed, toDead.Error.Condition.ToString());
        var coordinator = new SenderLink(
            peer.Session,
            "coordinator",
            new Attach { Source = new Source(), Target = new Coordinator() },
            null
        );
        await BrokerFixture.WhenAsync(() => coordinator.Error is not null);
        Assert.Equal(ErrorCode.NotImplemented, coordinator.Error.Condition.ToString());
        await peer.Connection.CloseAsync();
    }

    [Theory]
    [InlineData("MSSBCBS")]
    [InlineData("ANONYMOUS")]
    [InlineData("PLAIN")]
    [InlineData("EXTERNAL")]
    public async Task Every_usual_sasl_mechanism_lets_in(string mechanism)
    {
        await using var queue = BrokerFixture.Start();
        var peer = await Peer.ConnectAsync(queue, mechanism);
        await new SenderLink(peer.Session, "sender", queue.Name).SendAsync(new Message("x"));
        Assert.Equal(1, queue.Status.Active);
        await peer.Connection.CloseAsync();
    }

    [Fact]
    public async Task A_message_that_is_not_well_formed_is_rejected_and_harms_nobody()
    {
        await using var queue = BrokerFixture.Start();
        var peer = await Peer.ConnectAsync(queue);
        var sender = new SenderLink(peer.Session, "sender", queue.Name);
        // A message section whose map says that it is longer than the message.
        var broken = new Message
        {
            BodySection = new Data { Binary = [] },
            Format = 0x80013700,
        };
        broken.BodySection = new Data
        {
            Binary = [0x00, 0x53, 0x74, 0xd1, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x02],
        };
        await Assert.ThrowsAnyAsync<AmqpException>(() => sender.SendAsync(broken));
        await sender.SendAsync(new Message("fine"));
        Assert.Equal(1, queue.Status.Active);
        await peer.Connection.CloseAsync();
    }

    [Fact]
    public async Task A_client_that_says_nothing_keeps_nobody_out()
    {
        await using var queue = BrokerFixture.Start();
        using var silent = new TcpClient();
        await silent.ConnectAsync("127.0.0.1", queue.Port, Cancel);
        await queue.Sender().SendMessageAsync(new("x"), Cancel).WaitAsync(BrokerFixture.Timeout, Cancel);
        Assert.Equal(1, queue.Status.Active);
    }

    [Fact]
    public async Task Hostile_bytes_end_their_connection_and_nothing_else()
    {
        await using var queue = BrokerFixture.Start();
        byte[] sasl = [.. "AMQP"u8, 3, 1, 0, 0];
        byte[] init = [0x00, 0x53, 0x41, 0xc0, 12, 1, 0xa3, 9, .. "ANONYMOUS"u8];
        byte[] open = [.. sasl, .. Frame(1, init), .. "AMQP"u8, 0, 1, 0, 0];
        var random = new Random(4711);
        var noise = new byte[5000];
        random.NextBytes(noise);
        var deep = new byte[60_000];
        byte[] Frame(byte type, ReadOnlySpan<byte> body)
        {
            var size = body.Length + 8;
            return [0, (byte)(size >> 16), (byte)(size >> 8), (byte)size, 2, type, 0, 0, .. body];
        }

        byte[] Frames(ReadOnlySpan<byte> body) => [.. open, .. Frame(0, body)];
        byte[][] attacks =
        [
            noise,
            [.. "GET / HTTP/1.1\r\n\r\n"u8],
            [.. sasl, .. noise],
            [.. sasl, .. Frame(1, deep)],
            [.. open, .. noise],
            [.. open, 0xff, 0xff, 0xff, 0xff],
            [.. open, 0, 0, 0, 3],
            [.. open, 0, 0, 0, 12, 0xff, 0, 0, 0, 1, 2, 3, 4],
            // Nothing but the beginnings of described values.
            Frames(deep),
            Frames([0x00, 0x53, 0x10, 0xd0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            // An array of two thousand million nulls.
            Frames([0x00, 0x53, 0x10, 0xf0, 0x00, 0x00, 0x00, 0x05, 0x7f, 0xff, 0xff, 0xff, 0x40]),
            Frames([0x00, 0x53, 0x12, 0xc0, 0x01, 0x00]),
        ];
        foreach (var attack in attacks)
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", queue.Port, Cancel);
            var stream = client.GetStream();
            try
            {
                await stream.WriteAsync(attack, Cancel);
                client.Client.Shutdown(SocketShutdown.Send);
                await stream.CopyToAsync(Stream.Null, Cancel).WaitAsync(BrokerFixture.Timeout, Cancel);
            }
            catch (IOException)
            {
                // Cut off in the middle of the attack.
            }
        }
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        Assert.Equal("x", (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).Body.ToString());
    }

    [Fact]
    public async Task A_message_that_somebody_holds_counts_as_work_until_it_is_excused()
    {
        await using var queue = BrokerFixture.Start(timeWaits: true);
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        Assert.Equal(0, queue.Work);
        var receiver = queue.Receiver();
        var message = await receiver.ReceiveMessageAsync(Second, Cancel);
        Assert.Equal(1, queue.Work);
        using (queue.Clock.Excuse(queue.Now.AddHours(2)))
            await queue.AdvanceAsync(TimeSpan.FromHours(1)).WaitAsync(Second, Cancel);
        await receiver.CompleteMessageAsync(message, Cancel);
        await queue.WhenIdleAsync();
    }

    /// <summary>A client that speaks plain AMQP, by another library than the service's own.</summary>
    private sealed record Peer(Socket Socket, Connection Connection, Session Session)
    {
        public static async Task<Peer> ConnectAsync(BrokerFixture queue, string mechanism = "ANONYMOUS")
        {
            Socket? socket = null;
            var factory = new ConnectionFactory();
            factory.SASL.Profile = new NamedSasl(mechanism);
            var handler = new SocketWatch(connected => socket = connected);
            var connection = await factory.CreateAsync(new Address($"amqp://127.0.0.1:{queue.Port}"), handler);
            return new Peer(socket!, connection, new Session(connection));
        }
    }

    private sealed class SocketWatch(Action<Socket> onConnect) : IHandler
    {
        public bool CanHandle(EventId id) => id == EventId.SocketConnect;

        public void Handle(Event protocolEvent) => onConnect((Socket)protocolEvent.Context);
    }

    private sealed class NamedSasl(string mechanism) : SaslProfile(new Symbol(mechanism))
    {
        protected override ITransport UpgradeTransport(ITransport transport) => transport;

        protected override DescribedList GetStartCommand(string hostname) =>
            new SaslInit { Mechanism = mechanism, InitialResponse = [0, 0] };

        protected override DescribedList OnCommand(DescribedList command) => throw new NotSupportedException();
    }
}
