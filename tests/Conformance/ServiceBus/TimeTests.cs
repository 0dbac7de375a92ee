using Azure.Messaging.ServiceBus;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

/// <summary>Scheduling, duplicate detection and expiry.</summary>
public sealed class TimeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_scheduled_message_becomes_active_at_its_time_under_a_new_sequence_number()
    {
        await using var queue = BrokerFixture.Start();
        var due = BrokerFixture.WholeMilliseconds(queue.Now.AddHours(1));
        var number = await queue.Sender().ScheduleMessageAsync(new("x"), due, Cancel);
        var receive = queue.Receiver().ReceiveMessageAsync(TimeSpan.FromDays(1), Cancel);
        await queue.AdvanceAsync(TimeSpan.FromMinutes(59));
        Assert.False(receive.IsCompleted);
        var peeked = await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel);
        Assert.Equal(
            (number, ServiceBusMessageState.Scheduled, due),
            (peeked.SequenceNumber, peeked.State, peeked.ScheduledEnqueueTime)
        );
        await queue.AdvanceAsync(TimeSpan.FromMinutes(1));
        var message = await receive;
        Assert.True(message.SequenceNumber > number);
        Assert.InRange(message.EnqueuedTime, due, due.AddSeconds(5));
        Assert.Equal(ServiceBusMessageState.Active, message.State);
    }

    [Fact]
    public async Task A_send_with_a_scheduled_time_is_a_scheduled_message_and_a_past_time_is_now()
    {
        await using var queue = BrokerFixture.Start();
        await queue
            .Sender()
            .SendMessagesAsync(
                [
                    new("later") { ScheduledEnqueueTime = queue.Now.AddHours(1) },
                    new("now") { ScheduledEnqueueTime = queue.Now.AddHours(-1) },
                ],
                Cancel
            );
        Assert.Equal("now", (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).Body.ToString());
        Assert.Null(await queue.Receiver().ReceiveMessageAsync(BrokerFixture.Moment, Cancel));
        await queue.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("later", (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).Body.ToString());
    }

    [Fact]
    public async Task Scheduled_messages_become_active_in_the_order_of_their_times()
    {
        await using var queue = BrokerFixture.Start();
        foreach (var minutes in (int[])[30, 10, 20])
            await queue.Sender().ScheduleMessageAsync(new($"{minutes}"), queue.Now.AddMinutes(minutes), Cancel);
        await queue.AdvanceAsync(TimeSpan.FromHours(1));
        var received = await queue.Receiver().ReceiveMessagesAsync(10, Second, Cancel);
        Assert.Equal(["10", "20", "30"], received.Select(message => message.Body.ToString()));
    }

    [Fact]
    public async Task A_cancelled_message_never_comes_and_cannot_be_cancelled_again()
    {
        await using var queue = BrokerFixture.Start();
        var sender = queue.Sender();
        var numbers = await sender.ScheduleMessagesAsync([new("1"), new("2"), new("3")], queue.Now.AddHours(1), Cancel);
        await sender.CancelScheduledMessageAsync(numbers[0], Cancel);
        var failure = await Assert.ThrowsAsync<ServiceBusException>(() =>
            sender.CancelScheduledMessagesAsync([numbers[1], numbers[0]], Cancel)
        );
        Assert.Equal(ServiceBusFailureReason.MessageNotFound, failure.Reason);
        await sender.CancelScheduledMessagesAsync([numbers[1]], Cancel);
        await queue.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("3", (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).Body.ToString());
        Assert.Null(await queue.Receiver().ReceiveMessageAsync(BrokerFixture.Moment, Cancel));
        await Assert.ThrowsAsync<ServiceBusException>(() => sender.CancelScheduledMessageAsync(numbers[2], Cancel));
    }

    [Fact]
    public async Task A_hundred_thousand_scheduled_messages_are_no_burden()
    {
        await using var queue = BrokerFixture.Start();
        var due = queue.Now.AddDays(1);
        var sender = queue.Sender();
        for (var i = 0; i < 100; i++)
            await sender.ScheduleMessagesAsync(
                Enumerable.Range(0, 1000).Select(_ => new ServiceBusMessage("x")),
                due,
                Cancel
            );
        await queue.Sender().SendMessageAsync(new("now"), Cancel);
        Assert.Equal("now", (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).Body.ToString());
        await queue.AdvanceAsync(TimeSpan.FromDays(1));
        var taker = queue.Receiver(ServiceBusReceiveMode.ReceiveAndDelete);
        var received = 0;
        while (received < 100_000 && await taker.ReceiveMessagesAsync(5_000, Second, Cancel) is { Count: > 0 } some)
            received += some.Count;
        Assert.Equal(100_000, received);
    }

    [Fact]
    public async Task A_duplicate_within_the_window_is_accepted_and_dropped_even_when_the_first_one_is_completed()
    {
        await using var queue = BrokerFixture.Start(
            duplicateDetection: true,
            duplicateWindow: TimeSpan.FromMinutes(10)
        );
        var (sender, receiver) = (queue.Sender(), queue.Receiver());
        await sender.SendMessagesAsync([new("1") { MessageId = "id" }, new("2") { MessageId = "id" }], Cancel);
        var message = await receiver.ReceiveMessageAsync(Second, Cancel);
        Assert.Equal("1", message.Body.ToString());
        await receiver.CompleteMessageAsync(message, Cancel);
        await queue.AdvanceAsync(TimeSpan.FromMinutes(9));
        await sender.SendMessageAsync(new("3") { MessageId = "id" }, Cancel);
        Assert.Null(await receiver.PeekMessageAsync(cancellationToken: Cancel));
        await queue.AdvanceAsync(TimeSpan.FromMinutes(1));
        await sender.SendMessageAsync(new("4") { MessageId = "id" }, Cancel);
        Assert.Equal("4", (await receiver.ReceiveMessageAsync(Second, Cancel)).Body.ToString());
    }

    [Fact]
    public async Task Parallel_sends_of_one_id_leave_exactly_one_message()
    {
        await using var queue = BrokerFixture.Start(duplicateDetection: true);
        await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(_ =>
                    Task.Run(() => queue.Sender().SendMessageAsync(new("x") { MessageId = "id" }, Cancel), Cancel)
                )
        );
        Assert.Single(await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_scheduled_message_counts_for_duplicate_detection_from_its_scheduling()
    {
        await using var queue = BrokerFixture.Start(
            duplicateDetection: true,
            duplicateWindow: TimeSpan.FromMinutes(10)
        );
        var sender = queue.Sender();
        await sender.ScheduleMessageAsync(new("first") { MessageId = "id" }, queue.Now.AddHours(1), Cancel);
        await sender.SendMessageAsync(new("dropped") { MessageId = "id" }, Cancel);
        await sender.ScheduleMessageAsync(new("dropped") { MessageId = "id" }, queue.Now.AddHours(1), Cancel);
        await queue.AdvanceAsync(TimeSpan.FromMinutes(11));
        await sender.SendMessageAsync(new("second") { MessageId = "id" }, Cancel);
        await queue.AdvanceAsync(TimeSpan.FromMinutes(50));
        var received = await queue.Receiver().ReceiveMessagesAsync(10, Second, Cancel);
        Assert.Equal(["second", "first"], received.Select(message => message.Body.ToString()));
    }

    [Fact]
    public async Task Without_duplicate_detection_or_without_an_id_nothing_is_dropped()
    {
        await using var plain = BrokerFixture.Start();
        await plain.Sender().SendMessagesAsync([new("1") { MessageId = "id" }, new("2") { MessageId = "id" }], Cancel);
        Assert.Equal(2, (await plain.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel)).Count);
        await using var detecting = BrokerFixture.Start(duplicateDetection: true);
        await detecting.Sender().SendMessagesAsync([new("1"), new("2")], Cancel);
        Assert.Equal(2, (await detecting.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel)).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_expired_message_is_dead_lettered_only_where_the_queue_says_so(bool deadLetterExpired)
    {
        await using var queue = BrokerFixture.Start(deadLetterExpired: deadLetterExpired);
        await queue
            .Sender()
            .SendMessagesAsync([new("short") { TimeToLive = TimeSpan.FromMinutes(5) }, new("long")], Cancel);
        await queue.AdvanceAsync(TimeSpan.FromMinutes(5));
        Assert.Equal("long", (await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel)).Body.ToString());
        var dead = await queue.DeadLetters().PeekMessageAsync(cancellationToken: Cancel);
        Assert.Equal(deadLetterExpired ? "TTLExpiredException" : null, dead?.DeadLetterReason);
    }

    [Fact]
    public async Task The_queues_default_time_to_live_is_the_longest_and_counts_from_the_enqueueing()
    {
        await using var queue = BrokerFixture.Start(timeToLive: TimeSpan.FromHours(1));
        await queue.Sender().SendMessageAsync(new("now") { TimeToLive = TimeSpan.FromDays(1) }, Cancel);
        await queue.Sender().ScheduleMessageAsync(new("later"), queue.Now.AddHours(2), Cancel);
        await queue.AdvanceAsync(TimeSpan.FromHours(2.5));
        Assert.Equal(
            "later",
            Assert.Single(await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel)).Body.ToString()
        );
        await queue.AdvanceAsync(TimeSpan.FromHours(0.5));
        Assert.Null(await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_locked_message_expires_only_when_its_lock_ends()
    {
        await using var queue = BrokerFixture.Start(lockDuration: TimeSpan.FromMinutes(2), deadLetterExpired: true);
        await queue
            .Sender()
            .SendMessagesAsync(
                [new("1") { TimeToLive = TimeSpan.FromMinutes(1) }, new("2") { TimeToLive = TimeSpan.FromMinutes(1) }],
                Cancel
            );
        var receiver = queue.Receiver();
        var messages = await receiver.ReceiveMessagesAsync(2, Second, Cancel);
        await queue.AdvanceAsync(TimeSpan.FromMinutes(1.5));
        await receiver.CompleteMessageAsync(messages[0], Cancel);
        await queue.AdvanceLocksAsync(TimeSpan.FromMinutes(2));
        Assert.Equal("2", (await queue.DeadLetters().ReceiveMessageAsync(Second, Cancel)).Body.ToString());
        Assert.Null(await receiver.PeekMessageAsync(cancellationToken: Cancel));
    }
}
