using Azure.Core;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.Settings;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Events;

internal static class EventsServices
{
    /// <summary>Registers the queues, with a connection string (local) or the app's managed identity.</summary>
    public static void AddEvents(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<QueueOptions>(configuration)
            .Validate(
                options => options.ConnectionString is not null || options.Namespace is not null,
                $"Setting '{AppQueues.Connection}:fullyQualifiedNamespace' is missing: set it, or "
                    + $"'{AppQueues.Connection}'."
            )
            .Validate(
                options => options.ConnectionString is null || IsConnectionString(options.ConnectionString),
                $"Setting '{AppQueues.Connection}' must be the connection string of a Service Bus namespace."
            )
            .Validate(
                options => options.Namespace is null || Uri.CheckHostName(options.Namespace) == UriHostNameType.Dns,
                $"Setting '{AppQueues.Connection}:fullyQualifiedNamespace' must be a host such as "
                    + "name.servicebus.windows.net."
            );
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<QueueOptions>>().Value;
            return options.ConnectionString is { } connection
                ? new ServiceBusClient(connection)
                : new ServiceBusClient(options.Namespace, provider.GetRequiredService<TokenCredential>());
        });
        services.AddRow<EventRow>();
        services.AddSingleton<AppQueues>();
        services.AddSingleton<DeadLetters>();
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            return ServiceBusConnectionStringProperties.Parse(text).Endpoint is not null;
        }
        catch (Exception ex) when (ex is FormatException or ArgumentException)
        {
            return false;
        }
    }
}
