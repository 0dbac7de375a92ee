using Serverless.Functions.Settings;

namespace Serverless.Functions.Http;

/// <summary>The environment in which requests are received.</summary>
internal sealed class HttpOptions
{
    /// <summary>The app's host name in Azure, set by the platform; null elsewhere.</summary>
    [Setting("WEBSITE_HOSTNAME")]
    public string? NameInAzure { get; init; }
}
