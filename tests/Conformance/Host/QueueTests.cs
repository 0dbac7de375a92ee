using Azure.Messaging.ServiceBus;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>Functions that messages start.</summary>
public sealed class QueueTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private readonly HostedApp _app = shared.App;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_reaches_its_function_with_its_trace_and_its_properties()
    {
        await _app.SendAsync(
            "fine",
            new("traced")
            {
                ApplicationProperties =
                {
                    ["Diagnostic-Id"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                    ["kind"] = "test",
                },
            }
        );

        await Eventually.IsAsync(() => Line("fine traced") is not null);
        Assert.Contains("0af7651916cd43dd8448eb211c80319c", Line("fine traced"), StringComparison.Ordinal);
        Assert.Contains("kind", Line("fine traced"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_fails_gets_its_message_again()
    {
        await _app.SendAsync("flaky", new("2"));

        await _app.Notes.UntilAsync("flaky delivery 3");
        await Eventually.IsAsync(() => !_app.App.Clock.IsBusy);
        Assert.Equal(
            ["flaky delivery 1", "flaky delivery 2", "flaky delivery 3"],
            _app.Notes.Lines.Where(line => line.StartsWith("flaky", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task A_message_on_which_a_function_always_fails_ends_among_the_dead_letters()
    {
        await _app.SendAsync("poison", new("x"));

        await using var client = _app.ServiceBus();
        var receiver = client.CreateReceiver(
            "poison",
            new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter }
        );
        var dead = await receiver.ReceiveMessageAsync(TimeSpan.FromSeconds(20), Cancel);

        Assert.Equal("MaxDeliveryCountExceeded", dead.DeadLetterReason);
        Assert.Equal(3, _app.Notes.Lines.Count(line => line.StartsWith("poison", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_function_keeps_its_message_beyond_the_queues_lock()
    {
        await _app.SendAsync("slow", new("x"));

        await _app.Notes.UntilAsync("lasting delivery 1 ended");
        await Eventually.IsAsync(() => !_app.App.Clock.IsBusy);
        Assert.Equal(0, _app.Notes.Count("lasting delivery 2 began"));
    }

    [Fact]
    public async Task A_scheduled_message_arrives_when_the_clock_is_moved()
    {
        await using var app = await HostedApp.StartAsync();
        var due = app.App.Clock.GetUtcNow().AddDays(2);
        await app.SendAsync("fine", new("later") { ScheduledEnqueueTime = due });

        await app.App.Clock.AdvanceAsync(TimeSpan.FromDays(3), Cancel);

        Assert.StartsWith(
            $"fine later at {due.UtcDateTime:yyyy-MM-dd HH:mm}",
            app.Notes.Lines.Single(line => line.StartsWith("fine", StringComparison.Ordinal)),
            StringComparison.Ordinal
        );
    }

    private string? Line(string start) =>
        _app.Notes.Lines.FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal));
}
