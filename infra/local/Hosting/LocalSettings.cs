using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Serverless.Local.Worker;

namespace Serverless.Local.Hosting;

/// <summary>
/// The app's settings as Core Tools would make them: local.settings.json, then environment variables, then the command
/// line.
/// </summary>
internal sealed class LocalSettings
{
    private static readonly string[] Files = ["local.settings.json", "local.settings.sample.json"];
    private readonly List<KeyValuePair<string, string?>> _file;
    private readonly List<KeyValuePair<string, string?>> _given;

    private LocalSettings(
        List<KeyValuePair<string, string?>> file,
        List<KeyValuePair<string, string?>> given,
        bool withEnvironment
    )
    {
        _file = LastOfEach(file);
        _given = LastOfEach(given);
        var builder = new ConfigurationBuilder().AddInMemoryCollection(_file);
        if (withEnvironment)
            builder.AddEnvironmentVariables();
        Values = builder.AddInMemoryCollection(_given).Build();
    }

    /// <summary>All of them, with <c>:</c> between the parts of a name.</summary>
    public IConfigurationRoot Values { get; }

    /// <param name="folder">Where the app's output lies; a settings file is looked for there.</param>
    /// <param name="given">
    /// Wins over the others: the command line's, or a test's. Names with <c>:</c> or <c>__</c>.
    /// </param>
    /// <param name="withEnvironment">Whether environment variables count.</param>
    /// <exception cref="StartupException">The file is malformed.</exception>
    public static LocalSettings Read(
        string folder,
        IEnumerable<KeyValuePair<string, string?>> given,
        bool withEnvironment = true
    )
    {
        var file = Files.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
        return new LocalSettings(
            file is null ? [] : ReadFile(file),
            [.. given.Select(pair => KeyValuePair.Create(Colons(pair.Key), pair.Value))],
            withEnvironment
        );
    }

    /// <summary>
    /// Refuses arguments that would be passed over: each is <c>--Name=value</c>, or <c>--Name</c> with its value behind
    /// it.
    /// </summary>
    /// <exception cref="StartupException">One is none of these.</exception>
    public static void CheckArguments(IReadOnlyList<string> args)
    {
        for (var i = 0; i < args.Count; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
                throw new StartupException($"'{args[i]}' is no setting: write --Some:Setting=value.");
            if (
                !args[i].Contains('=', StringComparison.Ordinal)
                && (++i == args.Count || args[i].StartsWith("--", StringComparison.Ordinal))
            )
                throw new StartupException($"'{args[i - 1]}' has no value: write {args[i - 1]}=value.");
        }
    }

    /// <summary>
    /// What a worker is given beside its environment: the file's values, those that were given, and the host's own,
    /// later ones winning.
    /// </summary>
    public IReadOnlyDictionary<string, string> ForWorker(
        IEnumerable<KeyValuePair<string, string>> own,
        Func<string, string> name
    )
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        // An environment variable wins over the file, and the worker has the environment anyway.
        foreach (
            var (key, value) in _file
                .Where(pair => Environment.GetEnvironmentVariable(name(pair.Key)) is null)
                .Concat(_given)
        )
            settings[name(key)] = value ?? "";
        foreach (var (key, value) in own)
            settings[name(key)] = value;
        return settings;
    }

    /// <summary>How a setting is called in the environment.</summary>
    public static string EnvironmentName(string key) => key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>
    /// The port to listen on: that of the command line, else <paramref name="standard"/>. 0 is a free one.
    /// </summary>
    /// <exception cref="StartupException">It is no port.</exception>
    public int Port(int standard)
    {
        // Not from the merged settings: many machines have an environment variable PORT that means something else.
        var text = _given
            .LastOrDefault(pair => string.Equals(pair.Key, "port", StringComparison.OrdinalIgnoreCase))
            .Value;
        if (text is null)
            return standard;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= 65535)
            return port;
        throw new StartupException($"'--port {text}' is no port: give a number from 0 (any free one) to 65535.");
    }

    /// <summary>
    /// Whether a function is switched off: <c>AzureWebJobs.NAME.Disabled</c> or <c>AzureWebJobs__NAME__Disabled</c>, as
    /// in Azure.
    /// </summary>
    public bool IsDisabled(LoadedFunction function) =>
        (Values[$"AzureWebJobs.{function.Name}.Disabled"] ?? Values[$"AzureWebJobs:{function.Name}:Disabled"])
            is "true"
                or "True"
                or "1";

    /// <summary>Replaces <c>%name%</c> by the setting of that name, as bindings do.</summary>
    /// <exception cref="StartupException">There is no such setting.</exception>
    public string Resolve(string text, LoadedFunction function)
    {
        for (
            var start = text.IndexOf('%', StringComparison.Ordinal);
            start >= 0;
            start = text.IndexOf('%', StringComparison.Ordinal)
        )
        {
            var end = text.IndexOf('%', start + 1);
            if (end < 0)
                throw new StartupException(
                    $"Function '{function.Name}' has '{text}' in its trigger, where a % stands alone. Settings "
                        + "are written %name%."
                );
            var name = text[(start + 1)..end];
            var value =
                Values[Colons(name)]
                ?? throw new StartupException(
                    $"Function '{function.Name}' needs the setting '{name}'. Add it to Values in local.settings.json."
                );
            text = text[..start] + value + text[(end + 1)..];
        }
        return text;
    }

    /// <summary>A name can be there twice, in both of its spellings.</summary>
    private static List<KeyValuePair<string, string?>> LastOfEach(
        IEnumerable<KeyValuePair<string, string?>> settings
    ) => [.. settings.Reverse().DistinctBy(pair => pair.Key, StringComparer.OrdinalIgnoreCase).Reverse()];

    private static string Colons(string name) => name.Replace("__", ":", StringComparison.Ordinal);

    private static List<KeyValuePair<string, string?>> ReadFile(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(
                File.ReadAllText(file),
                new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
            );
            if (
                document.RootElement.TryGetProperty("IsEncrypted", out var encrypted)
                && encrypted.ValueKind == JsonValueKind.True
            )
                throw new StartupException($"{file} is encrypted. Decrypt it with 'func settings decrypt'.");
            return document.RootElement.TryGetProperty(nameof(Values), out var values)
                ?
                [
                    .. values
                        .EnumerateObject()
                        .Select(value => KeyValuePair.Create(Colons(value.Name), (string?)value.Value.ToString())),
                ]
                : [];
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            throw new StartupException($"{file} cannot be read: {ex.Message}", ex);
        }
    }
}
