using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Serverless.Conformance.Durable;

/// <summary>
/// One Azurite with blobs, queues and tables, in memory, for all tests that need a storage account; it ends with this
/// process.
/// </summary>
internal static class StorageEmulator
{
    private const string Key =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
    private static readonly Lazy<Task<string>> Shared = new(StartAsync);

    public static Task<string> GetConnectionStringAsync() => Shared.Value;

    private static async Task<string> StartAsync()
    {
        var (blob, queue, table) = (FreePort(), FreePort(), FreePort());
        var start = new ProcessStartInfo("node")
        {
            ArgumentList =
            {
                Path.Combine(RepositoryFolder(), "infra", "local", "azurite", "azurite.mjs"),
                "start",
                Directory.CreateTempSubdirectory("azurite-").FullName,
                Text(table),
                "memory",
                Text(Environment.ProcessId),
                Text(blob),
                Text(queue),
            },
        };
        using var launcher = Process.Start(start)!;
        await launcher.WaitForExitAsync();
        foreach (var port in new[] { blob, queue, table })
            await ListensAsync(port);
        const string account = "devstoreaccount1";
        return $"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={Key};"
            + $"BlobEndpoint=http://127.0.0.1:{blob}/{account};"
            + $"QueueEndpoint=http://127.0.0.1:{queue}/{account};TableEndpoint=http://127.0.0.1:{table}/{account};";
    }

    private static async Task ListensAsync(int port)
    {
        for (var started = Stopwatch.GetTimestamp(); ; )
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20))
            {
                await Task.Delay(50);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string RepositoryFolder([CallerFilePath] string thisFile = "")
    {
        var folder = thisFile;
        while (!File.Exists(Path.Combine(folder, "Serverless.sln")))
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException("The tests' source is not where it was built from.");
        return folder;
    }
}
