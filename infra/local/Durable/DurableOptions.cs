using Microsoft.Extensions.Configuration;

namespace Serverless.Local.Durable;

/// <summary>
/// The settings of <c>host.json</c>'s <c>extensions.durableTask</c> that have a meaning here, with the real host's
/// defaults.
/// </summary>
internal sealed record DurableOptions
{
    public string HubName { get; init; } = "TestHubName";

    public int MaxConcurrentActivityFunctions { get; init; } = 10 * Environment.ProcessorCount;

    public int MaxConcurrentOrchestratorFunctions { get; init; } = 10 * Environment.ProcessorCount;

    /// <summary>
    /// Instances of a higher version stay as they are; and since none is the default, so does each that is started
    /// with one.
    /// </summary>
    public string DefaultVersion { get; init; } = "";

    /// <summary>
    /// Raising an event for an instance that is not there or has ended fails; otherwise it has no effect.
    /// </summary>
    public bool ThrowStatusExceptionsOnRaiseEvent { get; init; } = true;

    public int MaxGrpcMessageSizeInBytes { get; init; } = 4 * 1024 * 1024;

    public TimeSpan GrpcHttpClientTimeout { get; init; } = TimeSpan.FromSeconds(100);

    /// <summary>The storage account that keeps everything, as in Azure; null for the embedded store.</summary>
    public string? StorageConnectionString { get; init; }

    public int PartitionCount { get; init; } = 4;

    public TimeSpan ControlQueueVisibilityTimeout { get; init; } = TimeSpan.FromMinutes(5);

    public TimeSpan WorkItemQueueVisibilityTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Azure's default is 30 s, to save on calls that cost; a local emulator's cost nothing.</summary>
    public TimeSpan MaxQueuePollingInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Reads the section <c>extensions.durableTask</c>; a member that is missing keeps its default.</summary>
    public static DurableOptions FromHostJson(IConfiguration section)
    {
        var options = new DurableOptions();
        var storage = section.GetSection("storageProvider");
        return options with
        {
            HubName = section["hubName"] ?? options.HubName,
            MaxConcurrentActivityFunctions = section.GetValue(
                "maxConcurrentActivityFunctions",
                options.MaxConcurrentActivityFunctions
            ),
            MaxConcurrentOrchestratorFunctions = section.GetValue(
                "maxConcurrentOrchestratorFunctions",
                options.MaxConcurrentOrchestratorFunctions
            ),
            DefaultVersion = section["defaultVersion"] ?? options.DefaultVersion,
            ThrowStatusExceptionsOnRaiseEvent = section.GetValue(
                "throwStatusExceptionsOnRaiseEvent",
                options.ThrowStatusExceptionsOnRaiseEvent
            ),
            MaxGrpcMessageSizeInBytes = section.GetValue(
                "maxGrpcMessageSizeInBytes",
                options.MaxGrpcMessageSizeInBytes
            ),
            GrpcHttpClientTimeout = section.GetValue("grpcHttpClientTimeout", options.GrpcHttpClientTimeout),
            PartitionCount = storage.GetValue("partitionCount", options.PartitionCount),
            ControlQueueVisibilityTimeout = storage.GetValue(
                "controlQueueVisibilityTimeout",
                options.ControlQueueVisibilityTimeout
            ),
            WorkItemQueueVisibilityTimeout = storage.GetValue(
                "workItemQueueVisibilityTimeout",
                options.WorkItemQueueVisibilityTimeout
            ),
            MaxQueuePollingInterval = storage.GetValue("maxQueuePollingInterval", options.MaxQueuePollingInterval),
        };
    }
}
