using System.Text.Json;
using System.Text.RegularExpressions;

namespace Serverless.Infrastructure.Bicep;

/// <summary>
/// What is deployed, as files and as the compiler understands them: the Bicep files and all that is read together with
/// them. Names are paths from the root of the repository.
/// </summary>
internal sealed partial class Template
{
    public const string Folder = "infra/azure/";

    /// <summary>What a deployment must be given: production gets no more.</summary>
    private static readonly Dictionary<string, string> Least = new()
    {
        ["ALERT_MAIL_TO"] = "people@example.com",
        ["BUDGET_START"] = "2026-12-01",
        ["PUBLIC_BASE_URL"] = "https://links.example.com",
    };

    /// <summary>What it can be given besides: the sandbox gets it all.</summary>
    private static readonly Dictionary<string, string> Most = new(Least)
    {
        ["DEVELOPER_ACCESS"] = "true",
        ["IDENTITY_CALLS_PER_MINUTE"] = "60",
        ["KEEP_FROM_DELETION"] = "true",
        ["KYC_LEVEL"] = "basic",
        ["KYC_PROVIDER_URL"] = "https://kyc.example.com",
        ["MAIL_DOMAIN"] = "mail.example.com",
        ["MAIL_DOMAIN_VERIFIED"] = "true",
        ["OTLP_ENDPOINT"] = "https://collector.example.com",
        ["OTLP_HEADERS_IN_VAULT"] = "OtlpHeaders",
    };

    private static readonly string[] Compiled = [".bicep", ".bicepparam", ".json"];

    private readonly Lazy<IReadOnlyList<string>> _diagnostics;
    private readonly IReadOnlyList<Lazy<Deployment>> _deployments;

    private Template(IReadOnlyDictionary<string, string> texts, Template? compiled = null)
    {
        Texts = texts;
        _diagnostics = compiled?._diagnostics ?? new(() => InFolder(Diagnose));
        _deployments = compiled?._deployments ?? [.. FilesOf(".bicepparam").Select(Deployed)];
    }

    /// <summary>What the repository holds.</summary>
    public static Template Current { get; } = new(Load());

    public IReadOnlyDictionary<string, string> Texts { get; }

    /// <summary>What the compiler, its linter and its formatter have to say: nothing may be left.</summary>
    public IReadOnlyList<string> Diagnostics => _diagnostics.Value;

    /// <summary>
    /// Production with what must be given, and the sandbox with all that can be given.
    /// </summary>
    public IEnumerable<Deployment> Deployments => _deployments.Select(deployment => deployment.Value);

    /// <summary>A copy with one text replaced.</summary>
    public Template With(string file, string text, string replacement)
    {
        var after = Texts[file].Replace(text, replacement, StringComparison.Ordinal);
        return after == Texts[file]
            ? throw new InvalidOperationException($"'{text}' is not in {file}: the fault changes nothing.")
            : new Template(
                new Dictionary<string, string>(Texts) { [file] = after },
                // What no Bicep file reads changes nothing of what is compiled.
                IsCompiled(file) ? null : this
            );
    }

    private static bool IsCompiled(string file) => file.Begins("infra/") && Compiled.Contains(Path.GetExtension(file));

    public IEnumerable<string> FilesOf(string extension) =>
        Texts.Keys.Where(file => file.Begins(Folder) && file.Ends(extension));

    private static Dictionary<string, string> Load() =>
        new[] { "infra/azure", ".github/workflows" }
            .SelectMany(folder =>
                Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*", SearchOption.AllDirectories)
            )
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/'))
            .Concat(["infra/queues.json", "infra/README.md", "host.json", "tests/README.md"])
            .ToDictionary(file => file, Repository.Read);

    /// <summary>The compiler reads files.</summary>
    private T InFolder<T>(Func<string, T> ask)
    {
        var folder = Directory.CreateTempSubdirectory("serverless-bicep-").FullName + "/";
        try
        {
            foreach (var (file, text) in Texts.Where(item => item.Key.Begins("infra/")))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(folder + file)!);
                File.WriteAllText(folder + file, text);
            }
            return ask(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A parameter file, with the environment of a deployment written into it.</summary>
    private string Write(string folder, string file)
    {
        var environment = file.Has("sandbox") ? Most : Least;
        string Given(Match read) =>
            environment.TryGetValue(read.Groups[1].Value, out var value) ? $"'{value}'" : read.Value;
        File.WriteAllText(folder + file, Variable().Replace(Texts[file], Given));
        return folder + file;
    }

    private List<string> Diagnose(string folder) =>
        [.. FilesOf(".bicepparam").SelectMany(file => Compile(folder, Write(folder, file))).Distinct()];

    private static IEnumerable<string> Compile(string folder, string path) =>
        from found in Compiler
            .Ask("bicep/compileParams", new { path, parameterOverrides = new { } })
            .GetProperty("diagnostics")
            .EnumerateArray()
        let file = Path.GetRelativePath(folder, found.GetProperty("source").GetString()!)
        let line = found.GetProperty("range").GetProperty("start").GetProperty("line").GetInt32() + 1
        select $"{file}:{line}: {found.GetProperty("code")}: {found.GetProperty("message")}";

    /// <summary>The files that the formatter would lay out in another way.</summary>
    public IReadOnlyList<string> Unformatted =>
        InFolder(folder =>
            FilesOf(".bicep")
                .Concat(FilesOf(".bicepparam"))
                .Where(file =>
                    Compiler.Ask("bicep/format", new { path = folder + file }).GetProperty("contents").GetString()
                    != Texts[file]
                )
                .ToList()
        );

    /// <summary>Each is asked for when it is looked at: one is often enough to find a fault.</summary>
    private Lazy<Deployment> Deployed(string file) => new(() => InFolder(folder => Predict(Write(folder, file))));

    private static Deployment Predict(string path)
    {
        var metadata = new
        {
            tenantId = Guid.Empty,
            subscriptionId = Guid.Empty,
            resourceGroup = "rg",
            location = "westeurope",
            deploymentName = "main",
        };
        var answer = Compiler.Ask("bicep/getSnapshot", new { path, metadata }).GetProperty("snapshot").GetString()!;
        var snapshot = JsonElement.Parse(answer);
        return new Deployment(
            Path.GetFileNameWithoutExtension(path),
            [.. snapshot.GetProperty("predictedResources").EnumerateArray().Select(json => new Resource(json))],
            snapshot.GetProperty("outputs"),
            answer
        );
    }

    [GeneratedRegex(@"readEnvironmentVariable\('(\w+)'(?:, '[^']*')?\)")]
    private static partial Regex Variable();
}
