using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Tests.Crashes;

/// <summary>What an app that is to be killed is started with.</summary>
internal static class CrashSettings
{
    /// <summary>What decides a run's choices: of the environment (<c>CRASH_SEED</c>), or a new one, which it says.</summary>
    public static int Seed(ITestOutputHelper output)
    {
        var seed = Environment.GetEnvironmentVariable("CRASH_SEED") is { Length: > 0 } given
            ? int.Parse(given, CultureInfo.InvariantCulture)
            : Random.Shared.Next();
        output.WriteLine($"Seed {seed} (set CRASH_SEED to repeat it)");
        return seed;
    }

    public static Dictionary<string, string> Of(AzuriteProcess azurite, string folder, string tablePrefix) =>
        new()
        {
            ["AzureWebJobsStorage"] = azurite.ConnectionString,
            ["Storage__TablePrefix"] = tablePrefix,
            ["Local__DataFolder"] = folder,
            ["Demo__Seed"] = "false",
            ["Partners__Environment"] = "sandbox",
            ["Webhooks__AllowPrivateNetworks"] = "true",
            ["Durable__Store"] = Azurite.KeepsOrchestrations ? "AzureStorage" : "",
            ["Secrets__KeyRing"] =
                """{"current":"test","keys":{"test":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}""",
        };

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("crashes-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
