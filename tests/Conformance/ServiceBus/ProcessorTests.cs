using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

/// <summary>The service's own processor, which is what triggers run on.</summary>
public sealed class ProcessorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_handled_message_is_completed()
    {
        await using var queue = BrokerFixture.Start();
        await queue.Sender().SendMessageAsync(new("before"), Cancel);
        await using var run = await Run.StartAsync(queue, _ => Task.CompletedTask);
        await queue.Sender().SendMessageAsync(new("after"), Cancel);
        await run.StopAfterAsync(2);
        Assert.Equal(["before", "after"], run.Handled.Select(message => message.Body.ToString()));
        Assert.Null(await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel));
        Assert.Empty(run.Errors);
    }

    [Fact]
    public async Task Without_auto_complete_the_handler_settles_or_the_lock_ends()
    {
        await using var queue = BrokerFixture.Start();
        var options = new ServiceBusProcessorOptions { AutoCompleteMessages = false };
        var run = await Run.StartAsync(
            queue,
            args =>
                args.Message.Subject == "complete"
                    ? args.CompleteMessageAsync(args.Message, Cancel)
                    : Task.CompletedTask,
            options
        );
        await queue
            .Sender()
            .SendMessagesAsync([new("1") { Subject = "complete" }, new("2") { Subject = "forget" }], Cancel);
        await BrokerFixture.WhenAsync(() => run.Handled.Count == 2 && queue.Status.Messages.Count == 1);
        Assert.True(queue.IsBusy);
        await run.DisposeAsync();
        await queue.WhenIdleAsync();
        Assert.Equal(
            "2",
            Assert.Single(await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel)).Body.ToString()
        );
        await queue.AdvanceLocksAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).DeliveryCount);
    }

    [Fact]
    public async Task What_the_handler_settled_is_not_settled_again()
    {
        await using var queue = BrokerFixture.Start();
        await using var run = await Run.StartAsync(
            queue,
            args =>
                args.Message.Subject switch
                {
                    "dead-letter" => args.DeadLetterMessageAsync(args.Message, "reason", cancellationToken: Cancel),
                    "defer" => args.DeferMessageAsync(args.Message, cancellationToken: Cancel),
                    "abandon" when args.Message.DeliveryCount == 1 => args.AbandonMessageAsync(
                        args.Message,
                        cancellationToken: Cancel
                    ),
                    _ => args.CompleteMessageAsync(args.Message, Cancel),
                }
        );
        foreach (var subject in (string[])["dead-letter", "defer", "abandon", "complete"])
            await queue.Sender().SendMessageAsync(new("x") { Subject = subject }, Cancel);
        await run.StopAfterAsync(5);
        Assert.Empty(run.Errors);
        Assert.Equal(5, run.Handled.Count);
        Assert.Equal(
            "reason",
            (await queue.DeadLetters().PeekMessageAsync(cancellationToken: Cancel)).DeadLetterReason
        );
        Assert.Equal(
            ServiceBusMessageState.Deferred,
            Assert.Single(await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel)).State
        );
    }

    [Fact]
    public async Task A_message_whose_handler_throws_is_abandoned_until_it_is_dead_lettered()
    {
        await using var queue = BrokerFixture.Start(maxDeliveryCount: 10);
        await using var run = await Run.StartAsync(queue, _ => throw new FormatException("poison"));
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        await run.StopAfterAsync(10);
        Assert.Equal(Enumerable.Range(1, 10), run.Handled.Select(message => message.DeliveryCount));
        Assert.Equal(10, run.Errors.Count);
        Assert.All(
            run.Errors,
            error =>
                Assert.Equal(
                    (typeof(FormatException), ServiceBusErrorSource.ProcessMessageCallback, queue.Name),
                    (error.Exception.GetType(), error.ErrorSource, error.EntityPath)
                )
        );
        Assert.Equal(
            "MaxDeliveryCountExceeded",
            (await queue.DeadLetters().PeekMessageAsync(cancellationToken: Cancel)).DeadLetterReason
        );
    }

    [Fact]
    public async Task As_many_handlers_run_at_once_as_allowed_and_no_more()
    {
        await using var queue = BrokerFixture.Start();
        var (gate, full) = (new TaskCompletionSource(), new TaskCompletionSource());
        var (running, most) = (0, 0);
        await using var run = await Run.StartAsync(
            queue,
            async _ =>
            {
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                if (now == 8)
                    full.TrySetResult();
                await gate.Task;
                Interlocked.Decrement(ref running);
            },
            new ServiceBusProcessorOptions { MaxConcurrentCalls = 8 }
        );
        await queue.Sender().SendMessagesAsync(Enumerable.Range(0, 40).Select(_ => new ServiceBusMessage("x")), Cancel);
        await full.Task.WaitAsync(BrokerFixture.Timeout, Cancel);
        Assert.True(queue.Work >= 8);
        gate.SetResult();
        await run.StopAfterAsync(40);
        Assert.Equal((8, 40), (most, run.Handled.Count));
    }

    [Fact]
    public async Task Stopping_signals_the_handlers_waits_for_them_and_takes_no_more()
    {
        await using var queue = BrokerFixture.Start();
        var (entered, gate) = (new TaskCompletionSource<CancellationToken>(), new TaskCompletionSource());
        await using var run = await Run.StartAsync(
            queue,
            async args =>
            {
                entered.TrySetResult(args.CancellationToken);
                await gate.Task;
            }
        );
        await queue.Sender().SendMessagesAsync([new("1"), new("2")], Cancel);
        var token = await entered.Task.WaitAsync(BrokerFixture.Timeout, Cancel);
        var stop = run.Processor.StopProcessingAsync(Cancel);
        Assert.True(token.IsCancellationRequested);
        Assert.False(stop.IsCompleted);
        gate.SetResult();
        await stop.WaitAsync(BrokerFixture.Timeout, Cancel);
        Assert.Equal("1", Assert.Single(run.Handled).Body.ToString());
        Assert.Equal(
            "2",
            Assert.Single(await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel)).Body.ToString()
        );
        await queue.WhenIdleAsync();
    }

    [Fact]
    public async Task A_lock_is_renewed_while_its_handler_runs()
    {
        await using var queue = BrokerFixture.Start(lockDuration: 2 * Second);
        await using var run = await Run.StartAsync(queue, _ => Task.Delay(3 * Second, Cancel));
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        await run.StopAfterAsync(1);
        Assert.Empty(run.Errors);
        Assert.Equal(1, Assert.Single(run.Handled).DeliveryCount);
        Assert.Empty(queue.Status.Messages);
    }

    [Fact]
    public async Task A_handler_that_outlives_its_lock_cannot_complete_and_the_message_comes_again()
    {
        await using var queue = BrokerFixture.Start(lockDuration: TimeSpan.FromSeconds(30));
        var gate = new TaskCompletionSource();
        await using var run = await Run.StartAsync(
            queue,
            _ => gate.Task,
            new ServiceBusProcessorOptions { MaxAutoLockRenewalDuration = TimeSpan.Zero }
        );
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        await BrokerFixture.WhenAsync(() => run.Handled.Count == 1);
        await queue.AdvanceLocksAsync(TimeSpan.FromMinutes(1));
        gate.SetResult();
        await run.StopAfterAsync(2);
        Assert.Equal([1, 2], run.Handled.Select(message => message.DeliveryCount));
        Assert.Equal(
            ServiceBusFailureReason.MessageLockLost,
            Assert.IsType<ServiceBusException>(Assert.Single(run.Errors).Exception).Reason
        );
        Assert.Equal(ServiceBusErrorSource.Complete, run.Errors.Single().ErrorSource);
    }

    [Fact]
    public async Task A_processor_of_a_queue_that_does_not_exist_says_so_and_can_be_stopped()
    {
        await using var queue = BrokerFixture.Start();
        await using var processor = queue.Client.CreateProcessor("no-such-queue");
        var error = new TaskCompletionSource<ProcessErrorEventArgs>();
        processor.ProcessMessageAsync += _ => Task.CompletedTask;
        processor.ProcessErrorAsync += args =>
        {
            error.TrySetResult(args);
            return Task.CompletedTask;
        };
        await processor.StartProcessingAsync(Cancel);
        var raised = await error.Task.WaitAsync(BrokerFixture.Timeout, Cancel);
        Assert.Equal(
            ServiceBusFailureReason.MessagingEntityNotFound,
            Assert.IsType<ServiceBusException>(raised.Exception).Reason
        );
        await processor.StopProcessingAsync(Cancel).WaitAsync(BrokerFixture.Timeout, Cancel);
    }

    [Fact]
    public async Task A_processor_may_take_dead_letters_and_may_receive_and_delete()
    {
        await using var queue = BrokerFixture.Start(maxDeliveryCount: 1);
        await using var poisoned = await Run.StartAsync(queue, _ => throw new FormatException());
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        await poisoned.StopAfterAsync(1);
        await using var run = await Run.StartAsync(
            queue,
            _ => throw new FormatException(),
            new ServiceBusProcessorOptions
            {
                SubQueue = SubQueue.DeadLetter,
                ReceiveMode = ServiceBusReceiveMode.ReceiveAndDelete,
            }
        );
        await run.StopAfterAsync(1);
        Assert.Equal("MaxDeliveryCountExceeded", Assert.Single(run.Handled).DeadLetterReason);
        Assert.Null(await queue.DeadLetters().PeekMessageAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task Two_hundred_messages_with_one_that_fails_once_are_all_handled_and_completed()
    {
        await using var queue = BrokerFixture.Start();
        await queue
            .Sender()
            .SendMessagesAsync(Enumerable.Range(0, 200).Select(i => new ServiceBusMessage($"{i}")), Cancel);
        await using var run = await Run.StartAsync(
            queue,
            args =>
                args.Message.Body.ToString() == "7" && args.Message.DeliveryCount == 1
                    ? throw new InvalidOperationException("once")
                    : Task.CompletedTask,
            new ServiceBusProcessorOptions { MaxConcurrentCalls = 8, PrefetchCount = 20 }
        );
        await run.StopAfterAsync(201);
        Assert.Single(run.Errors);
        Assert.Equal(200, run.Handled.Select(message => message.Body.ToString()).Distinct().Count());
        Assert.Empty(queue.Status.Messages);
    }

    [Fact]
    public async Task Time_waits_for_what_a_due_message_causes()
    {
        await using var queue = BrokerFixture.Start(timeWaits: true);
        var times = new ConcurrentQueue<TimeSpan>();
        var start = queue.Now;
        await using var run = await Run.StartAsync(
            queue,
            async args =>
            {
                await Task.Yield();
                times.Enqueue(queue.Now - start);
                if (times.Count < 20)
                    await queue.Sender().ScheduleMessageAsync(new("next"), queue.Now.AddHours(1), Cancel);
            }
        );
        await queue.Sender().ScheduleMessageAsync(new("first"), queue.Now.AddHours(1), Cancel);
        await queue.AdvanceAsync(TimeSpan.FromHours(30));
        Assert.Equal(Enumerable.Range(1, 20), times.Select(time => (int)time.TotalHours));
        Assert.False(queue.IsBusy);
    }

    [Fact]
    public async Task Time_does_not_pass_between_two_messages_of_a_backlog()
    {
        await using var queue = BrokerFixture.Start(timeWaits: true);
        var times = new ConcurrentQueue<DateTimeOffset>();
        await using var run = await Run.StartAsync(
            queue,
            async _ =>
            {
                await Task.Delay(2, Cancel);
                times.Enqueue(queue.Now);
            }
        );
        var due = queue.Now.AddHours(1);
        await queue
            .Sender()
            .ScheduleMessagesAsync(Enumerable.Range(0, 30).Select(_ => new ServiceBusMessage("x")), due, Cancel);
        for (var hour = 2; hour <= 10; hour++)
            await queue.Sender().ScheduleMessageAsync(new("later"), queue.Now.AddHours(hour), Cancel);
        await queue.AdvanceAsync(TimeSpan.FromHours(20));
        Assert.Equal(39, times.Count);
        Assert.Equal(30, times.Count(time => time < due.AddMinutes(1)));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }

    /// <summary>A processor that keeps what it was given.</summary>
    private sealed class Run(BrokerFixture queue, ServiceBusProcessor processor) : IAsyncDisposable
    {
        public ServiceBusProcessor Processor { get; } = processor;
        public ConcurrentQueue<ServiceBusReceivedMessage> Handled { get; } = new();
        public ConcurrentQueue<ProcessErrorEventArgs> Errors { get; } = new();

        public static async Task<Run> StartAsync(
            BrokerFixture queue,
            Func<ProcessMessageEventArgs, Task> handle,
            ServiceBusProcessorOptions? options = null
        )
        {
            var run = new Run(queue, queue.Client.CreateProcessor(queue.Name, options));
            run.Processor.ProcessMessageAsync += args =>
            {
                run.Handled.Enqueue(args.Message);
                return handle(args);
            };
            run.Processor.ProcessErrorAsync += args =>
            {
                run.Errors.Enqueue(args);
                return Task.CompletedTask;
            };
            await run.Processor.StartProcessingAsync(Cancel);
            await BrokerFixture.WhenAsync(() => queue.HasReceiver);
            return run;
        }

        /// <summary>Waits until that many messages were handled and all is done.</summary>
        public async Task StopAfterAsync(int handled)
        {
            await BrokerFixture.WhenAsync(() => Handled.Count >= handled);
            await queue.WhenIdleAsync();
            await Processor.StopProcessingAsync(Cancel);
        }

        public ValueTask DisposeAsync() => Processor.DisposeAsync();
    }
}
