using Serverless.Functions.Settings;

namespace Serverless.Functions.Http;

/// <summary>Where requests are received.</summary>
internal sealed class HttpOptions
{
    /// <summary>The app's name in Azure, which the platform sets; null: the app does not run there.</summary>
    [Setting("WEBSITE_HOSTNAME")]
    public string? NameInAzure { get; init; }
}
