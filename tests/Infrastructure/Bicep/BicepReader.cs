using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Infrastructure.Bicep;

/// <summary>Parses Bicep with the tree-sitter grammar, which runs in Node.js.</summary>
internal static class BicepReader
{
    private static readonly Lock Installing = new();

    /// <summary>Syntax errors (lines) and syntax tree of each file.</summary>
    public static IReadOnlyDictionary<string, (IReadOnlyList<int> Errors, Node Tree)> Read(IEnumerable<string> paths)
    {
        Install();
        var files = JsonSerializer.Deserialize<Dictionary<string, Parsed>>(Run("node", [Path.Combine(Repository.Tests, "dump.mjs"), .. paths]))!;
        return files.ToDictionary(file => file.Key, file => (file.Value.Errors, file.Value.Tree));
    }

    private static void Install()
    {
        lock (Installing)
        {
            // npm writes this copy of the lock file last, so that it is missing after an installation that was cut short.
            var installed = new FileInfo(Path.Combine(Repository.Tests, "node_modules", ".package-lock.json"));
            if (!installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(Repository.Tests, "package-lock.json")))
                Run(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        }
    }

    private static string Run(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Repository.Tests, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : throw new InvalidOperationException($"'{program}' in {Repository.Tests} failed: {errors.Result.Trim()}");
        }
        catch (Win32Exception ex)
        {
            throw new InvalidOperationException($"'{program}' was not found; these tests need Node.js 20 with npm.", ex);
        }
    }

    private sealed record Parsed([property: JsonPropertyName("errors")] IReadOnlyList<int> Errors, [property: JsonPropertyName("tree")] Node Tree);
}
