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
    internal sealed class Reads(IConfiguration configuration, ISecretSource secrets)
    {
        private const string Own = "New:Own";

        [Setting("New:Setting")]
        public int New { get; init; }

        [Setting($"{Own}:Part")]
        public int OfName { get; init; }

        public string? ByItself => configuration["New:Setting"] + Environment.GetEnvironmentVariable("NEW_SETTING");

        public int Value => configuration.GetValue("New:Setting", 3);

        public void Bind(object options) => configuration.Bind(options);

        public Task<string> SecretAsync() => secrets.GetAsync("New--Secret", CancellationToken.None);

        public Task<string> AnySecretAsync(string name) => secrets.GetAsync(name, CancellationToken.None);
    }

    internal sealed class Receives
    {
        [Function(nameof(Receives))]
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

    internal sealed class Tables(TableServiceClient service)
    {
        public TableClient Made => service.GetTableClient("Made");

        public TableClient Forgotten => service.GetTableClient("Forgotten");

        public Task RunAsync() => Made.CreateIfNotExistsAsync();
    }

    internal static class Waits
    {
        public static async Task DelayAsync(TaskOrchestrationContext context) =>
            await Task.Delay(context.InstanceId.Length);

        public static async Task<string> ReadAsync(TaskOrchestrationContext context) =>
            await File.ReadAllTextAsync(context.InstanceId);

        public static Task LookAtClockAsync(TaskOrchestrationContext context) =>
            context.CreateTimer(DateTimeOffset.UtcNow.UtcDateTime, CancellationToken.None);

        public static Task MakeIdAsync(TaskOrchestrationContext context) =>
            context.WaitForExternalEvent<string>(Guid.NewGuid().ToString());

        public static async Task LeaveTimerAsync(TaskOrchestrationContext context)
        {
            await context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
            context.ContinueAsNew();
        }

        public static bool JudgeByName(TaskFailedException failed) => failed.FailureDetails.ErrorType == "IOException";

        public static bool JudgeByType(TaskFailedException failed) => failed.FailureDetails.IsCausedBy<IOException>();
    }
}
