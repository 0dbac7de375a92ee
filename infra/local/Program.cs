using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Serverless.Local.Hosting;
using Serverless.Local.InWorker;
using Serverless.Local.Worker;

const int StandardPort = 7071;
if (args is not [var folder, ..] || folder.StartsWith('-'))
{
    Console.Error.WriteLine(
        "usage: dotnet run --project infra/local -- FOLDER [--port N] [--Setting:Name value …]\nFOLDER is the output "
            + "of `dotnet build functions` or of `dotnet publish functions`."
    );
    return 2;
}

// Both end the app in an orderly way; a second one does not wait.
var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var starting = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
try
{
    folder = Path.GetFullPath(folder);
    LocalSettings.CheckArguments(args[1..]);
    var given = new ConfigurationBuilder().AddCommandLine(args[1..]).Build().AsEnumerable();
    var settings = LocalSettings.Read(folder, given);
    await using var host = await LocalHost.StartAsync(
        new LocalHostOptions
        {
            Folder = folder,
            Settings = settings,
            Port = settings.Port(StandardPort),
            Print = Console.WriteLine,
            Logging = logging =>
                logging.AddSimpleConsole(console =>
                {
                    console.SingleLine = true;
                    console.TimestampFormat = "HH:mm:ss ";
                }),
            Launcher = surroundings => new ChildWorkerLauncher(
                AppFolder.AssemblyIn(folder),
                EnvironmentOfWorker(settings, surroundings),
                Console.WriteLine
            ),
        },
        starting.Token
    );
    var offset =
        host.Clock.Offset == TimeSpan.Zero
            ? ""
            : $"\nThe clock is {TimeSpan.FromSeconds(Math.Round(host.Clock.Offset.TotalSeconds)):c} ahead.";
    var address = $"http://localhost:{host.BaseAddress.Port}";
    Console.WriteLine(
        $"Listening on {address} with {host.Worker.Functions.Count} functions, status page {address}/local{offset}"
    );
    await stopping.Task;
    return 0;
}
catch (StartupException ex)
{
    Console.Error.WriteLine(ex.Message);
    return 1;
}
catch (OperationCanceledException) when (starting.IsCancellationRequested)
{
    return 0;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = stopping.TrySetResult();
    starting.Cancel();
}

static Dictionary<string, string> EnvironmentOfWorker(LocalSettings settings, WorkerSurroundings surroundings) =>
    new(
        settings.ForWorker(
            [
                new("AZURE_FUNCTIONS_ENVIRONMENT", settings.Values["AZURE_FUNCTIONS_ENVIRONMENT"] ?? "Development"),
                // Nobody else could tell the app by which address people reach it.
                new(
                    "PublicBaseUrl",
                    settings.Values["PublicBaseUrl"] ?? $"http://localhost:{surroundings.Address.Port}"
                ),
                .. surroundings.Own,
            ],
            LocalSettings.EnvironmentName
        )
    )
    {
        [ChildWorker.ClockVariable] = surroundings.ClockPath,
    };
