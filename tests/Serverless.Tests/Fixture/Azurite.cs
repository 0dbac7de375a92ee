using Azure.Data.Tables;
using Serverless.Local.Hosting;
using Serverless.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(Azurite))]

namespace Serverless.Tests;

/// <summary>One Azurite for all tests, in memory, gone with the test run however that ends.</summary>
public sealed class Azurite : IAsyncLifetime
{
    private static string? _connection;
    private AzuriteProcess? _azurite;

    public static string ConnectionString =>
        _connection ?? throw new InvalidOperationException("Azurite has not been started.");

    /// <summary>
    /// Environment variable DURABLE_STORE=AzureStorage: orchestrations are kept in Azurite as they are in Azure, and
    /// time is real. For the journeys and flows; a test that moves the clock by more than a few minutes would take as
    /// long.
    /// </summary>
    public static bool KeepsOrchestrations { get; } =
        Environment.GetEnvironmentVariable("DURABLE_STORE") == "AzureStorage";

    public static TableServiceClient Tables => new(ConnectionString);

    public async ValueTask InitializeAsync()
    {
        var options = new AzuriteOptions { EndWithThisProcess = true, AllServices = KeepsOrchestrations };
        _azurite = await AzuriteProcess.StartAsync(options, Console.WriteLine, TestContext.Current.CancellationToken);
        _connection = _azurite.ConnectionString;
    }

    public ValueTask DisposeAsync() => _azurite?.DisposeAsync() ?? ValueTask.CompletedTask;
}
