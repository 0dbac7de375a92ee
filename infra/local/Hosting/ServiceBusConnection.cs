using System.Globalization;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Configuration;
using Serverless.Local.Worker;

namespace Serverless.Local.Hosting;

/// <summary>Which connections of the app's settings are the broker of this host.</summary>
internal static class ServiceBusConnection
{
    private const string StandardName = "AzureWebJobsServiceBus";
    private const string Emulator = "UseDevelopmentEmulator=true";

    /// <summary>
    /// The connection strings that ask for an emulator without naming a port
    /// (<c>Endpoint=sb://localhost/…;UseDevelopmentEmulator=true</c>), with the broker's. Any other is left alone: a
    /// namespace in Azure, or an emulator of somebody's own.
    /// </summary>
    public static IReadOnlyDictionary<string, string> ForBroker(IConfiguration settings, int port)
    {
        var connection = string.Create(
            CultureInfo.InvariantCulture,
            $"Endpoint=sb://127.0.0.1:{port}/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;{Emulator}"
        );
        return settings
            .AsEnumerable()
            .Where(setting => setting.Value is { } value && AsksForBroker(value))
            .ToDictionary(setting => setting.Key, _ => connection);
    }

    /// <summary>The connection string of a trigger.</summary>
    /// <exception cref="StartupException">The setting is missing.</exception>
    public static string Of(
        LoadedFunction function,
        IConfiguration settings,
        IReadOnlyDictionary<string, string> broker
    )
    {
        var name = function.Text("connection") ?? StandardName;
        var key = name.Replace("__", ":", StringComparison.Ordinal);
        return broker.TryGetValue(key, out var own)
            ? own
            : settings[key]
                ?? settings.GetConnectionString(name)
                ?? throw new StartupException(
                    $"Function '{function.Name}' needs the setting '{name}', a connection string. Add it to "
                        + "Values in local.settings.json."
                );
    }

    /// <summary>A client of a trigger's connection.</summary>
    /// <exception cref="StartupException">The connection string is malformed.</exception>
    public static ServiceBusClient Client(LoadedFunction function, string connection)
    {
        try
        {
            return new ServiceBusClient(connection);
        }
        catch (Exception ex) when (ex is ArgumentException or FormatException)
        {
            throw new StartupException(
                $"Function '{function.Name}' has the setting '{function.Text("connection") ?? StandardName}', which is no connection string of Service Bus.",
                ex
            );
        }
    }

    private static bool AsksForBroker(string value) =>
        value.Contains(Emulator, StringComparison.OrdinalIgnoreCase)
        && EndpointOf(value) is { IsDefaultPort: true } or { Port: < 0 };

    private static Uri? EndpointOf(string value)
    {
        try
        {
            return ServiceBusConnectionStringProperties.Parse(value).Endpoint;
        }
        catch (Exception ex) when (ex is ArgumentException or FormatException)
        {
            // Any setting is asked, and most are no connection strings.
            return null;
        }
    }
}
