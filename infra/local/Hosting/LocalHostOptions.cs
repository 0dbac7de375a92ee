using Microsoft.Extensions.Logging;
using Serverless.Local.InWorker;
using Serverless.Local.Time;
using Serverless.Local.Worker;

namespace Serverless.Local.Hosting;

/// <summary>What a local host runs, and how.</summary>
internal sealed record LocalHostOptions
{
    /// <summary>The app's output.</summary>
    public required string Folder { get; init; }

    public required LocalSettings Settings { get; init; }

    /// <summary>The port of the app; 0 for a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Makes what starts the worker.</summary>
    public required Func<WorkerSurroundings, IWorkerLauncher> Launcher { get; init; }

    /// <summary>Receives lines for a person.</summary>
    public required Action<string> Print { get; init; }

    /// <summary>Where the host logs to.</summary>
    public required Action<ILoggingBuilder> Logging { get; init; }

    /// <summary>Whether the host writes the worker's log, too. Not where the worker's own log is at hand.</summary>
    public bool LogsOfWorker { get; init; } = true;
}

/// <summary>What the host has ready for a worker.</summary>
/// <param name="Own">Settings that the host makes, by name.</param>
/// <param name="Address">Where the app is reached.</param>
/// <param name="Clock">The app's clock.</param>
/// <param name="ClockPath">The file by which a worker process follows it.</param>
/// <param name="Observed">Takes word of a request that a function made.</param>
internal sealed record WorkerSurroundings(
    IReadOnlyList<KeyValuePair<string, string>> Own,
    Uri Address,
    LocalClock Clock,
    string ClockPath,
    Action<ObservedRequest> Observed
);
