using System.Net;
using System.Net.Sockets;
using Azure.Data.Tables;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Conformance.Local;

public sealed class AzuriteProcessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("azurite-test-").FullName;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<AzuriteProcess> Start(int port = 0) =>
        AzuriteProcess.StartAsync(new AzuriteOptions { Port = port, DataFolder = _folder, EndWithThisProcess = true }, Console.WriteLine, Ct);

    [Fact]
    public async Task What_was_written_last_is_there_after_a_restart()
    {
        var azurite = await Start();
        var table = new TableClient(azurite.ConnectionString, "Kept");
        await table.CreateAsync(Ct);
        for (var row = 0; row < 50; row++)
            await table.AddEntityAsync(new TableEntity("p", $"{row:00}"), Ct);
        await azurite.DisposeAsync();

        await using var again = await Start();
        table = new TableClient(again.ConnectionString, "Kept");
        Assert.Equal("49", (await table.GetEntityAsync<TableEntity>("p", "49", cancellationToken: Ct)).Value.RowKey);
    }

    [Fact]
    public async Task Azurite_whose_owner_lives_is_used_and_not_stopped()
    {
        await using var first = await Start();
        Assert.True(first.IsOwned);

        await using (var second = await Start(first.Port))
            Assert.Equal((first.Port, false), (second.Port, second.IsOwned));
        await new TableClient(first.ConnectionString, "StillThere").CreateAsync(Ct);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Start(first.Port + 1));
        Assert.Contains($"on port {first.Port}", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Azurite_whose_owner_died_is_taken_over()
    {
        var first = await Start();
        // As if the one that started it were a process that is gone.
        await File.WriteAllTextAsync(Path.Combine(_folder, "azurite.owner"), $"{int.MaxValue} {DateTime.UtcNow:O} gone", Ct);

        await using (var second = await Start())
        {
            Assert.Equal((first.Port, true), (second.Port, second.IsOwned));
            await first.DisposeAsync();
            await new TableClient(second.ConnectionString, "StillThere").CreateAsync(Ct);
        }
        Assert.False(File.Exists(Path.Combine(_folder, "azurite.run")));
    }

    [Fact]
    public async Task A_port_that_something_else_holds_is_a_clear_error()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var hangUp = Task.Run(
            async () =>
            {
                while (true)
                    (await other.AcceptTcpClientAsync(stop.Token)).Dispose();
            },
            Ct);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Start(port));
        Assert.StartsWith($"Port {port} is taken by something that is not a table service", refusal.Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hangUp);
    }
}
