using System.Net;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>The worker dies without a word, again and again, under a host that lives on.</summary>
public sealed class KillTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_killed_worker_was_doing_fails_or_runs_again_and_the_next_worker_serves()
    {
        await using var host = await HostProcess.StartAsync();
        var worker = await host.WorkerIdAsync();
        var request = host.Http.GetAsync("/api/hold/it", Cancel);
        await host.SendAsync("killed", new("m"));
        using var started = await host.Http.PostAsync("/api/orchestrations/o", null, Cancel);
        await host.Notes.UntilAsync("holds it");
        await host.Notes.UntilAsync("message m began");
        await host.Notes.UntilAsync("activity o began");

        await HostProcess.SendSignalAsync("KILL", worker);

        using var answer = await request;
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Cancel));
        Assert.NotEqual(worker, await host.WorkerIdAsync());
        await host.Notes.UntilAsync("message m ended");
        await Eventually.IsAsync(async () =>
            await host.Http.GetStringAsync("/api/orchestrations/o", Cancel) == "Completed \"done\""
        );
        Assert.Equal((2, 2), (host.Notes.Count("message m began"), host.Notes.Count("activity o began")));
    }

    [Fact]
    public async Task Twenty_kills_in_a_row_are_outlived()
    {
        await using var host = await HostProcess.StartAsync();
        var workers = new HashSet<int>();
        for (var kill = 0; kill < 20; kill++)
        {
            await Eventually.IsAsync(async () => await AnswersAsync(host));
            var worker = await host.WorkerIdAsync();
            Assert.True(workers.Add(worker));
            await host.SendAsync("killed", new($"{kill}"));
            await host.Notes.UntilAsync($"message {kill} began", () => host.Printed);
            await HostProcess.SendSignalAsync("KILL", worker);
        }

        for (var kill = 0; kill < 20; kill++)
            await host.Notes.UntilAsync($"message {kill} ended");
        Assert.All(workers, worker => Assert.False(HostProcess.IsAlive(worker)));
    }

    /// <summary>A request that is sent to a worker just before it dies fails.</summary>
    private static async Task<bool> AnswersAsync(HostProcess host)
    {
        using var answer = await host.Http.GetAsync("/api/process", Cancel);
        return answer.IsSuccessStatusCode;
    }
}
