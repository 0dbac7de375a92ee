using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Serverless.Local.Hosting;

/// <summary>
/// Azurite's npm package, installed as its lock file says, once for this user: checkouts with the same lock file share
/// one folder, as they share NuGet's.
/// </summary>
internal static class AzuriteInstallation
{
    private const int OldestNode = 20;

    /// <summary>The folder that holds <c>node_modules</c>; another lock file has another folder.</summary>
    public static string Folder { get; } = Path.Combine(Root(), $"azurite-{LockFileHash()}");

    /// <summary>Installs Azurite where it is missing.</summary>
    /// <exception cref="InvalidOperationException">
    /// Node.js or npm is missing, or the installation failed; the message says what to do.
    /// </exception>
    public static async Task EnsureAsync(Action<string> progress, CancellationToken ct)
    {
        if (IsComplete)
            return;
        using var alone = await FileLock.AcquireAsync(Path.Combine(Folder, "install.lock"), ct).ConfigureAwait(false);
        if (IsComplete)
            return;

        var version = (await NodeAsync(["--version"], ct).ConfigureAwait(false)).Trim();
        if (!Version.TryParse(version.TrimStart('v'), out var node) || node.Major < OldestNode)
            throw new InvalidOperationException(
                $"Azurite, the storage emulator, needs Node.js {OldestNode} or later, but 'node' is {version}: "
                    + "get it from https://nodejs.org."
            );

        progress("Installing Azurite (once, about 20 s)…");
        foreach (var name in new[] { "package.json", "package-lock.json" })
            File.Copy(Path.Combine(LocalFolders.Azurite, name), Path.Combine(Folder, name), overwrite: true);
        string[] install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
        await RunAsync(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", install, Folder, ct).ConfigureAwait(false);
    }

    /// <summary>Runs Node.js in the folder of Azurite's script to its end and returns what it printed.</summary>
    public static Task<string> NodeAsync(IEnumerable<string> arguments, CancellationToken ct) =>
        RunAsync("node", arguments, LocalFolders.Azurite, ct);

    // npm writes this copy of the lock file last, so that it is missing after an installation that was cut short.
    private static bool IsComplete => File.Exists(Path.Combine(Folder, "node_modules", ".package-lock.json"));

    private static string Root()
    {
        var folder = Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.Create
        );
        // A user without a home has none.
        return folder.Length > 0 ? Path.Combine(folder, "serverless-local") : LocalFolders.Data;
    }

    private static string LockFileHash() =>
        Convert.ToHexStringLower(
            SHA256.HashData(File.ReadAllBytes(Path.Combine(LocalFolders.Azurite, "package-lock.json")))
        )[..12];

    private static async Task<string> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string folder,
        CancellationToken ct
    )
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
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
            throw new InvalidOperationException(
                $"'{program} {string.Join(' ', start.ArgumentList)}' in {folder} failed: "
                    + $"{(await errors.ConfigureAwait(false)).Trim()}"
            );
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
                $"Azurite, the storage emulator, needs Node.js {OldestNode} or later with npm, but "
                    + $"'{start.FileName}' was not found: get it from https://nodejs.org.",
                ex
            );
        }
    }
}
