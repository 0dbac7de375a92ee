using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Serverless.Local.InWorker;

/// <summary>
/// What a worker process of its own needs of the local host: its clock, an end when the host ends, and word of the
/// requests that it makes.
/// </summary>
internal static class ChildWorker
{
    /// <summary>Environment variable: the file that holds the host's clock.</summary>
    public const string ClockVariable = "SERVERLESS_LOCAL_CLOCK";

    /// <summary>Environment variable: where requests that functions made are reported.</summary>
    public const string ReportVariable = "SERVERLESS_LOCAL_REPORT";

    /// <summary>Environment variable: where to say that the app has started.</summary>
    public const string StartedVariable = "SERVERLESS_LOCAL_STARTED";

    public static void Begin()
    {
        var clock = Environment.GetEnvironmentVariable(ClockVariable);
        var report = Environment.GetEnvironmentVariable(ReportVariable);
        EndWithTheHost();
        if (report is not null)
            OutgoingRequestObserver.Add(new ReportToHost(new Uri(report)).Add);
        AppStart.Default = new AppStart(
            builder =>
                builder.ConfigureServices(services =>
                {
                    if (clock is not null)
                        services.AddSingleton<TimeProvider>(new FileClock(new ClockFile(clock)));
                }),
            host =>
                host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(TellStarted)
        );
        AppStart.Observe();
    }

    /// <summary>
    /// The host sends nothing before that: an app may still create its tables while its functions are loaded.
    /// </summary>
    private static void TellStarted()
    {
        if (Environment.GetEnvironmentVariable(StartedVariable) is { } address)
            _ = ReportToHost.TellAsync(new Uri(address));
    }

    /// <summary>
    /// The host holds the other end of standard input; it is closed when the host ends, however that happens.
    /// </summary>
    private static void EndWithTheHost()
    {
        var input = Console.OpenStandardInput();
        new Thread(() =>
        {
            var buffer = new byte[64];
            try
            {
                while (input.Read(buffer) > 0)
                {
                    // Nobody writes anything.
                }
            }
            catch (IOException)
            {
                // As good as closed.
            }
            // Without any more ado: the host stops a worker in an orderly way before it closes this.
            System.Diagnostics.Process.GetCurrentProcess().Kill();
        })
        {
            IsBackground = true,
            Name = "Waits for the host's end",
        }.Start();
    }
}
