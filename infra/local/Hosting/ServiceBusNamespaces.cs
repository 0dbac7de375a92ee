using Azure.Core;
using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace Serverless.Local.Hosting;

/// <summary>The Service Bus namespaces that the settings name: all of them are the local broker.</summary>
internal static class ServiceBusNamespaces
{
    private const string StandardConnection = "AzureWebJobsServiceBus";
    private const string Endpoint = "Endpoint=sb://";
    private const string Development = "localhost";
    private const string IdentitySuffix = ":fullyQualifiedNamespace";

    /// <summary>Host names of all namespaces in the settings.</summary>
    public static IReadOnlyCollection<string> Find(IConfiguration settings) =>
        settings.AsEnumerable()
            .Where(setting => !string.IsNullOrEmpty(setting.Value))
            .Select(setting => setting.Key.EndsWith(IdentitySuffix, StringComparison.OrdinalIgnoreCase) ? setting.Value! : HostOf(setting.Value!))
            .OfType<string>()
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Settings that give an app the development namespace under a name of its own, so that several apps fit into one process.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Isolate(IConfiguration settings)
    {
        var own = Guid.NewGuid().ToString("n") + ".";
        foreach (var (key, value) in settings.AsEnumerable())
            if (string.IsNullOrEmpty(value))
                continue;
            else if (key.EndsWith(IdentitySuffix, StringComparison.OrdinalIgnoreCase))
                yield return KeyValuePair.Create(key, (string?)(own + value));
            else if (HostOf(value) == Development)
                yield return KeyValuePair.Create(key, (string?)value.Replace(Endpoint + Development, Endpoint + own + Development, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Makes the client of a trigger.</summary>
    /// <exception cref="StartupException">The setting is missing.</exception>
    public static Func<ServiceBusClient> Connect(LocalFunctionDefinition function, IConfiguration settings)
    {
        var name = ((ServiceBusTriggerAttribute)function.Trigger).Connection ?? StandardConnection;
        var key = name.Replace("__", ":", StringComparison.Ordinal);
        if ((settings[key] ?? settings.GetConnectionString(name)) is { Length: > 0 } connection)
            return () => new ServiceBusClient(connection);
        if (settings[key + IdentitySuffix] is { Length: > 0 } space)
            return () => new ServiceBusClient(space, new NoCredential());
        throw new StartupException($"Function '{function.Name}' needs the setting '{name}' (a connection string) or '{name}__fullyQualifiedNamespace'. Add one to Values in local.settings.json.");
    }

    private static string? HostOf(string value) =>
        value.StartsWith(Endpoint, StringComparison.OrdinalIgnoreCase) && Uri.TryCreate(value[(Endpoint.Length - 5)..].Split(';')[0], UriKind.Absolute, out var uri)
            ? uri.Host
            : null;

    /// <summary>The broker is in this process and asks nobody for an identity.</summary>
    private sealed class NoCredential : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("local", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
            new(GetToken(requestContext, cancellationToken));
    }
}
