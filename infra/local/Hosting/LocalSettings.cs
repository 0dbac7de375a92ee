using System.Globalization;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.Configuration;

namespace Serverless.Local.Hosting;

/// <summary>The app's configuration as Core Tools would make it: local.settings.json, then environment variables, then the command line.</summary>
internal static class LocalSettings
{
    private static readonly string[] Files = ["local.settings.json", "local.settings.sample.json"];

    /// <summary>Adds the sources to <paramref name="configuration"/>.</summary>
    /// <param name="configuration">Receives the sources, later ones winning.</param>
    /// <param name="folder">Where the app's assembly lies.</param>
    /// <param name="args">The app's arguments.</param>
    /// <param name="overrides">Wins over everything; for tests.</param>
    /// <exception cref="StartupException">A file is malformed.</exception>
    public static void Add(IConfigurationBuilder configuration, string folder, string[] args, IEnumerable<KeyValuePair<string, string?>> overrides)
    {
        var file = Files.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        configuration.AddInMemoryCollection(file is null ? [] : ReadValues(file));
        configuration.AddEnvironmentVariables();
        configuration.AddCommandLine(args);
        configuration.AddInMemoryCollection(overrides.Select(pair => KeyValuePair.Create(pair.Key.Replace("__", ":", StringComparison.Ordinal), pair.Value)));
    }

    /// <summary>The port to listen on: that of the command line, else <paramref name="standard"/>. 0 is a free one.</summary>
    /// <exception cref="StartupException">It is no port.</exception>
    public static int Port(string[] args, int standard)
    {
        // Not from the merged configuration: many machines have an environment variable PORT that means something else.
        var text = new ConfigurationBuilder().AddCommandLine(args).Build()["port"];
        return text is null ? standard
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535 ? port
            : throw new StartupException($"'--port {text}' is no port: give a number from 0 (any free one) to 65535.");
    }

    public static string FolderOf(Assembly app) => Path.GetDirectoryName(app.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory;

    /// <summary>Replaces <c>%name%</c> by the setting of that name, as bindings do.</summary>
    /// <exception cref="StartupException">There is no such setting.</exception>
    public static string Resolve(string text, IConfiguration configuration, LocalFunctionDefinition function)
    {
        for (var start = text.IndexOf('%', StringComparison.Ordinal); start >= 0; start = text.IndexOf('%', StringComparison.Ordinal))
        {
            var end = text.IndexOf('%', start + 1);
            if (end < 0)
                throw new StartupException($"Function '{function.Name}' has '{text}' in its trigger, where a % stands alone. Settings are written %name%.");
            var name = text[(start + 1)..end];
            var value = configuration[name.Replace("__", ":", StringComparison.Ordinal)]
                ?? throw new StartupException($"Function '{function.Name}' needs the setting '{name}'. Add it to Values in local.settings.json.");
            text = text[..start] + value + text[(end + 1)..];
        }
        return text;
    }

    private static List<KeyValuePair<string, string?>> ReadValues(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllText(file), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            if (document.RootElement.TryGetProperty("IsEncrypted", out var encrypted) && encrypted.ValueKind == JsonValueKind.True)
                throw new StartupException($"{file} is encrypted. Decrypt it with 'func settings decrypt'.");
            return document.RootElement.TryGetProperty("Values", out var values)
                ? [.. values.EnumerateObject().Select(value => KeyValuePair.Create(value.Name.Replace("__", ":", StringComparison.Ordinal), (string?)value.Value.ToString()))]
                : [];
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            throw new StartupException($"{file} cannot be read: {ex.Message}", ex);
        }
    }
}
