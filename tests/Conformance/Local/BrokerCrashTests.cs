using Azure.Messaging.ServiceBus;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

/// <summary>
/// The process that serves the queue dies without a word, and another one takes over from its journal.
/// </summary>
public sealed class CrashTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_nothing_completed_comes_back()
    {
        await using var queue = BrokerFixture.Start();
        var (sender, receiver) = (queue.Sender(), queue.Receiver());
        await sender.SendMessagesAsync(Enumerable.Range(0, 10).Select(i => new ServiceBusMessage($"{i}")), Cancel);
        foreach (var message in await receiver.ReceiveMessagesAsync(4, Second, Cancel))
            await receiver.CompleteMessageAsync(message, Cancel);
        var before = await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel);
        await queue.CrashAsync();
        var after = await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel);
        Assert.Equal(["4", "5", "6", "7", "8", "9"], after.Select(message => message.Body.ToString()));
        Assert.Equal(
            before.Select(message => (message.SequenceNumber, message.EnqueuedTime)),
            after.Select(message => (message.SequenceNumber, message.EnqueuedTime))
        );
    }

    [Fact]
    public async Task Parallel_work_survives_exactly_as_far_as_it_was_acknowledged()
    {
        await using var queue = BrokerFixture.Start();
        var completed = new HashSet<string>();
        var sender = queue.Sender();
        await Task.WhenAll(
            Enumerable.Range(0, 200).Select(i => Task.Run(() => sender.SendMessageAsync(new($"{i}"), Cancel), Cancel))
        );
        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(worker =>
                    Task.Run(
                        async () =>
                        {
                            var receiver = queue.Receiver();
                            for (var i = 0; i < 10; i++)
                            {
                                var message = await receiver.ReceiveMessageAsync(Second, Cancel);
                                await receiver.CompleteMessageAsync(message, Cancel);
                                lock (completed)
                                    completed.Add(message.Body.ToString());
                            }
                        },
                        Cancel
                    )
                )
        );
        await queue.CrashAsync();
        var left = await queue.Receiver().PeekMessagesAsync(500, cancellationToken: Cancel);
        Assert.Equal(120, left.Count);
        Assert.DoesNotContain(left, message => completed.Contains(message.Body.ToString()));
    }

    [Fact]
    public async Task A_locked_message_is_available_again_and_has_lost_one_delivery()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessagesAsync([new("locked"), new("free")], Cancel);
        var lost = await queue.Receiver().ReceiveMessageAsync(Second, Cancel);
        await queue.CrashAsync();
        Assert.Equal(
            ServiceBusFailureReason.MessageLockLost,
            (
                await Assert.ThrowsAsync<ServiceBusException>(() => queue.Receiver().CompleteMessageAsync(lost, Cancel))
            ).Reason
        );
        var again = await queue.Receiver().ReceiveMessagesAsync(2, Second, Cancel);
        Assert.Equal(
            [("locked", 2), ("free", 1)],
            again.Select(message => (message.Body.ToString(), message.DeliveryCount))
        );
    }

    [Fact]
    public async Task A_message_that_kills_its_process_each_time_ends_in_the_dead_letter_queue()
    {
        await using var queue = BrokerFixture.Start(maxDeliveryCount: 3);
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        for (var delivery = 1; delivery <= 3; delivery++)
        {
            Assert.Equal(delivery, (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).DeliveryCount);
            await queue.CrashAsync();
        }
        Assert.Null(await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel));
        Assert.Equal(
            "MaxDeliveryCountExceeded",
            (await queue.DeadLetters().PeekMessageAsync(cancellationToken: Cancel)).DeadLetterReason
        );
        await queue.CrashAsync();
        Assert.Single(await queue.DeadLetters().PeekMessagesAsync(10, cancellationToken: Cancel));
    }

    [Fact]
    public async Task Delivery_counts_changed_properties_deferral_and_dead_letters_survive()
    {
        await using var queue = BrokerFixture.Start();
        await queue
            .Sender()
            .SendMessagesAsync([new("abandoned"), new("expired lock"), new("deferred"), new("dead")], Cancel);
        var receiver = queue.Receiver();
        var messages = await receiver.ReceiveMessagesAsync(4, Second, Cancel);
        await receiver.DeferMessageAsync(messages[2], new Dictionary<string, object> { ["d"] = 1 }, Cancel);
        await receiver.DeadLetterMessageAsync(messages[3], "reason", "description", Cancel);
        await receiver.AbandonMessageAsync(messages[0], new Dictionary<string, object> { ["a"] = 1 }, Cancel);
        await queue.AdvanceLocksAsync(TimeSpan.FromMinutes(1));
        for (var crash = 0; crash < 2; crash++)
        {
            await queue.CrashAsync();
            var peeked = await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel);
            Assert.Equal(
                [
                    ("abandoned", 1, ServiceBusMessageState.Active),
                    ("expired lock", 1, ServiceBusMessageState.Active),
                    ("deferred", 0, ServiceBusMessageState.Deferred),
                ],
                peeked.Select(message => (message.Body.ToString(), message.DeliveryCount, message.State))
            );
            Assert.Equal(
                (1, 1),
                ((int)peeked[0].ApplicationProperties["a"], (int)peeked[2].ApplicationProperties["d"])
            );
            var dead = await queue.DeadLetters().PeekMessageAsync(cancellationToken: Cancel);
            Assert.Equal(
                ("dead", "reason", "description"),
                (dead.Body.ToString(), dead.DeadLetterReason, dead.DeadLetterErrorDescription)
            );
        }
        Assert.Equal(
            "deferred",
            (await receiver.ReceiveDeferredMessageAsync(messages[2].SequenceNumber, Cancel)).Body.ToString()
        );
        await queue.CrashAsync();
        Assert.Equal(2, (await receiver.ReceiveDeferredMessageAsync(messages[2].SequenceNumber, Cancel)).DeliveryCount);
    }

    [Fact]
    public async Task A_message_received_and_deleted_stays_away()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        await queue.Receiver(ServiceBusReceiveMode.ReceiveAndDelete).ReceiveMessageAsync(Second, Cancel);
        await queue.CrashAsync();
        Assert.Null(await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task Duplicate_detection_survives_and_still_ends_with_its_window()
    {
        await using var queue = BrokerFixture.Start(
            duplicateDetection: true,
            duplicateWindow: TimeSpan.FromMinutes(10)
        );
        var receiver = queue.Receiver();
        await queue.Sender().SendMessageAsync(new("1") { MessageId = "id" }, Cancel);
        await receiver.CompleteMessageAsync(await receiver.ReceiveMessageAsync(Second, Cancel), Cancel);
        for (var crash = 0; crash < 2; crash++)
        {
            await queue.CrashAsync(downFor: TimeSpan.FromMinutes(4));
            await queue.Sender().SendMessageAsync(new("2") { MessageId = "id" }, Cancel);
            Assert.Null(await receiver.PeekMessageAsync(cancellationToken: Cancel));
        }
        await queue.CrashAsync(downFor: TimeSpan.FromMinutes(4));
        await queue.Sender().SendMessageAsync(new("3") { MessageId = "id" }, Cancel);
        Assert.Equal("3", (await receiver.PeekMessageAsync(0, Cancel)).Body.ToString());
    }

    [Fact]
    public async Task Scheduled_messages_come_due_while_nobody_is_there_and_cancelled_ones_stay_cancelled()
    {
        await using var queue = BrokerFixture.Start();
        var numbers = new List<long>();
        foreach (var minutes in (int[])[30, 10, 20, 120])
            numbers.Add(
                await queue.Sender().ScheduleMessageAsync(new($"{minutes}"), queue.Now.AddMinutes(minutes), Cancel)
            );
        await queue.Sender().CancelScheduledMessageAsync(numbers[2], Cancel);
        await queue.CrashAsync(downFor: TimeSpan.FromHours(1));
        var received = await queue.Receiver().ReceiveMessagesAsync(10, Second, Cancel);
        Assert.Equal(["10", "30"], received.Select(message => message.Body.ToString()));
        Assert.All(received, message => Assert.True(message.SequenceNumber > numbers.Max()));
        await queue.CrashAsync();
        var again = await queue.Receiver().ReceiveMessagesAsync(2, Second, Cancel);
        Assert.Equal(
            received.Select(message => message.SequenceNumber),
            again.Select(message => message.SequenceNumber)
        );
        await queue.Sender().CancelScheduledMessageAsync(numbers[3], Cancel);
    }

    [Fact]
    public async Task Messages_expire_while_nobody_is_there_and_sequence_numbers_go_on_rising()
    {
        await using var queue = BrokerFixture.Start(deadLetterExpired: true);
        await queue.Sender().SendMessageAsync(new("x") { TimeToLive = TimeSpan.FromMinutes(5) }, Cancel);
        var first = (await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel)).SequenceNumber;
        await queue.CrashAsync(downFor: TimeSpan.FromMinutes(6));
        var dead = await queue.DeadLetters().ReceiveMessageAsync(Second, Cancel);
        Assert.Equal("TTLExpiredException", dead.DeadLetterReason);
        await queue.DeadLetters().CompleteMessageAsync(dead, Cancel);
        await queue.CrashAsync();
        await queue.CrashAsync();
        await queue.Sender().SendMessageAsync(new("y"), Cancel);
        Assert.True((await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel)).SequenceNumber > first);
    }

    [Fact]
    public async Task A_processor_and_a_receiver_that_waits_go_on_with_the_next_process()
    {
        await using var queue = BrokerFixture.Start(maxDeliveryCount: 1);
        await using var processor = queue.Client.CreateProcessor(queue.Name);
        var handled = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        processor.ProcessMessageAsync += args =>
        {
            handled.TrySetResult(args.Message.Body.ToString());
            return args.DeadLetterMessageAsync(args.Message, "seen");
        };
        processor.ProcessErrorAsync += _ => Task.CompletedTask;
        await processor.StartProcessingAsync(Cancel);
        await BrokerFixture.WhenAsync(() => queue.HasReceiver);
        var receive = queue.DeadLetters().ReceiveMessageAsync(TimeSpan.FromHours(1), Cancel);
        await queue.CrashAsync();
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        Assert.Equal("x", await handled.Task.WaitAsync(BrokerFixture.Timeout, Cancel));
        Assert.Equal("seen", (await receive.WaitAsync(BrokerFixture.Timeout, Cancel)).DeadLetterReason);
    }
}
