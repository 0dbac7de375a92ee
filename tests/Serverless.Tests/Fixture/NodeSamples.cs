using System.Diagnostics;
using Xunit;

namespace Serverless.Tests;

/// <summary>The programs of <c>tests/samples</c>, their packages installed once.</summary>
public static class NodeSamples
{
    private static readonly Lazy<Task<string>> Ready = new(InstallAsync);

    /// <summary>The folder, ready to run.</summary>
    public static Task<string> ReadyAsync() => Ready.Value;

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string folder, string program, string input, params string[] arguments)
    {
        using var process = Start(folder, program, arguments);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }

    /// <summary>Starts a program that is talked to through its standard input and output.</summary>
    public static Process Start(string folder, string program, params string[] arguments) =>
        Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true })!;

    private static async Task<string> InstallAsync()
    {
        var samples = Find();
        var installed = new FileInfo(Path.Combine(samples, "node_modules", ".package-lock.json"));
        if (!installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(samples, "package-lock.json")))
            Assert.Equal(0, (await RunAsync(samples, OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "", "ci", "--ignore-scripts", "--no-audit", "--no-fund")).ExitCode);
        return samples;
    }

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "tests", "samples")))
                return Path.Combine(folder.FullName, "tests", "samples");
        throw new DirectoryNotFoundException("tests/samples");
    }
}
