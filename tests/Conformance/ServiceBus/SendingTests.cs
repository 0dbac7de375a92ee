using Azure.Messaging.ServiceBus;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

public sealed class SendingTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_arrives_as_it_was_sent()
    {
        await using var queue = BrokerFixture.Start();
        var before = queue.Now;
        var sent = new ServiceBusMessage("grüezi")
        {
            MessageId = "id",
            CorrelationId = "correlation",
            Subject = "subject",
            To = "to",
            ReplyTo = "reply",
            ContentType = "text/plain",
            PartitionKey = "key",
            TransactionPartitionKey = "transaction",
            ReplyToSessionId = "session",
            TimeToLive = TimeSpan.FromHours(1),
        };
        await queue.Sender().SendMessageAsync(sent, Cancel);
        var received = await queue.Receiver().ReceiveMessageAsync(Second, Cancel);

        Assert.Equal("grüezi", received.Body.ToString());
        Assert.Equal(
            ("id", "correlation", "subject", "to", "reply", "text/plain", "key", "transaction", "session"),
            (
                received.MessageId,
                received.CorrelationId,
                received.Subject,
                received.To,
                received.ReplyTo,
                received.ContentType,
                received.PartitionKey,
                received.TransactionPartitionKey,
                received.ReplyToSessionId
            )
        );
        Assert.Equal(TimeSpan.FromHours(1), received.TimeToLive);
        // The client sent its own creation and expiry times along; they come back as they were.
        Assert.InRange(received.ExpiresAt, before.AddHours(1).AddSeconds(-1), queue.Now.AddHours(1));
        Assert.InRange(received.EnqueuedTime, before, queue.Now);
        Assert.Equal(1, received.DeliveryCount);
        Assert.Equal(ServiceBusMessageState.Active, received.State);
        Assert.NotEqual(Guid.Empty, Guid.Parse(received.LockToken));
    }

    [Fact]
    public async Task Application_properties_keep_their_types()
    {
        await using var queue = BrokerFixture.Start();
        var time = new DateTimeOffset(2026, 3, 1, 12, 30, 15, 250, TimeSpan.FromHours(2));
        object[] values =
        [
            true,
            (byte)1,
            (sbyte)-1,
            'ü',
            (short)-2,
            (ushort)2,
            -3,
            3u,
            -4L,
            4UL,
            1.5f,
            2.5d,
            3.75m,
            "text",
            Guid.NewGuid(),
            new Uri("https://example.org/a"),
            new DateTime(2026, 3, 1, 10, 30, 15, 250, DateTimeKind.Utc),
            time.ToUniversalTime(),
            TimeSpan.FromMinutes(3),
        ];
        var message = new ServiceBusMessage("x");
        foreach (var value in values)
            message.ApplicationProperties[value.GetType().Name] = value;
        message.ApplicationProperties["offset"] = time;
        await queue.Sender().SendMessageAsync(message, Cancel);
        await queue.CrashAsync();
        var received = await queue.Receiver().ReceiveMessageAsync(Second, Cancel);

        Assert.All(values, value => Assert.Equal(value, received.ApplicationProperties[value.GetType().Name]));
        Assert.Equal(TimeSpan.Zero, ((DateTimeOffset)received.ApplicationProperties["offset"]).Offset);
    }

    [Fact]
    public async Task A_message_over_256_KB_is_refused()
    {
        await using var queue = BrokerFixture.Start();
        var sender = queue.Sender();
        await sender.SendMessageAsync(new ServiceBusMessage(new byte[255 * 1024]), Cancel);
        var failure = await Assert.ThrowsAsync<ServiceBusException>(() =>
            sender.SendMessageAsync(new ServiceBusMessage(new byte[256 * 1024]), Cancel)
        );
        Assert.Equal(ServiceBusFailureReason.MessageSizeExceeded, failure.Reason);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task Several_messages_are_sent_all_or_none()
    {
        await using var queue = BrokerFixture.Start();
        var sender = queue.Sender();
        await sender.SendMessagesAsync([], Cancel);
        await sender.SendMessagesAsync([new("1"), new("2")], Cancel);
        ServiceBusMessage[] tooLarge = [new("3"), new(new byte[200 * 1024]), new(new byte[100 * 1024])];
        var failure = await Assert.ThrowsAsync<ServiceBusException>(() => sender.SendMessagesAsync(tooLarge, Cancel));
        Assert.Equal(ServiceBusFailureReason.MessageSizeExceeded, failure.Reason);
        Assert.Equal(
            ["1", "2"],
            (await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel)).Select(message =>
                message.Body.ToString()
            )
        );
    }

    [Fact]
    public async Task A_batch_takes_what_fits_and_sends_it_as_it_was_added()
    {
        await using var queue = BrokerFixture.Start();
        var sender = queue.Sender();
        using var batch = await sender.CreateMessageBatchAsync(
            new CreateMessageBatchOptions { MaxSizeInBytes = 2000 },
            Cancel
        );
        var message = new ServiceBusMessage(new byte[1000]) { Subject = "before" };
        Assert.True(batch.TryAddMessage(message));
        message.Subject = "after";
        Assert.False(batch.TryAddMessage(new ServiceBusMessage(new byte[1000])));
        Assert.Equal((1, 2000), (batch.Count, batch.MaxSizeInBytes));
        Assert.InRange(batch.SizeInBytes, 1000, 2000);
        await sender.SendMessagesAsync(batch, Cancel);
        Assert.Equal("before", (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).Subject);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () =>
            await sender.CreateMessageBatchAsync(new CreateMessageBatchOptions { MaxSizeInBytes = 300 * 1024 }, Cancel)
        );
    }

    [Fact]
    public async Task A_copy_of_a_received_message_leaves_behind_what_the_queue_added()
    {
        await using var queue = BrokerFixture.Start();
        var sent = new ServiceBusMessage("x")
        {
            MessageId = "id",
            Subject = "s",
            ApplicationProperties = { ["a"] = 1 },
        };
        await queue.Sender().SendMessageAsync(sent, Cancel);
        var receiver = queue.Receiver();
        await receiver.DeadLetterMessageAsync(
            await receiver.ReceiveMessageAsync(Second, Cancel),
            "reason",
            "description",
            Cancel
        );
        var copy = new ServiceBusMessage(await queue.DeadLetters().ReceiveMessageAsync(Second, Cancel));
        Assert.Equal(("id", "s", "x"), (copy.MessageId, copy.Subject, copy.Body.ToString()));
        Assert.Equal(["a"], copy.ApplicationProperties.Keys);
    }

    [Fact]
    public async Task A_queue_that_does_not_exist_is_said_so()
    {
        await using var queue = BrokerFixture.Start();
        var failure = await Assert.ThrowsAsync<ServiceBusException>(() =>
            queue.Client.CreateSender("no-such-queue").SendMessageAsync(new("x"), Cancel)
        );
        Assert.Equal((ServiceBusFailureReason.MessagingEntityNotFound, false), (failure.Reason, failure.IsTransient));
        failure = await Assert.ThrowsAsync<ServiceBusException>(() =>
            queue.Client.CreateReceiver("no-such-queue").ReceiveMessageAsync(Second, Cancel)
        );
        Assert.Equal(ServiceBusFailureReason.MessagingEntityNotFound, failure.Reason);
    }
}
