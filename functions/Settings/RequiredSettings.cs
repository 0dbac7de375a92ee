using Microsoft.Extensions.Configuration;

namespace Serverless.Functions.Settings;

/// <summary>Settings without which the app cannot run.</summary>
internal static class RequiredSettings
{
    /// <exception cref="InvalidOperationException">The setting is missing or empty.</exception>
    public static string Require(this IConfiguration configuration, string name) =>
        configuration[name] is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException($"Setting '{name}' is missing.");
}
