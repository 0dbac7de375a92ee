using Serverless.Functions.Settings;

namespace Serverless.Functions.Events;

/// <summary>Where the queues are. The triggers' connection is the same, which the Functions host reads.</summary>
internal sealed class QueueOptions
{
    /// <summary>With a key, for local development; null: as the app's identity.</summary>
    [Setting(AppQueues.Connection)]
    public string? ConnectionString { get; init; }

    /// <summary>Where the app connects as its identity.</summary>
    [Setting($"{AppQueues.Connection}:fullyQualifiedNamespace")]
    public string? Namespace { get; init; }
}
