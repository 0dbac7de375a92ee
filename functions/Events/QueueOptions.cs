using Serverless.Functions.Settings;

namespace Serverless.Functions.Events;

/// <summary>How to reach the queues. The Functions host reads the same settings for the triggers.</summary>
internal sealed class QueueOptions
{
    /// <summary>
    /// A connection string with a key, for local development; null to use the app's managed identity.
    /// </summary>
    [Setting(AppQueues.Connection)]
    public string? ConnectionString { get; init; }

    /// <summary>The namespace to which the app connects with its managed identity.</summary>
    [Setting($"{AppQueues.Connection}:fullyQualifiedNamespace")]
    public string? Namespace { get; init; }
}
