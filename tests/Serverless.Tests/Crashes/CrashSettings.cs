using System.Net;
using System.Net.Sockets;
using Serverless.Local.Hosting;

namespace Serverless.Tests.Crashes;

/// <summary>What an app that is to be killed is started with.</summary>
internal static class CrashSettings
{
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
