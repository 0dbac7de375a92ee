using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Serverless.Local.Hosting;
using Serverless.Local.InWorker;

namespace Serverless.Local.Worker;

/// <summary>Starts the worker as a process of its own, as Azure's host does.</summary>
/// <param name="app">The app's assembly, by path.</param>
/// <param name="settings">What the worker finds in its environment.</param>
/// <param name="print">Receives what the worker prints, line by line.</param>
internal sealed class ChildWorkerLauncher(
    string app,
    IReadOnlyDictionary<string, string> settings,
    Action<string> print
) : IWorkerLauncher
{
    public IRunningWorker Launch(WorkerStart start)
    {
        var endpoint = start.Endpoint.ToString();
        var size = WorkerStart.MaxMessageLength.ToString(CultureInfo.InvariantCulture);
        var port = start.Endpoint.Port.ToString(CultureInfo.InvariantCulture);
        var process = new ProcessStartInfo(
            "dotnet",
            [
                app,
                "--host",
                start.Endpoint.Host,
                "--port",
                port,
                "--workerId",
                start.Id,
                "--requestId",
                start.Id,
                "--grpcMaxMessageLength",
                size,
                "--functions-uri",
                endpoint,
                "--functions-worker-id",
                start.Id,
                "--functions-request-id",
                start.Id,
                "--functions-grpc-max-message-length",
                size,
            ]
        )
        {
            WorkingDirectory = start.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
            UseShellExecute = false,
        };
        // As the host itself runs (its project file says why).
        process.Environment.TryAdd("DOTNET_TieredPGO", "0");
        process.Environment.TryAdd("DOTNET_ThreadPool_UnfairSemaphoreSpinLimit", "0");
        foreach (var (name, value) in settings)
            process.Environment[name] = value;
        process.Environment["FUNCTIONS_WORKER_DIRECTORY"] = start.Folder;
        process.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = start.Folder;
        process.Environment["DOTNET_STARTUP_HOOKS"] = typeof(ChildWorker).Assembly.Location;
        process.Environment[ChildWorker.ReportVariable] = new Uri(start.Endpoint, RpcServer.ReportPath).ToString();
        process.Environment[ChildWorker.StartedVariable] = new Uri(
            start.Endpoint,
            $"{RpcServer.StartedPath}?worker={start.Id}"
        ).ToString();
        return new Running(process, print);
    }

    private sealed class Running : IRunningWorker
    {
        private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Process _process;

        public Running(ProcessStartInfo start, Action<string> print)
        {
            _process = new Process { StartInfo = start, EnableRaisingEvents = true };
            _process.OutputDataReceived += (_, line) => Print(line.Data);
            _process.ErrorDataReceived += (_, line) => Print(line.Data);
            try
            {
                _process.Start();
            }
            catch (Win32Exception ex)
            {
                throw new StartupException($"The worker could not be started: {ex.Message}", ex);
            }
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
            ProcessId = _process.Id;
            Exited = _process.WaitForExitAsync();

            void Print(string? line)
            {
                if (line is not null)
                    print(line);
            }
        }

        public Task Exited { get; }

        public int ProcessId { get; }

        public void HasStarted() => _started.TrySetResult();

        public async Task<Uri?> HttpAddressAsync(string? announced, CancellationToken cancellationToken)
        {
            await Task.WhenAny(_started.Task, Exited).WaitAsync(cancellationToken).ConfigureAwait(false);
            return announced is null ? null : new Uri(announced);
        }

        public ValueTask DisposeAsync()
        {
            // Closes its standard input, too, which ends it if nothing else does.
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
            _process.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
