using System.Globalization;
using System.Text.Json;

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

    /// <summary>Reads the section; a member that is missing or null keeps its default.</summary>
    /// <param name="durableTask">The value of <c>extensions.durableTask</c>; null where there is none.</param>
    public static DurableOptions FromHostJson(JsonElement? durableTask)
    {
        var options = new DurableOptions();
        if (durableTask is not { ValueKind: JsonValueKind.Object } section)
            return options;
        var storage = Member(section, "storageProvider") ?? default;
        return options with
        {
            HubName = Text(section, "hubName") ?? options.HubName,
            MaxConcurrentActivityFunctions = Number(section, "maxConcurrentActivityFunctions")
                ?? options.MaxConcurrentActivityFunctions,
            MaxConcurrentOrchestratorFunctions = Number(section, "maxConcurrentOrchestratorFunctions")
                ?? options.MaxConcurrentOrchestratorFunctions,
            DefaultVersion = Text(section, "defaultVersion") ?? options.DefaultVersion,
            ThrowStatusExceptionsOnRaiseEvent = Member(section, "throwStatusExceptionsOnRaiseEvent")?.GetBoolean()
                ?? options.ThrowStatusExceptionsOnRaiseEvent,
            MaxGrpcMessageSizeInBytes = Number(section, "maxGrpcMessageSizeInBytes")
                ?? options.MaxGrpcMessageSizeInBytes,
            GrpcHttpClientTimeout = Time(section, "grpcHttpClientTimeout") ?? options.GrpcHttpClientTimeout,
            PartitionCount = Number(storage, "partitionCount") ?? options.PartitionCount,
            ControlQueueVisibilityTimeout = Time(storage, "controlQueueVisibilityTimeout")
                ?? options.ControlQueueVisibilityTimeout,
            WorkItemQueueVisibilityTimeout = Time(storage, "workItemQueueVisibilityTimeout")
                ?? options.WorkItemQueueVisibilityTimeout,
            MaxQueuePollingInterval = Time(storage, "maxQueuePollingInterval") ?? options.MaxQueuePollingInterval,
        };
    }

    private static JsonElement? Member(JsonElement section, string name)
    {
        if (section.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var member in section.EnumerateObject())
        {
            if (
                string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase)
                && member.Value.ValueKind != JsonValueKind.Null)
                return member.Value;
        }
        return null;
    }

    private static string? Text(JsonElement section, string name) => Member(section, name)?.GetString();

    private static int? Number(JsonElement section, string name) => Member(section, name)?.GetInt32();

    private static TimeSpan? Time(JsonElement section, string name) =>
        Text(section, name) is { } text ? TimeSpan.Parse(text, CultureInfo.InvariantCulture) : null;
}
