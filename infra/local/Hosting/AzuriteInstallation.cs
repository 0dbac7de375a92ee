using System.ComponentModel;
using System.Diagnostics;

namespace Serverless.Local.Hosting;

/// <summary>Azurite's npm package, installed as its lock file says.</summary>
internal static class AzuriteInstallation
{
    private const int OldestNode = 20;

    /// <summary>Installs Azurite where it is missing or older than its lock file.</summary>
    /// <exception cref="InvalidOperationException">Node.js or npm is missing, or the installation failed; the message says what to do.</exception>
    public static async Task EnsureAsync(Action<string> progress, CancellationToken ct)
    {
        if (IsCurrent())
            return;
        using var alone = await FileLock.AcquireAsync(Path.Combine(LocalFolders.Data, "azurite-install.lock"), ct).ConfigureAwait(false);
        if (IsCurrent())
            return;

        var version = (await NodeAsync(["--version"], ct).ConfigureAwait(false)).Trim();
        if (!Version.TryParse(version.TrimStart('v'), out var node) || node.Major < OldestNode)
            throw new InvalidOperationException($"Azurite, the storage emulator, needs Node.js {OldestNode} or later, but 'node' is {version}: get it from https://nodejs.org.");

        progress("Installing Azurite (once, about 20 s)…");
        await RunAsync(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ct).ConfigureAwait(false);
    }

    /// <summary>Runs Node.js in Azurite's folder to its end and returns what it printed.</summary>
    public static Task<string> NodeAsync(IEnumerable<string> arguments, CancellationToken ct) => RunAsync("node", arguments, ct);

    private static bool IsCurrent()
    {
        // npm writes this copy of the lock file last, so that it is missing after an installation that was cut short.
        var installed = new FileInfo(Path.Combine(LocalFolders.Azurite, "node_modules", ".package-lock.json"));
        return installed.Exists && installed.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(LocalFolders.Azurite, "package-lock.json"));
    }

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments, CancellationToken ct)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = LocalFolders.Azurite,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
        };
        using var process = Start(start);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = process.StandardError.ReadToEndAsync(ct);
        try
        {
            await process.WaitForExitAsync(ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"'{program} {string.Join(' ', start.ArgumentList)}' in {LocalFolders.Azurite} failed: {(await errors.ConfigureAwait(false)).Trim()}");
        return await output.ConfigureAwait(false);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception ex)
        {
            throw new InvalidOperationException(
                $"Azurite, the storage emulator, needs Node.js {OldestNode} or later with npm, but '{start.FileName}' was not found: get it from https://nodejs.org.", ex);
        }
    }
}
