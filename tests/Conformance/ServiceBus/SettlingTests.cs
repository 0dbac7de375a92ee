using Azure.Messaging.ServiceBus;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

public sealed class SettlingTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_locked_message_is_hidden_and_a_completed_one_is_gone()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        var receiver = queue.Receiver();
        var message = await receiver.ReceiveMessageAsync(Second, Cancel);
        Assert.Null(await queue.Receiver().ReceiveMessageAsync(BrokerFixture.Moment, Cancel));
        await receiver.CompleteMessageAsync(message, Cancel);
        Assert.Null(await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel));
        await LosesLock(() => receiver.CompleteMessageAsync(message, Cancel));
    }

    [Fact]
    public async Task Another_receiver_may_settle_by_the_lock_token()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        var message = await queue.Receiver().ReceiveMessageAsync(Second, Cancel);
        await queue.Receiver().CompleteMessageAsync(message, Cancel);
        Assert.Null(await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task An_abandoned_message_comes_back_at_once_with_its_number_and_one_delivery_more()
    {
        await using var queue = BrokerFixture.Start();
        await queue
            .Sender()
            .SendMessagesAsync([new("x") { ApplicationProperties = { ["a"] = 1, ["b"] = 1 } }, new("y")], Cancel);
        var receiver = queue.Receiver();
        var first = await receiver.ReceiveMessageAsync(Second, Cancel);
        await receiver.AbandonMessageAsync(first, new Dictionary<string, object> { ["b"] = 2, ["c"] = 3 }, Cancel);
        var second = await receiver.ReceiveMessageAsync(Second, Cancel);
        Assert.Equal(
            ("x", 2, first.SequenceNumber),
            (second.Body.ToString(), second.DeliveryCount, second.SequenceNumber)
        );
        Assert.Equal(
            [("a", 1), ("b", 2), ("c", 3)],
            second.ApplicationProperties.Select(pair => (pair.Key, (int)pair.Value)).Order()
        );
        Assert.NotEqual(first.LockToken, second.LockToken);
    }

    [Fact]
    public async Task A_lock_lasts_for_the_queues_lock_duration_and_settling_later_is_lock_lost()
    {
        await using var queue = BrokerFixture.Start(lockDuration: TimeSpan.FromSeconds(30));
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        var receiver = queue.Receiver();
        var message = await receiver.ReceiveMessageAsync(Second, Cancel);
        Assert.InRange(message.LockedUntil, DateTimeOffset.UtcNow.AddSeconds(20), DateTimeOffset.UtcNow.AddSeconds(30));
        var next = queue.Receiver().ReceiveMessageAsync(TimeSpan.FromHours(1), Cancel);
        await queue.AdvanceLocksAsync(TimeSpan.FromSeconds(20));
        await Task.Delay(BrokerFixture.Moment, Cancel);
        Assert.False(next.IsCompleted);
        await queue.AdvanceLocksAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(2, (await next).DeliveryCount);
        await LosesLock(() => receiver.CompleteMessageAsync(message, Cancel));
        await LosesLock(() => receiver.AbandonMessageAsync(message, cancellationToken: Cancel));
        await LosesLock(() => receiver.DeadLetterMessageAsync(message, cancellationToken: Cancel));
        await LosesLock(() => receiver.DeferMessageAsync(message, cancellationToken: Cancel));
        await LosesLock(() => receiver.RenewMessageLockAsync(message, Cancel));
        await receiver.CompleteMessageAsync(await next, Cancel);
    }

    [Fact]
    public async Task A_lock_lives_in_real_time_whatever_the_apps_clock_is_moved_to()
    {
        var life = TimeSpan.FromSeconds(3);
        await using var queue = BrokerFixture.Start(lockDuration: life);
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        await queue.AdvanceAsync(TimeSpan.FromHours(2));
        var receiver = queue.Receiver();
        var before = DateTimeOffset.UtcNow.AddMilliseconds(-1); // AMQP counts whole milliseconds
        var message = await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.InRange(message.LockedUntil, before + life, DateTimeOffset.UtcNow + life);
        await queue.AdvanceAsync(TimeSpan.FromHours(2));
        Assert.Equal(1, queue.Status.Locked);
        await receiver.RenewMessageLockAsync(message, Cancel);
        var again = await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.InRange(DateTimeOffset.UtcNow, message.LockedUntil, message.LockedUntil.AddSeconds(20));
        Assert.Equal(2, again.DeliveryCount);
        await LosesLock(() => receiver.CompleteMessageAsync(message, Cancel));
        await receiver.CompleteMessageAsync(again, Cancel);
    }

    [Fact]
    public async Task A_renewed_lock_lasts_its_full_duration_again()
    {
        await using var queue = BrokerFixture.Start(lockDuration: TimeSpan.FromSeconds(30));
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        var receiver = queue.Receiver();
        var message = await receiver.ReceiveMessageAsync(Second, Cancel);
        for (var i = 0; i < 10; i++)
        {
            var until = message.LockedUntil;
            await queue.AdvanceLocksAsync(TimeSpan.FromSeconds(20));
            await receiver.RenewMessageLockAsync(message, Cancel);
            Assert.InRange(message.LockedUntil - until, TimeSpan.FromSeconds(19), TimeSpan.FromSeconds(29));
        }
        await receiver.CompleteMessageAsync(message, Cancel);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task After_as_many_failed_deliveries_as_allowed_a_message_is_dead_lettered(bool byAbandoning)
    {
        await using var queue = BrokerFixture.Start(maxDeliveryCount: 3);
        await queue.Sender().SendMessageAsync(new("x") { MessageId = "id" }, Cancel);
        var receiver = queue.Receiver();
        for (var delivery = 1; delivery <= 3; delivery++)
        {
            var message = await receiver.ReceiveMessageAsync(Second, Cancel);
            Assert.Equal(delivery, message.DeliveryCount);
            if (byAbandoning)
                await receiver.AbandonMessageAsync(message, cancellationToken: Cancel);
            else
                await queue.AdvanceLocksAsync(TimeSpan.FromMinutes(1));
        }
        Assert.Null(await receiver.PeekMessageAsync(cancellationToken: Cancel));
        var dead = await queue.DeadLetters().ReceiveMessageAsync(Second, Cancel);
        Assert.Equal(("id", "MaxDeliveryCountExceeded"), (dead.MessageId, dead.DeadLetterReason));
        Assert.Equal("Message could not be consumed after 3 delivery attempts.", dead.DeadLetterErrorDescription);
    }

    [Fact]
    public async Task A_dead_lettered_message_carries_reason_description_and_properties()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessageAsync(new("x") { ApplicationProperties = { ["a"] = 1 } }, Cancel);
        var receiver = queue.Receiver();
        var message = await receiver.ReceiveMessageAsync(Second, Cancel);
        await receiver.DeadLetterMessageAsync(
            message,
            new Dictionary<string, object> { ["b"] = 2 },
            "reason",
            "description",
            Cancel
        );
        Assert.Null(await receiver.PeekMessageAsync(cancellationToken: Cancel));
        var dead = await queue.DeadLetters().ReceiveMessageAsync(Second, Cancel);
        Assert.Equal(("reason", "description"), (dead.DeadLetterReason, dead.DeadLetterErrorDescription));
        Assert.Equal("reason", dead.ApplicationProperties["DeadLetterReason"]);
        Assert.Equal("description", dead.ApplicationProperties["DeadLetterErrorDescription"]);
        Assert.Equal((1, 2), ((int)dead.ApplicationProperties["a"], (int)dead.ApplicationProperties["b"]));
    }

    [Fact]
    public async Task A_dead_letter_neither_expires_nor_wears_out_and_ends_by_completion()
    {
        await using var queue = BrokerFixture.Start(maxDeliveryCount: 1, timeToLive: TimeSpan.FromMinutes(10));
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        var receiver = queue.Receiver();
        await receiver.DeadLetterMessageAsync(
            await receiver.ReceiveMessageAsync(Second, Cancel),
            "reason",
            cancellationToken: Cancel
        );
        await queue.AdvanceAsync(TimeSpan.FromHours(1));
        var deadLetters = queue.DeadLetters();
        for (var i = 0; i < 3; i++)
            await deadLetters.AbandonMessageAsync(
                await deadLetters.ReceiveMessageAsync(Second, Cancel),
                cancellationToken: Cancel
            );
        var dead = await deadLetters.ReceiveMessageAsync(Second, Cancel);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            deadLetters.DeadLetterMessageAsync(dead, cancellationToken: Cancel)
        );
        await deadLetters.CompleteMessageAsync(dead, Cancel);
        Assert.Null(await deadLetters.PeekMessageAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_deferred_message_comes_only_by_its_sequence_number()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        var receiver = queue.Receiver();
        var message = await receiver.ReceiveMessageAsync(Second, Cancel);
        await receiver.DeferMessageAsync(message, new Dictionary<string, object> { ["a"] = 1 }, Cancel);
        Assert.Null(await receiver.ReceiveMessageAsync(BrokerFixture.Moment, Cancel));
        var deferred = await receiver.ReceiveDeferredMessageAsync(message.SequenceNumber, Cancel);
        Assert.Equal(
            ("x", 1, ServiceBusMessageState.Deferred),
            (deferred.Body.ToString(), (int)deferred.ApplicationProperties["a"], deferred.State)
        );
        Assert.Equal(1, deferred.DeliveryCount);
        await receiver.CompleteMessageAsync(deferred, Cancel);
        var failure = await Assert.ThrowsAsync<ServiceBusException>(() =>
            receiver.ReceiveDeferredMessageAsync(message.SequenceNumber, Cancel)
        );
        Assert.Equal(ServiceBusFailureReason.MessageNotFound, failure.Reason);
    }

    [Fact]
    public async Task A_deferred_message_that_is_abandoned_is_deferred_again()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        var receiver = queue.Receiver();
        var message = await receiver.ReceiveMessageAsync(Second, Cancel);
        await receiver.DeferMessageAsync(message, cancellationToken: Cancel);
        await receiver.AbandonMessageAsync(
            await receiver.ReceiveDeferredMessageAsync(message.SequenceNumber, Cancel),
            cancellationToken: Cancel
        );
        Assert.Null(await receiver.ReceiveMessageAsync(BrokerFixture.Moment, Cancel));
        Assert.Equal(2, (await receiver.ReceiveDeferredMessageAsync(message.SequenceNumber, Cancel)).DeliveryCount);
    }

    private static async Task LosesLock(Func<Task> settle) =>
        Assert.Equal(
            ServiceBusFailureReason.MessageLockLost,
            (await Assert.ThrowsAsync<ServiceBusException>(settle)).Reason
        );
}
