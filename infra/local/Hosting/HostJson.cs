using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Serverless.Local.Hosting;

/// <summary>How queues are read.</summary>
internal sealed record ServiceBusSettings(
    int MaxConcurrentCalls,
    int PrefetchCount,
    bool AutoCompleteMessages,
    TimeSpan MaxAutoLockRenewalDuration
);

/// <summary>
/// What the local host understands of host.json; the rest is for Azure. Settings <c>AzureFunctionsJobHost__…</c> win
/// over the file, as in the real host.
/// </summary>
internal sealed class HostJson
{
    private readonly IConfiguration _content;

    private HostJson(IConfiguration content) => _content = content;

    /// <summary>Prefix of all routes.</summary>
    public string RoutePrefix => _content["extensions:http:routePrefix"] ?? "api";

    public ServiceBusSettings ServiceBus =>
        new(
            Number("extensions:serviceBus:maxConcurrentCalls", 16),
            Number("extensions:serviceBus:prefetchCount", 0),
            !bool.TryParse(_content["extensions:serviceBus:autoCompleteMessages"], out var complete) || complete,
            TimeSpan.TryParse(
                _content["extensions:serviceBus:maxAutoLockRenewalDuration"],
                CultureInfo.InvariantCulture,
                out var renewal
            )
                ? renewal
                : TimeSpan.FromMinutes(5)
        );

    /// <summary>The section of Durable Functions.</summary>
    public IConfiguration Durable => _content.GetSection("extensions:durableTask");

    /// <summary>Log levels as keys of <c>Logging:LogLevel</c>, over those that keep the console readable.</summary>
    public IEnumerable<KeyValuePair<string, string?>> LogLevels =>
        new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Logging:LogLevel:Default"] = "Information",
            ["Logging:LogLevel:Azure.Core"] = "Warning",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
            // Nothing is encrypted with its keys on this machine.
            ["Logging:LogLevel:Microsoft.AspNetCore.DataProtection"] = "Error",
            ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Warning",
            ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Warning",
            ["Logging:LogLevel:Yarp"] = "Warning",
        }
            .Concat(
                _content
                    .GetSection("logging:logLevel")
                    .GetChildren()
                    .Select(level => KeyValuePair.Create("Logging:LogLevel:" + level.Key, level.Value))
            )
            .GroupBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase)
            .Select(group => group.Last());

    /// <exception cref="StartupException">The file is malformed.</exception>
    public static HostJson Read(string folder, IConfiguration settings)
    {
        const string Section = "AzureFunctionsJobHost";
        try
        {
            return new HostJson(
                new ConfigurationBuilder()
                    .AddJsonFile(Path.Combine(folder, "host.json"), optional: true)
                    .AddInMemoryCollection(settings.GetSection(Section).AsEnumerable(makePathsRelative: true))
                    .Build()
            );
        }
        catch (InvalidDataException ex)
        {
            throw new StartupException($"host.json cannot be read: {ex.InnerException?.Message ?? ex.Message}", ex);
        }
    }

    private int Number(string key, int standard) =>
        int.TryParse(_content[key], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : standard;
}
