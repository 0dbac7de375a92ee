using Azure.Messaging.ServiceBus;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

public sealed class ReceivingTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Messages_come_in_the_order_of_their_sending_with_rising_sequence_numbers()
    {
        await using var queue = BrokerFixture.Start();
        await queue
            .Sender()
            .SendMessagesAsync(Enumerable.Range(0, 5).Select(i => new ServiceBusMessage($"{i}")), Cancel);
        var received = await queue.Receiver().ReceiveMessagesAsync(10, Second, Cancel);
        Assert.Equal(["0", "1", "2", "3", "4"], received.Select(message => message.Body.ToString()));
        var numbers = received.Select(message => message.SequenceNumber).ToList();
        Assert.Equal(numbers.Order().Distinct(), numbers);
    }

    [Fact]
    public async Task A_receive_returns_with_the_first_message_and_does_not_wait_for_more()
    {
        await using var queue = BrokerFixture.Start();
        var receive = queue.Receiver().ReceiveMessagesAsync(10, TimeSpan.FromHours(1), Cancel);
        await Task.Delay(BrokerFixture.Moment, Cancel);
        Assert.False(receive.IsCompleted);
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        Assert.Single(await receive.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
    }

    [Fact]
    public async Task A_receive_ends_empty_when_its_wait_is_over()
    {
        await using var queue = BrokerFixture.Start();
        var receiver = queue.Receiver();
        Assert.Null(await receiver.ReceiveMessageAsync(BrokerFixture.Moment, Cancel));
        Assert.Empty(await receiver.ReceiveMessagesAsync(3, BrokerFixture.Moment, Cancel));
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        Assert.Equal(1, (await receiver.ReceiveMessageAsync(Second, Cancel)).DeliveryCount);
    }

    [Fact]
    public async Task A_cancelled_receive_takes_nothing()
    {
        await using var queue = BrokerFixture.Start();
        using var cancellation = new CancellationTokenSource();
        var receive = queue.Receiver().ReceiveMessageAsync(TimeSpan.FromHours(1), cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receive);
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        Assert.Equal(1, (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).DeliveryCount);
    }

    [Fact]
    public async Task Parallel_receivers_get_each_message_once()
    {
        await using var queue = BrokerFixture.Start();
        var receives = Enumerable
            .Range(0, 50)
            .Select(_ => Task.Run(() => queue.Receiver().ReceiveMessageAsync(TimeSpan.FromHours(1), Cancel), Cancel))
            .ToList();
        await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(i => Task.Run(() => queue.Sender().SendMessageAsync(new($"{i}"), Cancel), Cancel))
        );
        var received = await Task.WhenAll(receives);
        Assert.Equal(50, received.Select(message => message.Body.ToString()).Distinct().Count());
        Assert.All(received, message => Assert.Equal(1, message.DeliveryCount));
    }

    [Fact]
    public async Task A_message_received_and_deleted_is_gone_and_cannot_be_settled()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        var receiver = queue.Receiver(ServiceBusReceiveMode.ReceiveAndDelete);
        var message = await receiver.ReceiveMessageAsync(Second, Cancel);
        Assert.Null(await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel));
        await Assert.ThrowsAsync<InvalidOperationException>(() => receiver.CompleteMessageAsync(message, Cancel));
    }

    [Fact]
    public async Task Peeking_sees_every_state_and_changes_none()
    {
        await using var queue = BrokerFixture.Start();
        var (sender, receiver) = (queue.Sender(), queue.Receiver());
        foreach (var name in (string[])["deferred", "locked", "active"])
            await sender.SendMessageAsync(new(name), Cancel);
        await sender.ScheduleMessageAsync(new("scheduled"), queue.Now.AddHours(1), Cancel);
        await receiver.DeferMessageAsync(await receiver.ReceiveMessageAsync(Second, Cancel), cancellationToken: Cancel);
        await receiver.ReceiveMessageAsync(Second, Cancel);

        var peeker = queue.Receiver();
        var peeked = await peeker.PeekMessagesAsync(2, cancellationToken: Cancel);
        Assert.Equal(
            [("deferred", ServiceBusMessageState.Deferred), ("locked", ServiceBusMessageState.Active)],
            peeked.Select(m => (m.Body.ToString(), m.State))
        );
        var rest = await peeker.PeekMessagesAsync(10, cancellationToken: Cancel);
        Assert.Equal(
            [("active", ServiceBusMessageState.Active), ("scheduled", ServiceBusMessageState.Scheduled)],
            rest.Select(m => (m.Body.ToString(), m.State))
        );
        Assert.Null(await peeker.PeekMessageAsync(cancellationToken: Cancel));
        Assert.Equal("locked", (await peeker.PeekMessageAsync(peeked[1].SequenceNumber, Cancel)).Body.ToString());

        await Assert.ThrowsAsync<InvalidOperationException>(() => peeker.CompleteMessageAsync(rest[0], Cancel));
        Assert.Equal(1, (await receiver.ReceiveMessageAsync(Second, Cancel)).DeliveryCount);
    }

    [Fact]
    public async Task Messages_can_be_enumerated_as_they_come()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessagesAsync([new("1"), new("2")], Cancel);
        using var cancellation = new CancellationTokenSource();
        var bodies = new List<string>();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var message in queue.Receiver().ReceiveMessagesAsync(cancellation.Token))
            {
                bodies.Add(message.Body.ToString());
                if (bodies.Count == 2)
                    await cancellation.CancelAsync();
            }
        });
        Assert.Equal(["1", "2"], bodies);
    }
}
