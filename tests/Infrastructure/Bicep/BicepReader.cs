using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Infrastructure.Bicep;

/// <summary>
/// Parses Bicep with the tree-sitter grammar, which runs in one Node.js process for all tests; it ends with the input.
/// </summary>
internal static class BicepReader
{
    private static readonly Lock OneAtATime = new();
    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 1000 };
    private static Process? _node;

    /// <summary>Syntax errors (lines) and syntax tree of a file.</summary>
    public static (IReadOnlyList<int> Errors, Node Tree) Read(string path)
    {
        lock (OneAtATime)
        {
            _node ??= StartNode();
            _node.StandardInput.WriteLine(path);
            var answer =
                _node.StandardOutput.ReadLine()
                ?? throw new InvalidOperationException(
                    $"{path} could not be parsed: {_node.StandardError.ReadToEnd()}"
                );
            var parsed = JsonSerializer.Deserialize<Parsed>(answer, Deep)!;
            return (parsed.Errors, parsed.Tree);
        }
    }

    private static Process StartNode()
    {
        // npm writes this copy of the lock file last, so that it is missing after an installation that was cut short.
        var installed = new FileInfo(Path.Combine(Repository.Tests, "node_modules", ".package-lock.json"));
        if (
            !installed.Exists
            || installed.LastWriteTimeUtc
                < File.GetLastWriteTimeUtc(Path.Combine(Repository.Tests, "package-lock.json"))
        )
        {
            using var npm = Start(
                OperatingSystem.IsWindows() ? "npm.cmd" : "npm",
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund"
            );
            var errors = npm.StandardError.ReadToEndAsync();
            npm.StandardOutput.ReadToEnd();
            npm.WaitForExit();
            if (npm.ExitCode != 0)
                throw new InvalidOperationException($"'npm ci' in {Repository.Tests} failed: {errors.Result.Trim()}");
        }
        return Start("node", "syntax.mjs");
    }

    private static Process Start(string program, params string[] arguments)
    {
        try
        {
            return Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    WorkingDirectory = Repository.Tests,
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            )!;
        }
        catch (Win32Exception ex)
        {
            throw new InvalidOperationException(
                $"'{program}' was not found; these tests need Node.js 20 with npm.",
                ex
            );
        }
    }

    private sealed record Parsed(
        [property: JsonPropertyName("errors")] IReadOnlyList<int> Errors,
        [property: JsonPropertyName("tree")] Node Tree
    );
}
