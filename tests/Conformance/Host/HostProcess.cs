using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Azure.Messaging.ServiceBus;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>
/// The host as a process of its own, with the app of <c>tests/HostApp</c> in a worker process beneath it.
/// </summary>
internal sealed partial class HostProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _printed;
    private readonly DirectoryInfo _folder;

    private HostProcess(Process process, ConcurrentQueue<string> printed, DirectoryInfo folder, Uri address)
    {
        _process = process;
        _printed = printed;
        _folder = folder;
        Http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromSeconds(30) };
        Notes = new NoteFile(NotesIn(folder));
    }

    public int Id => _process.Id;

    public HttpClient Http { get; }

    public NoteFile Notes { get; }

    public string Printed => string.Join('\n', _printed);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static Task<HostProcess> StartAsync(params (string Name, string? Value)[] settings) =>
        StartAsync(HostFiles.App, settings);

    /// <param name="app">The app's output.</param>
    /// <param name="settings">Win over those that all these tests have.</param>
    public static async Task<HostProcess> StartAsync(string app, (string Name, string? Value)[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("host-");
        var printed = new ConcurrentQueue<string>();
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = Launch(
            app,
            HostFiles.Settings(NotesIn(folder)).Concat(settings),
            line =>
            {
                printed.Enqueue(line);
                if (Address().Match(line) is { Success: true } match)
                    listening.TrySetResult(
                        new Uri(match.Groups[1].Value.Replace("localhost", "127.0.0.1", StringComparison.Ordinal))
                    );
            }
        );
        if (
            await Task.WhenAny(listening.Task, process.WaitForExitAsync(Cancel), Task.Delay(StartLimit, Cancel))
            != listening.Task
        )
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            Assert.Fail("The host did not start:\n" + string.Join('\n', printed));
        }
        return new HostProcess(process, printed, folder, await listening.Task);
    }

    /// <summary>Runs the host where it must not start: its exit code, and what it printed.</summary>
    public static async Task<(int ExitCode, string Printed)> RefuseAsync(
        string app,
        params (string Name, string? Value)[] settings
    )
    {
        var printed = new ConcurrentQueue<string>();
        using var process = Launch(app, settings, printed.Enqueue);
        await process.WaitForExitAsync(Cancel);
        return (process.ExitCode, string.Join('\n', printed));
    }

    public async Task<int> WorkerIdAsync() =>
        int.Parse(await Http.GetStringAsync("/api/process", Cancel), CultureInfo.InvariantCulture);

    public async Task SendAsync(string queue, ServiceBusMessage message)
    {
        await using var client = new ServiceBusClient(
            await Http.GetStringAsync("/api/setting/ServiceBusConnection", Cancel)
        );
        await client.CreateSender(queue).SendMessageAsync(message, Cancel);
    }

    /// <summary>The host dies without a word.</summary>
    public Task KillAsync() => SignalAsync("KILL", Id);

    /// <summary>
    /// A signal to the host alone, or with a negative number to all of its process group; returns when the host is
    /// gone.
    /// </summary>
    public async Task SignalAsync(string signal, int target)
    {
        await SendSignalAsync(signal, target);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(EndLimit);
        await _process.WaitForExitAsync(limit.Token);
    }

    public static async Task SendSignalAsync(string signal, int target)
    {
        using var kill = Process.Start("kill", ["-s", signal, "--", target.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Cancel);
    }

    public static bool IsAlive(int processId) => ProcessTimes.StartOf(processId) is not null;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            await SendSignalAsync("TERM", Id);
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    private static Process Launch(string app, IEnumerable<(string Name, string? Value)> settings, Action<string> print)
    {
        // In a session of its own: a signal to its group reaches what a terminal's Ctrl+C would, and not this process.
        // With the signals' own effects: what a shell starts in the background ignores Ctrl+C, and so would the host.
        var start = new ProcessStartInfo(
            "env",
            [
                "--default-signal=INT,QUIT",
                "setsid",
                "dotnet",
                HostFiles.Host,
                app,
                "--port",
                "0",
                .. settings.SelectMany(pair => new[] { "--" + pair.Name, pair.Value ?? "" }),
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Print(line.Data);
        process.ErrorDataReceived += (_, line) => Print(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Print(string? line)
        {
            if (line is not null)
                print(line);
        }
    }

    private static string NotesIn(DirectoryInfo folder) => Path.Combine(folder.FullName, "notes");

    [GeneratedRegex(@"^Listening on (http://\S+) with")]
    private static partial Regex Address();
}
