using System.Diagnostics;

namespace Serverless.Benchmarks;

/// <summary>A .NET program of ours in a process of its own, which prints where it listens.</summary>
internal sealed class ChildProgram : IAsyncDisposable
{
    private const string Announcement = "Listening on ";
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);
    private readonly Process _process;

    private ChildProgram(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    public int Id => _process.Id;

    public static async Task<ChildProgram> StartAsync(
        string assembly,
        IEnumerable<string> arguments,
        IEnumerable<KeyValuePair<string, string?>> environment
    )
    {
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
        process.Exited += (_, _) =>
            listening.TrySetException(
                new InvalidOperationException($"{Path.GetFileName(assembly)} ended before it listened.")
            );
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new ChildProgram(process, await listening.Task.WaitAsync(StartLimit));

        void Read(string? line)
        {
            if (line?.StartsWith(Announcement, StringComparison.Ordinal) == true)
            {
                var announced = line[Announcement.Length..].Split(' ')[0];
                listening.TrySetResult(new UriBuilder(announced) { Host = "127.0.0.1" }.Uri);
            }
            else if (line?.Contains("fail:", StringComparison.Ordinal) == true)
                Report.Say(line);
        }
    }

    /// <summary>As Ctrl+C does: it ends what it started, too.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using (var signal = Process.Start("kill", ["-TERM", $"{_process.Id}"]))
                await signal.WaitForExitAsync();
            await _process.WaitForExitAsync().WaitAsync(StopLimit);
        }
        _process.Dispose();
    }
}
