using Azure.Messaging.ServiceBus;
using Serverless.Local.Messaging;
using Serverless.Local.State;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

/// <summary>What only the local broker has: its settings file, its status, its journal.</summary>
public sealed class LocalBrokerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_queues_are_those_of_the_settings_file()
    {
        var queues = QueueSettings.Load(Path.Combine(AppContext.BaseDirectory, "queues.json"));
        Assert.Contains(
            queues,
            queue =>
                queue
                    is {
                        Name: "webhooks",
                        LockDuration.TotalMinutes: 1,
                        MaxDeliveryCount: 10,
                        RequiresDuplicateDetection: true,
                        DuplicateDetectionHistoryTimeWindow.TotalMinutes: 10,
                        DefaultMessageTimeToLive.TotalDays: 14,
                        DeadLetteringOnMessageExpiration: true,
                    }
        );
    }

    [Fact]
    public async Task The_status_tells_where_messages_are_and_why()
    {
        await using var queue = BrokerFixture.Start();
        var receiver = queue.Receiver();
        await queue.Sender().SendMessagesAsync([new("x") { MessageId = "dead" }, new("x"), new("x")], Cancel);
        var due = BrokerFixture.WholeMilliseconds(queue.Now.AddHours(1));
        await queue
            .Sender()
            .SendMessagesAsync(
                Enumerable
                    .Range(0, 60)
                    .Select(i => new ServiceBusMessage("x")
                    {
                        Subject = $"{i}",
                        ScheduledEnqueueTime = due.AddMinutes(i),
                    }),
                Cancel
            );
        var messages = await receiver.ReceiveMessagesAsync(2, TimeSpan.FromSeconds(1), Cancel);
        await receiver.DeadLetterMessageAsync(messages[0], "reason", "description", Cancel);
        var status = queue.Status;
        Assert.Equal(
            (1, 1, 60, due, 0, 1),
            (status.Active, status.Locked, status.Scheduled, status.NextDue, status.Deferred, status.DeadLetters)
        );
        Assert.Equal(51, status.Messages.Count);
        Assert.Equal(
            ("59", "Scheduled", due.AddMinutes(59)),
            (status.Messages[0].Subject, status.Messages[0].Place, status.Messages[0].Due)
        );
        Assert.Equal(
            ("dead", "DeadLetter", "reason", "description"),
            (
                status.Messages[^1].MessageId,
                status.Messages[^1].Place,
                status.Messages[^1].DeadLetterReason,
                status.Messages[^1].DeadLetterErrorDescription
            )
        );
    }

    [Fact]
    public async Task A_queue_that_is_no_longer_in_the_settings_keeps_its_messages()
    {
        var path = Path.Combine(Path.GetTempPath(), $"bus-{Guid.NewGuid():N}", "journal");
        foreach (
            var queues in (QueueSettings[][])
                [
                    [new QueueSettings("old")],
                    [],
                    [],
                ]
        )
        {
            using var clock = new LocalClock();
            await using var broker = new Broker(queues, clock);
            await using var journal = Journal.Open(path, [broker]);
            broker.Attach(journal);
            Assert.True(broker.HasQueue("old"));
            Assert.False(broker.HasQueue("other"));
            await using var front = new AmqpFront(broker);
            front.Start();
            await using var client = new ServiceBusClient(front.ConnectionString);
            if (queues.Length > 0)
                await client.CreateSender("old").SendMessageAsync(new("x"), Cancel);
            Assert.Single(await client.CreateReceiver("old").PeekMessagesAsync(10, cancellationToken: Cancel));
        }
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
