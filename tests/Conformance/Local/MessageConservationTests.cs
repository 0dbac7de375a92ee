using Azure.Messaging.ServiceBus;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Serverless.Conformance.ServiceBus;

/// <summary>
/// Whatever is done to a queue, in whatever order, crashes included: every message sent is in exactly one place, the
/// one that the rules say.
/// </summary>
public sealed class MessageConservationTests
{
    private const int MaxDeliveryCount = 3;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task Every_message_is_at_any_time_in_exactly_one_place() =>
        Task.Run(
            () =>
                Check.One(
                    Config.QuickThrowOnFailure.WithMaxTest(60).WithEndSize(150),
                    Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), steps => RunAsync(steps).GetAwaiter().GetResult())
                ),
            Cancel
        );

    private static async Task RunAsync(byte[] steps)
    {
        await using var queue = BrokerFixture.Start(
            lockDuration: TimeSpan.FromSeconds(60),
            maxDeliveryCount: MaxDeliveryCount
        );
        var model = new Model();
        foreach (var step in steps)
        {
            await model.DoAsync(queue, Moves[step % Moves.Length], step / Moves.Length);
            await model.CheckAsync(queue);
        }
    }

    /// <summary>What clients and the broker may do; what comes twice is done twice as often.</summary>
    private static readonly Move[] Moves =
    [
        Move.Send,
        Move.Send,
        Move.Schedule,
        Move.CancelScheduled,
        Move.Receive,
        Move.Receive,
        Move.Complete,
        Move.Abandon,
        Move.DeadLetter,
        Move.Defer,
        Move.CrashOrReceiveDeferred,
        Move.LetTimePass,
    ];

    private enum Move
    {
        Send,
        Schedule,
        CancelScheduled,
        Receive,
        Complete,
        Abandon,
        DeadLetter,
        Defer,
        CrashOrReceiveDeferred,
        LetTimePass,
    }

    private enum Place
    {
        Active,
        Locked,
        Scheduled,
        Deferred,
        Dead,
        Gone,
    }

    /// <summary>What the rules say of a message.</summary>
    private sealed class Expected(string body)
    {
        public string Body { get; } = body;
        public Place Place { get; set; } = Place.Active;
        public bool IsDeferred { get; set; }
        public int Failed { get; set; }
        public long Number { get; set; }

        /// <summary>Of the last delivery.</summary>
        public long SequenceNumber { get; set; }

        /// <summary>When a lock ends or a scheduled message comes due, in seconds of the model.</summary>
        public int Until { get; set; }

        /// <summary>The last delivery, whether or not its lock still holds.</summary>
        public ServiceBusReceivedMessage? Delivery { get; set; }

        public void Fail()
        {
            Failed++;
            Place =
                Failed >= MaxDeliveryCount ? Place.Dead
                : IsDeferred ? Place.Deferred
                : Place.Active;
        }
    }

    private sealed class Model
    {
        private readonly List<Expected> _messages = [];
        private int _now;

        // Time moves in steps of 25 s; locks last 60 s and schedules 40 s, so that nothing ever ends at the very
        // moment at which it is looked at.
        public async Task DoAsync(BrokerFixture queue, Move move, int choice)
        {
            switch (move)
            {
                case Move.Send:
                    _messages.Add(new Expected($"{_messages.Count}"));
                    await queue.Sender().SendMessageAsync(new(_messages[^1].Body), Cancel);
                    break;
                case Move.Schedule:
                    var scheduled = new Expected($"{_messages.Count}") { Place = Place.Scheduled, Until = _now + 40 };
                    scheduled.Number = await queue
                        .Sender()
                        .ScheduleMessageAsync(new(scheduled.Body), queue.Now.AddSeconds(40), Cancel);
                    _messages.Add(scheduled);
                    break;
                case Move.CancelScheduled when Pick(message => message.Number != 0, choice) is { } message:
                    await TryAsync(
                        message,
                        message.Place == Place.Scheduled,
                        ServiceBusFailureReason.MessageNotFound,
                        Place.Gone,
                        () => queue.Sender().CancelScheduledMessageAsync(message.Number, Cancel)
                    );
                    break;
                case Move.Receive:
                    await ReceiveAsync(queue);
                    break;
                case Move.Complete when Pick(message => message.Delivery is not null, choice) is { } message:
                    await SettleAsync(
                        message,
                        Place.Gone,
                        () => queue.Receiver().CompleteMessageAsync(message.Delivery, Cancel)
                    );
                    break;
                case Move.Abandon when Pick(message => message.Delivery is not null, choice) is { } message:
                    var held = message.Place == Place.Locked;
                    await SettleAsync(
                        message,
                        Place.Locked,
                        () => queue.Receiver().AbandonMessageAsync(message.Delivery, cancellationToken: Cancel)
                    );
                    if (held)
                        message.Fail();
                    break;
                case Move.DeadLetter when Pick(message => message.Delivery is not null, choice) is { } message:
                    await SettleAsync(
                        message,
                        Place.Dead,
                        () =>
                            queue
                                .Receiver()
                                .DeadLetterMessageAsync(message.Delivery, "reason", cancellationToken: Cancel)
                    );
                    break;
                case Move.Defer when Pick(message => message.Delivery is not null, choice) is { } message:
                    await SettleAsync(
                        message,
                        Place.Deferred,
                        () => queue.Receiver().DeferMessageAsync(message.Delivery, cancellationToken: Cancel)
                    );
                    message.IsDeferred |= message.Place == Place.Deferred;
                    break;
                case Move.CrashOrReceiveDeferred when choice % 3 == 0:
                    await queue.CrashAsync();
                    await queue.ConnectAnewAsync();
                    _messages
                        .Where(message => message.Place == Place.Locked)
                        .ToList()
                        .ForEach(message => message.Fail());
                    break;
                case Move.CrashOrReceiveDeferred
                    when Pick(message => message.Place == Place.Deferred, choice) is { } message:
                    Take(message, await queue.Receiver().ReceiveDeferredMessageAsync(message.SequenceNumber, Cancel));
                    break;
                case Move.LetTimePass:
                    await queue.AdvanceAsync(TimeSpan.FromSeconds(25));
                    await queue.AdvanceLocksAsync(TimeSpan.FromSeconds(25));
                    Pass(25);
                    break;
            }
        }

        public async Task CheckAsync(BrokerFixture queue)
        {
            var here = await queue.Receiver().PeekMessagesAsync(1000, cancellationToken: Cancel);
            var dead = await queue.DeadLetters().PeekMessagesAsync(1000, cancellationToken: Cancel);
            Assert.Equal(
                _messages
                    .Where(message => message.Place is not (Place.Dead or Place.Gone))
                    .Select(message => (message.Body, State(message), message.Failed))
                    .Order(),
                here.Select(message => (message.Body.ToString(), message.State, message.DeliveryCount)).Order()
            );
            Assert.Equal(
                _messages.Where(message => message.Place == Place.Dead).Select(message => message.Body).Order(),
                dead.Select(message => message.Body.ToString()).Order()
            );
            Assert.Equal((Count(Place.Active), Count(Place.Locked)), (queue.Status.Active, queue.Status.Locked));
        }

        private static ServiceBusMessageState State(Expected message) =>
            message.Place == Place.Scheduled ? ServiceBusMessageState.Scheduled
            : message.IsDeferred ? ServiceBusMessageState.Deferred
            : ServiceBusMessageState.Active;

        private int Count(Place place) => _messages.Count(message => message.Place == place);

        private Expected? Pick(Func<Expected, bool> which, int choice) =>
            _messages.Where(which).ToList() is { Count: > 0 } matching ? matching[choice % matching.Count] : null;

        private async Task ReceiveAsync(BrokerFixture queue)
        {
            if (Count(Place.Active) == 0)
                return;
            // One is there: a busy machine may need a while to hand it out.
            var received = await queue.Receiver().ReceiveMessageAsync(BrokerFixture.Timeout, Cancel);
            var message = _messages.Single(message => message.Body == received.Body.ToString());
            Assert.Equal(Place.Active, message.Place);
            Take(message, received);
        }

        private void Take(Expected message, ServiceBusReceivedMessage received)
        {
            Assert.Equal(message.Failed + 1, received.DeliveryCount);
            (message.Place, message.Until, message.Delivery) = (Place.Locked, _now + 60, received);
            message.SequenceNumber = received.SequenceNumber;
        }

        private void Pass(int seconds)
        {
            _now += seconds;
            foreach (var message in _messages.Where(message => message.Until <= _now))
            {
                if (message.Place == Place.Scheduled)
                    message.Place = Place.Active;
                else if (message.Place == Place.Locked)
                    message.Fail();
            }
        }

        private static Task SettleAsync(Expected message, Place then, Func<Task> settle) =>
            TryAsync(message, message.Place == Place.Locked, ServiceBusFailureReason.MessageLockLost, then, settle);

        private static async Task TryAsync(
            Expected message,
            bool works,
            ServiceBusFailureReason otherwise,
            Place then,
            Func<Task> act
        )
        {
            if (works)
            {
                await act();
                message.Place = then;
            }
            else
            {
                Assert.Equal(otherwise, (await Assert.ThrowsAsync<ServiceBusException>(act)).Reason);
            }
        }
    }
}
