using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>Clients that do not wait for their answer.</summary>
public sealed class LeavingClientTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_function_whose_client_leaves_is_cancelled_and_nothing_is_logged()
    {
        await using var app = await HostedApp.StartAsync();
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var request = app.Http.GetAsync("/api/slow/one", leaving.Token);
        await app.Notes.UntilAsync("slow one began");

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await app.Notes.UntilAsync("slow one cancelled");
        Assert.Equal("read", await app.Http.GetStringAsync("/api/verbs", Cancel));
        Assert.Empty(app.Complaints);
    }
}
