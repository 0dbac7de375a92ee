using Xunit;

namespace Serverless.Tests.Operations;

/// <summary>The app stops in each state of a transfer and starts again on what it had stored.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("serverless-");
    private TestApp? _app;

    private TestApp App => _app!;

    public async ValueTask InitializeAsync() => _app = await TestApp.StartAsync(("Local:DataFolder", _folder.FullName));

    public async ValueTask DisposeAsync()
    {
        await App.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(100.00, 10, "created", "completed")]
    [InlineData(100.13, 10, "created", "failed")]
    [InlineData(100.14, 60, "processing", "completed")]
    [InlineData(100.00, 60, "completed", "completed")]
    [InlineData(100.13, 60, "failed", "failed")]
    public async Task A_restart_changes_nothing(decimal send, int seconds, string before, string after)
    {
        var inbox = await App.NewInboxAsync();
        var payer = await Payer.NewAsync(
            App,
            await App.NewPartnerAsync(inbox, ["operation.created", "operation.completed", "operation.failed"])
        );
        var quote = await payer.QuoteIdAsync(send);
        var id = (string)(await payer.ConfirmAsync(quote)).Is(201).Data["operationId"]!;
        await App.AdvanceAsync(TimeSpan.FromSeconds(seconds));
        Assert.Equal(before, await payer.StatusAsync(id));

        await App.RestartAsync();
        Assert.Equal(before, await payer.StatusAsync(id));
        Assert.Equal(id, (string?)(await payer.ConfirmAsync(quote)).Is(200).Data["operationId"]);
        await App.AdvanceAsync(TimeSpan.FromMinutes(20));
        Assert.Equal(after, await payer.StatusAsync(id));
        Assert.Equal(["operation.created", $"operation.{after}"], inbox.Events);
    }

    [Fact]
    public async Task A_quote_survives_a_restart()
    {
        var payer = await Payer.NewAsync(App, await App.NewPartnerAsync());
        var quote = await payer.QuoteIdAsync();
        await App.RestartAsync();
        (await payer.ConfirmAsync(quote)).Is(201);
    }

    [Fact]
    public async Task A_cancelled_transfer_stays_cancelled()
    {
        var payer = await Payer.NewAsync(App, await App.NewPartnerAsync());
        var id = await payer.TransferAsync();
        await payer.CancelAsync(id);
        await App.RestartAsync();
        await App.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("cancelled", await payer.StatusAsync(id));
    }

    [Fact]
    public async Task A_transfer_that_was_cancelled_right_before_the_stop_is_not_paid_after_it()
    {
        var inbox = await App.NewInboxAsync();
        var payer = await Payer.NewAsync(
            App,
            await App.NewPartnerAsync(inbox, ["operation.cancelled", "operation.completed"])
        );
        var id = await payer.TransferAsync();
        // Nothing waits for the follow-up: the stop may come before the flow was started or woken.
        (await payer.CancelAsync(id)).Is(200);
        await App.RestartAsync();
        await App.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal("cancelled", await payer.StatusAsync(id));
        Assert.Equal(["operation.cancelled"], inbox.Events);
    }
}
