using Azure.Data.Tables;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.Configuration;
using Serverless.Functions.Events;
using Serverless.Functions.Security;
using Serverless.Functions.Settings;
using Serverless.Functions.Webhooks.Endpoints;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Infrastructure.Code;

/// <summary>What the code must not have: each is added to the app's own, to see that a check finds it.</summary>
internal static class Seeded
{
    internal sealed class ReadsSetting
    {
        [Setting("New:Setting")]
        public int X { get; init; }
    }

    internal sealed class ReadsSettingOfName
    {
        private const string Own = "New:Own";

        [Setting($"{Own}:Part")]
        public int X { get; init; }
    }

    internal sealed class ReadsConfiguration(IConfiguration configuration)
    {
        public string? X => configuration["New:Setting"];
    }

    internal sealed class ReadsValue(IConfiguration configuration)
    {
        public int X => configuration.GetValue("New:Setting", 3);
    }

    internal static class ReadsEnvironment
    {
        public static string? X => Environment.GetEnvironmentVariable("NEW_SETTING");
    }

    internal sealed class Binds(IConfiguration configuration)
    {
        public void Run(object options) => configuration.Bind(options);
    }

    internal sealed class ReceivesElsewhere
    {
        [Function(nameof(ReceivesElsewhere))]
        public void Run(
            [ServiceBusTrigger(AppQueues.EventsName, Connection = "Other")] ServiceBusReceivedMessage message
        ) => _ = message;
    }

    internal sealed class Sends(WebhookSender sender)
    {
        [Function(nameof(Sends))]
        public object Run() => sender;
    }

    internal sealed class Probes(WebhookProbe probe)
    {
        [Function(nameof(Probes))]
        public object Run() => probe;
    }

    internal sealed class Tables(TableServiceClient service)
    {
        public TableClient Made => service.GetTableClient("Made");

        public TableClient Forgotten => service.GetTableClient("Forgotten");

        public Task RunAsync() => Made.CreateIfNotExistsAsync();
    }

    internal sealed class Tidies
    {
        [Function(nameof(Tidies))]
        public void Run([TimerTrigger("0 0 3 * * *")] TimerInfo timer) => _ = timer;
    }

    internal sealed class CallsByItself : IDisposable
    {
        private readonly HttpClient _client = new();

        public void Dispose() => _client.Dispose();
    }

    internal static class Waits
    {
        public static async Task RunAsync(TaskOrchestrationContext context) =>
            await Task.Delay(context.Name.Name.Length);
    }

    internal static class ReadsFile
    {
        public static async Task<string> RunAsync(TaskOrchestrationContext context) =>
            await File.ReadAllTextAsync(context.InstanceId);
    }

    internal static class ReadsClock
    {
        public static Task RunAsync(TaskOrchestrationContext context) =>
            context.CreateTimer(DateTimeOffset.UtcNow.UtcDateTime, CancellationToken.None);
    }

    internal static class MakesId
    {
        public static Task RunAsync(TaskOrchestrationContext context) =>
            context.WaitForExternalEvent<string>(Guid.NewGuid().ToString());
    }

    internal static class LeavesTimer
    {
        public static async Task RunAsync(TaskOrchestrationContext context)
        {
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            context.ContinueAsNew();
        }
    }

    internal static class JudgesByName
    {
        public static bool Run(TaskFailedException failed) => failed.FailureDetails.ErrorType == "IOException";
    }

    internal static class JudgesByType
    {
        public static bool Run(TaskFailedException failed) => failed.FailureDetails.IsCausedBy<IOException>();
    }

    internal sealed class AsksForSecret(ISecretSource secrets)
    {
        public Task<string> ReadAsync() => secrets.GetAsync("New--Secret", CancellationToken.None);
    }

    internal sealed class AsksForAnySecret(ISecretSource secrets)
    {
        public Task<string> ReadAsync(string name) => secrets.GetAsync(name, CancellationToken.None);
    }
}
