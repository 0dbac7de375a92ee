using System.Diagnostics;
using System.Text;
using Xunit;

namespace Serverless.Tests;

/// <summary>A folder of programs, some of which need the packages of its <c>package-lock.json</c>.</summary>
internal sealed class ProgramFolder(params string[] path)
{
    private static readonly SemaphoreSlim Installing = new(1, 1);

    /// <summary>Where it is.</summary>
    public string Folder { get; } = Path.Combine([Repository.Root, .. path]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Installs the packages.</summary>
    public async Task InstallAsync()
    {
        await Installing.WaitAsync(Cancel);
        try
        {
            // Again when the lock file is newer than what was installed by it.
            var installed = new FileInfo(Path.Combine(Folder, "node_modules", ".package-lock.json"));
            if (
                !installed.Exists
                || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json"))
            )
                Assert.Equal(
                    0,
                    (
                        await RunAsync(
                            OperatingSystem.IsWindows() ? "npm.cmd" : "npm",
                            ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
                        )
                    ).ExitCode
                );
        }
        finally
        {
            Installing.Release();
        }
    }

    /// <summary>Runs a program there to its end.</summary>
    /// <param name="program">Its file.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="environment">Added to this process's environment.</param>
    public async Task<(int ExitCode, string Output)> RunAsync(
        string program,
        string[] arguments,
        byte[]? input = null,
        params (string Name, string Value)[] environment
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancel);
        var errors = process.StandardError.ReadToEndAsync(Cancel);
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input ?? [], Cancel);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code says why.
        }
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, await output + await errors);
    }
}
