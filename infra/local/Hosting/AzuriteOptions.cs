namespace Serverless.Local.Hosting;

/// <summary>How Azurite is run.</summary>
internal sealed record AzuriteOptions
{
    /// <summary>
    /// The port of the table service on 127.0.0.1 if it is free; otherwise, and where this is null, any free one.
    /// </summary>
    public int? PreferredPort { get; init; }

    /// <summary>Blobs and queues, too. Only Durable Functions on Azure Storage needs them.</summary>
    public bool AllServices { get; init; }

    /// <summary>Where the data lies; null keeps it in memory.</summary>
    public string? DataFolder { get; init; }

    /// <summary>
    /// End with this process even if it is killed. For tests; an app's data should outlive the app's crash, so Azurite
    /// does.
    /// </summary>
    public bool EndWithThisProcess { get; init; }
}
