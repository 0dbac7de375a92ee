using System.Globalization;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>
/// However the host ends, its worker ends with it; Azurite outlives only a kill, and is found by the next start.
/// </summary>
public sealed class EndTests : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("data-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _data.Delete(recursive: true);

    [Fact]
    public async Task After_a_kill_no_worker_is_left_and_Azurite_serves_the_next_start()
    {
        await using var killed = await StartAsync();
        using (await killed.Http.PostAsync("/api/rows/kept", null, Cancel)) { }
        var (worker, azurite) = (await killed.WorkerIdAsync(), AzuriteId());

        await killed.KillAsync();

        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        while (HostProcess.IsAlive(worker))
            await Task.Delay(10, soon.Token);
        Assert.True(HostProcess.IsAlive(azurite));
        await using var next = await StartAsync();
        Assert.Equal(azurite, AzuriteId());
        Assert.Equal("kept", await next.Http.GetStringAsync("/api/rows", Cancel));
    }

    [Theory]
    [InlineData("TERM", false)]
    [InlineData("INT", true)]
    public async Task After_an_orderly_end_neither_worker_nor_Azurite_is_left(string signal, bool toAll)
    {
        await using var host = await StartAsync();
        using (await host.Http.PostAsync("/api/rows/kept", null, Cancel)) { }
        var (worker, azurite) = (await host.WorkerIdAsync(), AzuriteId());

        // Ctrl+C goes to every process of the terminal's foreground group: the worker gets it at the same moment.
        await host.SignalAsync(signal, toAll ? -host.Id : host.Id);

        Assert.False(HostProcess.IsAlive(worker));
        // Its data is saved and its ports are free; the process itself may take a moment more.
        await Eventually.IsAsync(() => !HostProcess.IsAlive(azurite));
        Assert.DoesNotContain("fail", host.Printed, StringComparison.Ordinal);
        await using var next = await StartAsync();
        Assert.Equal("kept", await next.Http.GetStringAsync("/api/rows", Cancel));
    }

    private Task<HostProcess> StartAsync() =>
        HostProcess.StartAsync(
            ("Local:DataFolder", _data.FullName),
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true")
        );

    private int AzuriteId() =>
        int.Parse(
            File.ReadAllText(Path.Combine(_data.FullName, "azurite", "azurite.run")).Split(' ')[0],
            CultureInfo.InvariantCulture
        );
}
