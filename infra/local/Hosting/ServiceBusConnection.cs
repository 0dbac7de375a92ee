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
    /// The connection strings that ask for an emulator without naming a port (<c>Endpoint=sb://localhost/…;UseDevelopmentEmulator=true</c>), with the
    /// broker's. Any other is left alone: a namespace in Azure, or an emulator of somebody's own.
    /// </summary>
    public static IReadOnlyDictionary<string, string> ForBroker(IConfiguration settings, int port)
    {
        var connection = string.Create(
            CultureInfo.InvariantCulture,
            $"Endpoint=sb://127.0.0.1:{port}/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;{Emulator}");
        return settings.AsEnumerable()
            .Where(setting => setting.Value is { } value && AsksForBroker(value))
            .ToDictionary(setting => setting.Key, _ => connection);
    }

    /// <summary>The connection string of a trigger.</summary>
    /// <exception cref="StartupException">The setting is missing.</exception>
    public static string Of(LoadedFunction function, IConfiguration settings, IReadOnlyDictionary<string, string> broker)
    {
        var name = function.Text("connection") ?? StandardName;
        var key = name.Replace("__", ":", StringComparison.Ordinal);
        if (broker.TryGetValue(key, out var own))
            return own;
        var value = settings[key] ?? settings.GetConnectionString(name)
            ?? throw new StartupException($"Function '{function.Name}' needs the setting '{name}', a connection string. Add it to Values in local.settings.json.");
        return EndpointOf(value) is not null ? value
            : throw new StartupException($"Function '{function.Name}' has the setting '{name}', which is no connection string of Service Bus.");
    }

    private static bool AsksForBroker(string value) =>
        value.Contains(Emulator, StringComparison.OrdinalIgnoreCase) && EndpointOf(value) is { IsDefaultPort: true } or { Port: < 0 };

    private static Uri? EndpointOf(string value)
    {
        try
        {
            var properties = ServiceBusConnectionStringProperties.Parse(value);
            return Uri.CheckHostName(properties.FullyQualifiedNamespace) == UriHostNameType.Unknown ? null : properties.Endpoint;
        }
        catch (Exception ex) when (ex is ArgumentException or FormatException)
        {
            // Any setting is asked, and most are no connection strings.
            return null;
        }
    }
}
