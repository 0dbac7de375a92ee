using Serverless.Functions.Settings;

namespace Serverless.Functions.Storage;

/// <summary>Where the tables are. The Functions host reads the same connection for its own needs.</summary>
internal sealed class StorageOptions
{
    /// <summary>With a key, for local development; null: as the app's identity.</summary>
    [Setting("AzureWebJobsStorage")]
    public string? ConnectionString { get; init; }

    /// <summary>Address of the tables when the app's identity is used.</summary>
    [Setting("AzureWebJobsStorage:tableServiceUri")]
    public Uri? TableService { get; init; }

    /// <summary>Prefix of each table name, so that several deployments can share an account.</summary>
    [Setting("Storage:TablePrefix")]
    public string TablePrefix { get; init; } = "";
}
