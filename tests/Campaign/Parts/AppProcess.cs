using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;

namespace Serverless.Campaign;

/// <summary>
/// The app in a process of its own, which can be killed and started again on the same port and the same data.
/// </summary>
internal sealed class AppProcess(int port, IReadOnlyDictionary<string, string> settings) : IDisposable
{
    private const int KeptLines = 200;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(120);

    /// <summary>
    /// How long after a phase began the app may be killed: about as long as a phase of a cold app takes with what
    /// follows from it.
    /// </summary>
    private static readonly TimeSpan LatestKill = TimeSpan.FromMilliseconds(400);

    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;

    public Uri Address { get; } = new($"http://127.0.0.1:{port}");

    /// <summary>Each line that the app prints.</summary>
    public event Action<string>? Printed;

    /// <summary>The last lines that the app printed, over all its lives.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts the app and returns when it listens.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        try
        {
            await Launch().WaitAsync(StartLimit, ct);
        }
        catch (Exception ex) when (ex is InvalidOperationException or TimeoutException)
        {
            throw new InvalidOperationException($"The app did not start. It printed:\n{Output}", ex);
        }
    }

    /// <summary>Starts the process; the task completes when the app listens.</summary>
    public Task Launch()
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var start = new ProcessStartInfo(
            "dotnet",
            [Built.Host, Built.Functions, "--port", port.ToString(CultureInfo.InvariantCulture)]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.Exited += (_, _) =>
            listening.TrySetException(new InvalidOperationException("The app ended before it listened."));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        return listening.Task;

        void Note(string? line)
        {
            if (line is null)
                return;
            Printed?.Invoke(line);
            _output.Enqueue(line);
            while (_output.Count > KeptLines)
                _output.TryDequeue(out var _);
            if (line.StartsWith("Listening on", StringComparison.Ordinal))
                listening.TrySetResult();
        }
    }

    /// <summary>kill -9: the app gets no chance to finish anything.</summary>
    public async Task KillAsync(CancellationToken ct)
    {
        _process!.Kill();
        await _process.WaitForExitAsync(ct);
        _process.Dispose();
        _process = null;
    }

    /// <summary>
    /// kill -9 of the worker alone, at a random moment of the phase that begins now; its host starts another one.
    /// </summary>
    public async Task KillWorkerSoonAsync(Random random, CancellationToken ct)
    {
        using var http = new HttpClient { BaseAddress = Address };
        var worker = await http.GetFromJsonAsync<WorkerStatus>("/local/worker", ct);
        await Task.Delay(LatestKill * random.NextDouble(), ct);
        try
        {
            using var process = Process.GetProcessById(worker!.ProcessId);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // It has ended by itself meanwhile.
        }
    }

    /// <summary>
    /// Kills the app at a random moment of the phase that begins now, sometimes once more while it starts, and starts
    /// it again.
    /// </summary>
    /// <param name="random">Picks the moment.</param>
    /// <param name="ct">Cancels the waiting.</param>
    /// <param name="latest">The latest moment, where the phase is shorter than usual.</param>
    public async Task KillSoonAsync(Random random, CancellationToken ct, TimeSpan? latest = null)
    {
        await Task.Delay((latest ?? LatestKill) * random.NextDouble(), ct);
        await KillAsync(ct);
        if (random.Next(4) == 0)
        {
            // Once more while it starts: the journal is read and rewritten then.
            _ = Launch();
            await Task.Delay(LatestKill * random.NextDouble(), ct);
            await KillAsync(ct);
        }
        await StartAsync(ct);
    }

    private sealed record WorkerStatus(int ProcessId);

    public void Dispose()
    {
        if (_process is null)
            return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
