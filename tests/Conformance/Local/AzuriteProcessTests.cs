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

    [Fact]
    public async Task What_was_written_last_is_there_after_a_restart()
    {
        var azurite = await StartAsync();
        var table = new TableClient(azurite.ConnectionString, "Kept");
        await table.CreateAsync(Ct);
        for (var row = 0; row < 50; row++)
            await table.AddEntityAsync(new TableEntity("p", $"{row:00}"), Ct);
        await azurite.DisposeAsync();

        await using var again = await StartAsync();
        table = new TableClient(again.ConnectionString, "Kept");
        Assert.Equal("49", (await table.GetEntityAsync<TableEntity>("p", "49", cancellationToken: Ct)).Value.RowKey);
    }

    [Fact]
    public async Task Azurite_whose_owner_lives_is_neither_used_nor_stopped_by_another_app()
    {
        await using var first = await StartAsync();

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync());

        Assert.StartsWith(
            $"Another app's Azurite already serves the data in {_folder}",
            refusal.Message,
            StringComparison.Ordinal
        );
        await new TableClient(first.ConnectionString, "StillThere").CreateAsync(Ct);
    }

    [Fact]
    public async Task Azurite_whose_owner_died_is_taken_over_and_stopped_by_its_new_owner_only()
    {
        var first = await StartAsync();
        PretendThatTheOwnerDied();

        await using (var second = await StartAsync())
        {
            Assert.Equal(first.Ports, second.Ports);
            await first.DisposeAsync();
            await new TableClient(second.ConnectionString, "StillThere").CreateAsync(Ct);
        }
        Assert.False(File.Exists(Path.Combine(_folder, "azurite.run")));
    }

    [Fact]
    public async Task A_preferred_port_that_something_else_holds_is_left_to_it()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var taken = ((IPEndPoint)other.LocalEndpoint).Port;

        await using var azurite = await StartAsync(new AzuriteOptions { PreferredPort = taken });

        Assert.NotEqual(taken, azurite.Ports.Table);
        await new TableClient(azurite.ConnectionString, "Elsewhere").CreateAsync(Ct);
    }

    [Fact]
    public async Task Of_several_that_want_one_port_at_the_same_moment_each_gets_its_own()
    {
        var preferred = FreePort.Next();
        var started = await Task.WhenAll(
            Enumerable
                .Range(0, 3)
                .Select(number =>
                    AzuriteProcess.StartAsync(
                        new AzuriteOptions
                        {
                            PreferredPort = preferred,
                            DataFolder = Path.Combine(_folder, $"{number}"),
                            EndWithThisProcess = true,
                        },
                        Console.WriteLine,
                        Ct
                    )
                )
        );

        Assert.Equal(3, started.Select(azurite => azurite.Ports.Table).Distinct().Count());
        Assert.Contains(started, azurite => azurite.Ports.Table == preferred);
        foreach (var azurite in started)
            await azurite.DisposeAsync();
    }

    [Fact]
    public async Task Blobs_and_queues_run_only_where_they_are_asked_for()
    {
        var tables = await StartAsync();
        Assert.Equal((0, 0), (tables.Ports.Blob, tables.Ports.Queue));
        Assert.DoesNotContain("BlobEndpoint", tables.ConnectionString, StringComparison.Ordinal);
        await new TableClient(tables.ConnectionString, "Kept").CreateAsync(Ct);
        PretendThatTheOwnerDied();

        // The one that was left has too little: it is stopped, with its data, and started anew.
        await using var all = await StartAsync(new AzuriteOptions { AllServices = true });

        foreach (var port in new[] { all.Ports.Table, all.Ports.Blob, all.Ports.Queue })
            Assert.True(await AzuriteEndpoint.AnswersAsync(port, Ct));
        Assert.Contains("BlobEndpoint", all.ConnectionString, StringComparison.Ordinal);
        await new TableClient(all.ConnectionString, "Kept").UpsertEntityAsync(
            new TableEntity("p", "r"),
            cancellationToken: Ct
        );
    }

    private Task<AzuriteProcess> StartAsync(AzuriteOptions? options = null) =>
        AzuriteProcess.StartAsync(
            (options ?? new AzuriteOptions()) with
            {
                DataFolder = _folder,
                EndWithThisProcess = true,
            },
            Console.WriteLine,
            Ct
        );

    private void PretendThatTheOwnerDied() =>
        File.WriteAllText(Path.Combine(_folder, "azurite.owner"), $"{int.MaxValue} {DateTime.UtcNow:O} gone");
}
