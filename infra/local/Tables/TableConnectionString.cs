using Azure.Data.Tables;
using Serverless.Local.Hosting;

namespace Serverless.Local.Tables;

/// <summary>A storage account's connection string, as far as it concerns tables.</summary>
internal sealed record TableConnectionString(Uri Endpoint, TableSharedKeyCredential? Key, string? Sas)
{
    /// <exception cref="InvalidOperationException">The text is malformed: no key, no value, or a keyword twice.</exception>
    /// <exception cref="FormatException">The settings name no account that could be reached.</exception>
    public static TableConnectionString Parse(string connectionString)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in connectionString.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || equals == part.Length - 1)
                throw new InvalidOperationException("Settings of a connection string must be of the form \"name=value\".");
            if (!settings.TryAdd(part[..equals].Trim(), part[(equals + 1)..].Trim()))
                throw new InvalidOperationException($"The connection string names '{part[..equals]}' twice.");
        }
        return Development(settings) ?? Account(settings)
            ?? throw new FormatException("No valid combination of account information found in the connection string.");
    }

    private static TableConnectionString? Development(Dictionary<string, string> settings)
    {
        if (!settings.TryGetValue("UseDevelopmentStorage", out var use))
            return null;
        if (use != "true")
            throw new InvalidOperationException("UseDevelopmentStorage must be 'true'.");
        var host = settings.TryGetValue("DevelopmentStorageProxyUri", out var proxy) ? new Uri(proxy) : new Uri("http://127.0.0.1");
        return new TableConnectionString(
            new Uri($"{host.Scheme}://{host.Host}:{AzuriteProcess.DefaultPort}/{AzuriteEndpoint.AccountName}"),
            new TableSharedKeyCredential(AzuriteEndpoint.AccountName, AzuriteEndpoint.AccountKey),
            null);
    }

    private static TableConnectionString? Account(Dictionary<string, string> settings)
    {
        var account = settings.GetValueOrDefault("AccountName");
        var key = settings.GetValueOrDefault("AccountKey");
        var sas = settings.GetValueOrDefault("SharedAccessSignature");
        var endpoint = settings.GetValueOrDefault("TableEndpoint");
        if (endpoint is null && account is not null)
        {
            endpoint = $"{settings.GetValueOrDefault("DefaultEndpointsProtocol", "https")}://{account}.table.{settings.GetValueOrDefault("EndpointSuffix", "core.windows.net")}";
        }
        if (endpoint is null)
            return null;
        if (account is not null && key is not null)
            return new TableConnectionString(new Uri(endpoint), new TableSharedKeyCredential(account, key), null);
        return sas is null ? null : new TableConnectionString(new Uri(endpoint), null, sas.TrimStart('?'));
    }
}
