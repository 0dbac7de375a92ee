using System.Collections.Concurrent;
using Azure.Messaging.ServiceBus;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

public sealed class ProcessorTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_handlers_must_be_set_once_and_only_while_stopped()
    {
        await using var queue = Platform.Queue();
        await using var processor = queue.Client.CreateProcessor(queue.Name);
        await Assert.ThrowsAsync<InvalidOperationException>(() => processor.StartProcessingAsync(Cancel));
        processor.ProcessMessageAsync += _ => Task.CompletedTask;
        await Assert.ThrowsAsync<InvalidOperationException>(() => processor.StartProcessingAsync(Cancel));
        processor.ProcessErrorAsync += _ => Task.CompletedTask;
        Assert.Throws<NotSupportedException>(() => processor.ProcessErrorAsync += _ => Task.CompletedTask);
        await processor.StartProcessingAsync(Cancel);
        Assert.True(processor.IsProcessing);
        await Assert.ThrowsAsync<InvalidOperationException>(() => processor.StartProcessingAsync(Cancel));
        Assert.Throws<InvalidOperationException>(() => processor.ProcessMessageAsync += _ => Task.CompletedTask);
        await processor.StopProcessingAsync(Cancel);
        Assert.False(processor.IsProcessing);
        await processor.StartProcessingAsync(Cancel);
    }

    [Fact]
    public void The_options_have_the_packages_defaults()
    {
        var options = new ServiceBusProcessorOptions();
        Assert.Equal((1, true, 0, TimeSpan.FromMinutes(5), ServiceBusReceiveMode.PeekLock),
            (options.MaxConcurrentCalls, options.AutoCompleteMessages, options.PrefetchCount, options.MaxAutoLockRenewalDuration, options.ReceiveMode));
        Assert.Throws<ArgumentOutOfRangeException>(() => options.MaxConcurrentCalls = 0);
    }

    [Fact]
    public async Task A_handled_message_is_completed()
    {
        await using var queue = Platform.Queue();
        await using var run = await Run.StartAsync(queue, _ => Task.CompletedTask);
        await queue.Sender().SendMessageAsync(new("before"), Cancel);
        await queue.Sender().SendMessageAsync(new("after"), Cancel);
        await run.StopWhenIdleAsync();
        Assert.Equal(["before", "after"], run.Handled.Select(message => message.Body.ToString()));
        Assert.Null(await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel));
        Assert.Empty(run.Errors);
    }

    [Fact]
    public async Task Without_auto_complete_the_handler_settles_or_the_lock_ends()
    {
        await using var queue = Platform.Queue();
        var options = new ServiceBusProcessorOptions { AutoCompleteMessages = false };
        await using var run = await Run.StartAsync(
            queue, args => args.Message.Subject == "complete" ? args.CompleteMessageAsync(args.Message, Cancel) : Task.CompletedTask, options);
        await queue.Sender().SendMessagesAsync([new("1") { Subject = "complete" }, new("2") { Subject = "forget" }], Cancel);
        await run.StopWhenIdleAsync();
        Assert.Equal("2", Assert.Single(await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel)).Body.ToString());
        await Platform.AdvanceAsync(queue, TimeSpan.FromMinutes(1));
        Assert.Equal(2, (await queue.Receiver().ReceiveMessageAsync(Second, Cancel)).DeliveryCount);
    }

    [Fact]
    public async Task What_the_handler_settled_is_not_settled_again()
    {
        await using var queue = Platform.Queue();
        await using var run = await Run.StartAsync(queue, args => args.Message.Subject switch
        {
            "dead-letter" => args.DeadLetterMessageAsync(args.Message, "reason", cancellationToken: Cancel),
            "defer" => args.DeferMessageAsync(args.Message, cancellationToken: Cancel),
            "abandon" when args.Message.DeliveryCount == 1 => args.AbandonMessageAsync(args.Message, cancellationToken: Cancel),
            _ => args.CompleteMessageAsync(args.Message, Cancel),
        });
        foreach (var subject in (string[])["dead-letter", "defer", "abandon", "complete"])
            await queue.Sender().SendMessageAsync(new("x") { Subject = subject }, Cancel);
        await run.StopWhenIdleAsync();
        Assert.Empty(run.Errors);
        Assert.Equal(5, run.Handled.Count);
        Assert.Equal("reason", (await queue.DeadLetters().PeekMessageAsync(cancellationToken: Cancel)).DeadLetterReason);
        Assert.Equal(ServiceBusMessageState.Deferred, Assert.Single(await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel)).State);
    }

    [Fact]
    public async Task A_message_whose_handler_throws_is_abandoned_until_it_is_dead_lettered()
    {
        await using var queue = Platform.Queue(maxDeliveryCount: 10);
        await using var run = await Run.StartAsync(queue, _ => throw new FormatException("poison"));
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        await run.StopWhenIdleAsync();
        Assert.Equal(Enumerable.Range(1, 10), run.Handled.Select(message => message.DeliveryCount));
        Assert.Equal(10, run.Errors.Count);
        Assert.All(run.Errors, error => Assert.Equal(
            (typeof(FormatException), ServiceBusErrorSource.ProcessMessageCallback, queue.Name, queue.Namespace),
            (error.Exception.GetType(), error.ErrorSource, error.EntityPath, error.FullyQualifiedNamespace)));
        Assert.Equal("MaxDeliveryCountExceeded", (await queue.DeadLetters().PeekMessageAsync(cancellationToken: Cancel)).DeadLetterReason);
    }

    [Fact]
    public async Task An_error_handler_that_throws_stops_nothing()
    {
        await using var queue = Platform.Queue(maxDeliveryCount: 2);
        await using var run = await Run.StartAsync(
            queue,
            args => args.Message.Subject == "poison" ? throw new FormatException() : Task.CompletedTask,
            onError: () => throw new InvalidOperationException());
        await queue.Sender().SendMessagesAsync([new("1") { Subject = "poison" }, new("2")], Cancel);
        await run.StopWhenIdleAsync();
        Assert.Equal("2", run.Handled.Last().Body.ToString());
        Assert.Null(await queue.Receiver().PeekMessageAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task As_many_handlers_run_at_once_as_allowed_and_no_more()
    {
        await using var queue = Platform.Queue();
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
            new ServiceBusProcessorOptions { MaxConcurrentCalls = 8 });
        await queue.Sender().SendMessagesAsync(Enumerable.Range(0, 40).Select(_ => new ServiceBusMessage("x")), Cancel);
        await full.Task.WaitAsync(Patience, Cancel);
        Assert.True(queue.IsBusy);
        gate.SetResult();
        await run.StopWhenIdleAsync();
        Assert.Equal((8, 40), (most, run.Handled.Count));
    }

    [Fact]
    public async Task Stopping_signals_the_handlers_waits_for_them_and_takes_no_more()
    {
        await using var queue = Platform.Queue();
        var (entered, gate) = (new TaskCompletionSource<CancellationToken>(), new TaskCompletionSource());
        await using var run = await Run.StartAsync(queue, async args =>
        {
            entered.TrySetResult(args.CancellationToken);
            await gate.Task;
        });
        await queue.Sender().SendMessagesAsync([new("1"), new("2")], Cancel);
        var token = await entered.Task.WaitAsync(Patience, Cancel);
        var stop = run.Processor.StopProcessingAsync(Cancel);
        Assert.True(token.IsCancellationRequested);
        Assert.False(stop.IsCompleted);
        gate.SetResult();
        await stop.WaitAsync(Patience, Cancel);
        Assert.Equal("1", Assert.Single(run.Handled).Body.ToString());
        Assert.Equal("2", Assert.Single(await queue.Receiver().PeekMessagesAsync(10, cancellationToken: Cancel)).Body.ToString());
        Assert.False(queue.IsBusy);
    }

    [Fact]
    public async Task A_lock_is_renewed_while_its_handler_runs_but_not_for_ever()
    {
        await using var queue = Platform.Queue(lockDuration: TimeSpan.FromSeconds(30), timeWaitsForHandlers: false);
        var gate = new TaskCompletionSource();
        await using var run = await Run.StartAsync(
            queue, _ => gate.Task, new ServiceBusProcessorOptions { MaxAutoLockRenewalDuration = TimeSpan.FromSeconds(70) });
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        await run.FirstHandled.WaitAsync(Patience, Cancel);
        await Platform.AdvanceAsync(queue, TimeSpan.FromSeconds(45));
        Assert.True(run.Handled.Single().LockedUntil > queue.Now);
        await Platform.AdvanceAsync(queue, TimeSpan.FromSeconds(60));
        Assert.True(run.Handled.First().LockedUntil < queue.Now);
        gate.SetResult();
        await run.StopWhenIdleAsync();
        Assert.Equal([1, 2], run.Handled.Select(message => message.DeliveryCount));
        Assert.Equal(ServiceBusFailureReason.MessageLockLost, Assert.IsType<ServiceBusException>(Assert.Single(run.Errors).Exception).Reason);
        Assert.Equal(ServiceBusErrorSource.Complete, run.Errors.Single().ErrorSource);
    }

    [Fact]
    public async Task A_processor_of_a_queue_that_does_not_exist_says_so_and_can_be_stopped()
    {
        await using var queue = Platform.Queue();
        await using var processor = queue.Client.CreateProcessor("no-such-queue");
        var error = new TaskCompletionSource<ProcessErrorEventArgs>();
        processor.ProcessMessageAsync += _ => Task.CompletedTask;
        processor.ProcessErrorAsync += args =>
        {
            error.TrySetResult(args);
            return Task.CompletedTask;
        };
        await processor.StartProcessingAsync(Cancel);
        var raised = await error.Task.WaitAsync(Patience, Cancel);
        Assert.Equal(ServiceBusErrorSource.Receive, raised.ErrorSource);
        Assert.Equal(ServiceBusFailureReason.MessagingEntityNotFound, Assert.IsType<ServiceBusException>(raised.Exception).Reason);
        await processor.StopProcessingAsync(Cancel).WaitAsync(Patience, Cancel);
    }

    [Fact]
    public async Task A_processor_may_take_dead_letters_and_may_receive_and_delete()
    {
        await using var queue = Platform.Queue(maxDeliveryCount: 1);
        await using var poisoned = await Run.StartAsync(queue, _ => throw new FormatException());
        await queue.Sender().SendMessageAsync(new("x"), Cancel);
        await poisoned.StopWhenIdleAsync();
        await using var run = await Run.StartAsync(
            queue,
            _ => throw new FormatException(),
            new ServiceBusProcessorOptions { SubQueue = SubQueue.DeadLetter, ReceiveMode = ServiceBusReceiveMode.ReceiveAndDelete });
        await run.StopWhenIdleAsync();
        Assert.Equal("MaxDeliveryCountExceeded", Assert.Single(run.Handled).DeadLetterReason);
        Assert.Null(await queue.DeadLetters().PeekMessageAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task Time_waits_for_what_a_due_message_causes()
    {
        await using var queue = Platform.Queue();
        var times = new ConcurrentQueue<TimeSpan>();
        var start = queue.Now;
        await using var run = await Run.StartAsync(queue, async args =>
        {
            await Task.Yield();
            times.Enqueue(queue.Now - start);
            if (times.Count < 20)
                await queue.Sender().ScheduleMessageAsync(new("next"), queue.Now.AddHours(1), Cancel);
        });
        await queue.Sender().ScheduleMessageAsync(new("first"), queue.Now.AddHours(1), Cancel);
        await Platform.AdvanceAsync(queue, TimeSpan.FromHours(30));
        Assert.Equal(Enumerable.Range(1, 20), times.Select(time => (int)time.TotalHours));
        Assert.False(queue.IsBusy);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); seen < value; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }

    /// <summary>A processor that keeps what it was given.</summary>
    private sealed class Run(TestQueue queue, ServiceBusProcessor processor) : IAsyncDisposable
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ServiceBusProcessor Processor { get; } = processor;
        public ConcurrentQueue<ServiceBusReceivedMessage> Handled { get; } = new();
        public ConcurrentQueue<ProcessErrorEventArgs> Errors { get; } = new();
        public Task FirstHandled => _first.Task;

        public static async Task<Run> StartAsync(
            TestQueue queue, Func<ProcessMessageEventArgs, Task> handle, ServiceBusProcessorOptions? options = null, Action? onError = null)
        {
            var run = new Run(queue, queue.Client.CreateProcessor(queue.Name, options));
            run.Processor.ProcessMessageAsync += args =>
            {
                run.Handled.Enqueue(args.Message);
                run._first.TrySetResult();
                return handle(args);
            };
            run.Processor.ProcessErrorAsync += args =>
            {
                run.Errors.Enqueue(args);
                onError?.Invoke();
                return Task.CompletedTask;
            };
            await run.Processor.StartProcessingAsync(Cancel);
            return run;
        }

        public async Task StopWhenIdleAsync()
        {
            await queue.WhenIdleAsync(Patience);
            await Processor.StopProcessingAsync(Cancel);
        }

        public ValueTask DisposeAsync() => Processor.DisposeAsync();
    }
}
