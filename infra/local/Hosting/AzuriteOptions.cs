namespace Serverless.Local.Hosting;

/// <summary>How Azurite is run.</summary>
internal sealed record AzuriteOptions
{
    /// <summary>The port on 127.0.0.1; 0 for a free one.</summary>
    public int Port { get; init; } = AzuriteProcess.DefaultPort;

    /// <summary>Where the data lies; null keeps it in memory.</summary>
    public string? DataFolder { get; init; }

    /// <summary>End with this process even if it is killed. For tests; an app's data should outlive the app's crash, so Azurite does.</summary>
    public bool EndWithThisProcess { get; init; }
}
