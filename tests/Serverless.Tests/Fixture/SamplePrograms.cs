using System.Diagnostics;
using System.Text;
using Xunit;

namespace Serverless.Tests;

/// <summary>Runs the programs of <c>tests/samples</c>.</summary>
internal static class SamplePrograms
{
    private static readonly ProgramFolder Samples = new("tests", "samples");

    /// <summary>The folder <c>tests/samples</c>.</summary>
    public static string Folder => Samples.Folder;

    /// <summary>True for a program that this machine has.</summary>
    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder =>
                File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe"))
            );

    /// <inheritdoc cref="ProgramFolder.InstallAsync"/>
    public static Task InstallAsync() => Samples.InstallAsync();

    /// <inheritdoc cref="ProgramFolder.RunAsync"/>
    public static Task<(int ExitCode, string Output)> RunAsync(
        string program,
        string[] arguments,
        byte[]? input = null,
        params (string Name, string Value)[] environment
    ) => Samples.RunAsync(program, arguments, input, environment);
}

/// <summary>One of the samples that listen, as a process of its own.</summary>
internal sealed class SampleServer : IAsyncDisposable
{
    private readonly Process _process;

    private SampleServer(Process process, string url) => (_process, Url) = (process, url);

    /// <summary>Where it says that it listens.</summary>
    public string Url { get; }

    /// <summary>Starts a program of <c>tests/samples</c>, whose first line has the address.</summary>
    /// <param name="program">Its file.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Added to this process's environment.</param>
    public static async Task<SampleServer> StartAsync(
        string program,
        string[] arguments,
        params (string Name, string Value)[] environment
    )
    {
        var start = new ProcessStartInfo("node", [program, .. arguments])
        {
            WorkingDirectory = SamplePrograms.Folder,
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        var first =
            await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException($"{program} ended at once.");
        return new SampleServer(
            process,
            first.Split(' ').First(word => word.StartsWith("http://", StringComparison.Ordinal)).TrimEnd(':')
        );
    }

    /// <summary>Waits until it prints a line that has this text, and gives that line.</summary>
    public async Task<string> SaysAsync(string text)
    {
        while (await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            if (line.Contains(text, StringComparison.Ordinal))
                return line;
        throw new InvalidOperationException($"It ended and never said: {text}");
    }

    /// <summary>Ends it; gives what it printed that was not read before.</summary>
    public async Task<string> StopAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        var said = await _process.StandardOutput.ReadToEndAsync();
        await _process.WaitForExitAsync();
        return said;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }
}
