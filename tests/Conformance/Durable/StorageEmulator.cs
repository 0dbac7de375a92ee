using Serverless.Local.Hosting;

namespace Serverless.Conformance.Durable;

/// <summary>
/// One Azurite with blobs, queues and tables, in memory, for all tests that need a storage account; it ends with this
/// process.
/// </summary>
internal static class StorageEmulator
{
    private static readonly Lazy<Task<AzuriteProcess>> Shared = new(() =>
        AzuriteProcess.StartAsync(
            new AzuriteOptions { AllServices = true, EndWithThisProcess = true },
            Console.WriteLine,
            CancellationToken.None
        )
    );

    public static async Task<string> GetConnectionStringAsync() => (await Shared.Value).ConnectionString;
}
