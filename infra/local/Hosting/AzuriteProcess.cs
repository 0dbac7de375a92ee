using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Serverless.Local.Hosting;

/// <summary>Azurite's table service, started by this process or found running.</summary>
/// <remarks>
/// The app that starts Azurite stops it. Azurite outlives an app that was killed, because it writes its data only every five seconds; the next app then finds
/// it, sees that its owner is gone, and owns it from there on. One whose owner lives, or that somebody else started, is used and never stopped.
/// </remarks>
internal sealed class AzuriteProcess : IAsyncDisposable
{
    public const int DefaultPort = 10002;
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    private readonly string _folder;
    private readonly Owner? _owner;

    private AzuriteProcess(int port, string folder, Owner? owner)
    {
        Port = port;
        _folder = folder;
        _owner = owner;
    }

    /// <summary>Where the table service listens, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>True when this process stops Azurite at its own end.</summary>
    public bool IsOwned => _owner is not null;

    /// <summary>The connection string of the development account.</summary>
    public string ConnectionString => Port == DefaultPort ? "UseDevelopmentStorage=true" : AzuriteEndpoint.ConnectionString(Port);

    /// <summary>Starts Azurite, or finds the one that is running, and returns when it answers. Installs it first where needed.</summary>
    /// <param name="progress">Receives a line for what takes long.</param>
    /// <exception cref="InvalidOperationException">It cannot be started; the message says why and what to do.</exception>
    public static async Task<AzuriteProcess> StartAsync(AzuriteOptions options, Action<string> progress, CancellationToken ct)
    {
        if (options.DataFolder is null)
            await AzuriteInstallation.EnsureAsync(progress, ct).ConfigureAwait(false);
        var folder = options.DataFolder is null ? Directory.CreateTempSubdirectory("azurite-").FullName : Path.GetFullPath(options.DataFolder);
        using var alone = await FileLock.AcquireAsync(Path.Combine(folder, "azurite.lock"), ct).ConfigureAwait(false);

        if (await FindAsync(folder, options.Port, ct).ConfigureAwait(false) is { } found)
            return found;
        if (options.Port == 0)
            return await StartOnFreePortAsync(folder, options, progress, ct).ConfigureAwait(false);

        switch (await AzuriteEndpoint.AskAsync(options.Port, ct).ConfigureAwait(false))
        {
            case AzuriteEndpoint.Answer.Tables:
                return new AzuriteProcess(options.Port, folder, owner: null);
            case AzuriteEndpoint.Answer.SomethingElse:
                throw new InvalidOperationException(
                    $"Port {options.Port} is taken by something that is not a table service: stop it, or let AzureWebJobsStorage name a storage account or another port.");
            default:
                return await LaunchAsync(folder, options.Port, options, progress, ct).ConfigureAwait(false);
        }
    }

