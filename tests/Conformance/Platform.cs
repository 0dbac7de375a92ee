using Azure.Data.Tables;
using Serverless.Conformance;
using Serverless.Local.Hosting;
using Xunit;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]

namespace Serverless.Conformance;

/// <summary>All that differs between the platforms: how to get at their clients.</summary>
internal static partial class Platform
{
    private static TableServiceClient? _tables;

    public static TableServiceClient Tables
    {
        get => _tables ?? throw new InvalidOperationException("Azurite has not been started.");
        set => _tables = value;
    }

    public static string TablesConnectionString { get; set; } = "";
}

/// <summary>One Azurite for all tests, in memory, gone with the test run however that ends.</summary>
public sealed class AzuriteFixture : IAsyncLifetime
{
    private AzuriteProcess? _azurite;

    public async ValueTask InitializeAsync()
    {
        var options = new AzuriteOptions { Port = 0, DataFolder = null, EndWithThisProcess = true };
        _azurite = await AzuriteProcess.StartAsync(options, Console.WriteLine, TestContext.Current.CancellationToken);
        Platform.TablesConnectionString = _azurite.ConnectionString;
        Platform.Tables = new TableServiceClient(_azurite.ConnectionString);
    }

    public ValueTask DisposeAsync() => _azurite?.DisposeAsync() ?? ValueTask.CompletedTask;
}
