using DurableTask.AzureStorage;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Durable;

/// <summary>
/// The engine's store in a storage account, as in Azure: blobs, queues and tables. It knows real time only.
/// </summary>
internal static class AzureStorage
{
    public static AzureStorageOrchestrationService Create(DurableOptions options, ILoggerFactory loggers) =>
        new(
            new()
            {
                TaskHubName = options.HubName,
                StorageAccountClientProvider = new StorageAccountClientProvider(options.StorageConnectionString!),
                MaxConcurrentTaskActivityWorkItems = options.MaxConcurrentActivityFunctions,
                MaxConcurrentTaskOrchestrationWorkItems = options.MaxConcurrentOrchestratorFunctions,
                PartitionCount = options.PartitionCount,
                ControlQueueVisibilityTimeout = options.ControlQueueVisibilityTimeout,
                WorkItemQueueVisibilityTimeout = options.WorkItemQueueVisibilityTimeout,
                MaxQueuePollingInterval = options.MaxQueuePollingInterval,
                // The real host's: partitions in a table, and an error for an id that may not be started again.
                UseTablePartitionManagement = true,
                ThrowExceptionOnInvalidDedupeStatus = true,
                LoggerFactory = loggers,
            }
        );
}