    /// <summary>Stops Azurite if this process owns it, and returns when its data is saved and it is gone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_owner is null || !Directory.Exists(_folder))
            return;
        using var alone = await FileLock.AcquireAsync(Path.Combine(_folder, "azurite.lock"), CancellationToken.None).ConfigureAwait(false);
        if (Run.Read(_folder) is { } run && _owner.IsStill(_folder))
            await StopAsync(_folder, run).ConfigureAwait(false);
    }

    private static async Task<AzuriteProcess?> FindAsync(string folder, int port, CancellationToken ct)
    {
        if (Run.Read(folder) is not { } run || !run.IsAlive || await AzuriteEndpoint.AskAsync(run.Port, ct).ConfigureAwait(false) != AzuriteEndpoint.Answer.Tables)
            return null;
        var owned = !Owner.IsAlive(folder);
        if (port == 0 || port == run.Port)
            return new AzuriteProcess(run.Port, folder, owned ? Owner.Claim(folder) : null);
        if (!owned)
            throw new InvalidOperationException($"Another app's Azurite already serves the data in {folder}, on port {run.Port}: stop that app, or use its port or another folder.");
        await StopAsync(folder, run).ConfigureAwait(false);
        return null;
    }

    private static async Task<AzuriteProcess> StartOnFreePortAsync(string folder, AzuriteOptions options, Action<string> progress, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var port = ((IPEndPoint)listener.LocalEndpoint).Port;
            listener.Stop();
            try
            {
                return await LaunchAsync(folder, port, options, progress, ct).ConfigureAwait(false);
            }
            catch (InvalidOperationException) when (attempt < 3 && File.Exists(Log(folder)))
            {
                // Somebody else may have taken the port between its choice and its use.
            }
        }
    }

    private static async Task<AzuriteProcess> LaunchAsync(string folder, int port, AzuriteOptions options, Action<string> progress, CancellationToken ct)
    {
        await AzuriteInstallation.EnsureAsync(progress, ct).ConfigureAwait(false);
        var owner = Owner.Claim(folder);
        await AzuriteInstallation.NodeAsync(
            [
                Path.Combine(LocalFolders.Azurite, "azurite.mjs"), "start", folder, port.ToString(CultureInfo.InvariantCulture),
                options.DataFolder is null ? "memory" : "disk", options.EndWithThisProcess ? Environment.ProcessId.ToString(CultureInfo.InvariantCulture) : "0",
            ],
            ct).ConfigureAwait(false);

        var started = Stopwatch.GetTimestamp();
        while (await AzuriteEndpoint.AskAsync(port, ct).ConfigureAwait(false) != AzuriteEndpoint.Answer.Tables)
        {
            if (Run.Read(folder) is not { IsAlive: true } || Stopwatch.GetElapsedTime(started) > StartLimit)
                throw new InvalidOperationException($"Azurite did not start on port {port}: {(File.Exists(Log(folder)) ? File.ReadAllText(Log(folder)).Trim() : "it left no log")}");
            await Task.Delay(50, ct).ConfigureAwait(false);
        }
        return new AzuriteProcess(port, folder, owner);
    }

    private static async Task StopAsync(string folder, Run run)
    {
        var started = Stopwatch.GetTimestamp();
        await File.WriteAllTextAsync(Path.Combine(folder, "azurite.stop"), "").ConfigureAwait(false);
        while (run.IsAlive && Run.Read(folder) == run)
        {
            if (Stopwatch.GetElapsedTime(started) > StopLimit)
            {
                // By now its own save, every five seconds, has kept the data.
                using var process = Process.GetProcessById(run.ProcessId);
                process.Kill();
                return;
            }
            await Task.Delay(20).ConfigureAwait(false);
        }
    }

    private static string Log(string folder) => Path.Combine(folder, "azurite.log");

    /// <summary>What <c>azurite.mjs</c> notes down while it runs.</summary>
    private readonly record struct Run(int ProcessId, int Port)
    {
        public bool IsAlive => ProcessTimes.StartOf(ProcessId) is not null;

        public static Run? Read(string folder)
        {
            try
            {
                var words = File.ReadAllText(Path.Combine(folder, "azurite.run")).Split(' ');
                return new Run(int.Parse(words[0], CultureInfo.InvariantCulture), int.Parse(words[1], CultureInfo.InvariantCulture));
            }
            catch (Exception ex) when (ex is IOException or FormatException or IndexOutOfRangeException)
            {
                return null;
            }
        }
    }

    /// <summary>Who stops Azurite: a process, by its id and when it started (ids are used again), and which of its instances of this class.</summary>
    private sealed record Owner(int ProcessId, DateTime Started, string Instance)
    {
        // Linux derives the time from the uptime, so that two looks at one process differ a little.
        private bool Runs => ProcessTimes.StartOf(ProcessId) is { } start && (start - Started).Duration() < TimeSpan.FromSeconds(5);

        public static Owner Claim(string folder)
        {
            var owner = new Owner(Environment.ProcessId, ProcessTimes.StartOf(Environment.ProcessId) ?? default, Guid.NewGuid().ToString("N"));
            File.WriteAllText(PathIn(folder), string.Create(CultureInfo.InvariantCulture, $"{owner.ProcessId} {owner.Started:O} {owner.Instance}"));
            return owner;
        }

        public static bool IsAlive(string folder) => Read(folder) is { Runs: true };

        public bool IsStill(string folder) => Read(folder)?.Instance == Instance;

        private static string PathIn(string folder) => Path.Combine(folder, "azurite.owner");

        private static Owner? Read(string folder)
        {
            if (!File.Exists(PathIn(folder)) || File.ReadAllText(PathIn(folder)).Split(' ') is not [var id, var started, var instance])
                return null;
            return new Owner(int.Parse(id, CultureInfo.InvariantCulture), DateTime.Parse(started, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind), instance);
        }
    }
}
