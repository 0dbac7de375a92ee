using Azure.Core;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Events;

internal static class EventsServices
{
    /// <summary>The queues, with a connection string (local) or as the app's managed identity.</summary>
    public static void AddEvents(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(provider =>
            configuration[AppQueues.Connection] is { Length: > 0 } connection
                ? new ServiceBusClient(connection)
                : new ServiceBusClient(
                    configuration.Require($"{AppQueues.Connection}:fullyQualifiedNamespace"),
                    provider.GetRequiredService<TokenCredential>()
                )
        );
        services.AddSingleton<AppQueues>();
    }
}
