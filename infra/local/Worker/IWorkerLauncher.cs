namespace Serverless.Local.Worker;

/// <summary>What a worker is told when it is started.</summary>
/// <param name="Endpoint">Where the host's gRPC services listen.</param>
/// <param name="Id">Names this start of it.</param>
/// <param name="Folder">The app's output.</param>
internal sealed record WorkerStart(Uri Endpoint, string Id, string Folder)
{
    /// <summary>The largest gRPC message, in bytes; what Azure's host allows.</summary>
    public const int MaxMessageLength = int.MaxValue;
}

/// <summary>Starts a worker.</summary>
internal interface IWorkerLauncher
{
    /// <summary>Starts it; it connects by itself.</summary>
    IRunningWorker Launch(WorkerStart start);
}

/// <summary>A worker that was started.</summary>
internal interface IRunningWorker : IAsyncDisposable
{
    /// <summary>Completes when it has ended; fails with the reason where it could not start.</summary>
    Task Exited { get; }

    /// <summary>The process that it runs in.</summary>
    int ProcessId { get; }

    /// <summary>The app has said that it has started.</summary>
    void HasStarted();

    /// <summary>Where the worker takes HTTP requests, once the app has started.</summary>
    /// <param name="announced">
    /// What it said of itself (capability <c>HttpUri</c>); null where it has no web server.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<Uri?> HttpAddressAsync(string? announced, CancellationToken cancellationToken);
}
