using System.Diagnostics;
using System.Globalization;

namespace Serverless.Local.Hosting;

/// <summary>Azurite, the storage emulator, started by this process or found running on the same data.</summary>
/// <remarks>
/// The app that starts Azurite stops it. Azurite outlives an app that was killed, because it writes its data only every
/// five seconds; the next app on the same data then finds it, sees that its owner is gone, and owns it from there on.
/// One that somebody else runs is never touched nor used.
/// </remarks>
internal sealed class AzuriteProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    private readonly string _folder;
    private readonly Owner _owner;

    private AzuriteProcess(AzuritePorts ports, string folder, Owner owner)
    {
        Ports = ports;
        _folder = folder;
        _owner = owner;
    }

    /// <summary>Where it listens.</summary>
    public AzuritePorts Ports { get; }

    /// <summary>The connection string of the development account.</summary>
    public string ConnectionString => Ports.ConnectionString;

    /// <summary>
    /// Starts Azurite, or finds the one that a killed app left on this data, and returns when it answers. Installs it
    /// first where needed.
    /// </summary>
    /// <param name="options">How it is run.</param>
    /// <param name="progress">Receives a line for what takes long.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="InvalidOperationException">
    /// It cannot be started; the message says why and what to do.
    /// </exception>
    public static async Task<AzuriteProcess> StartAsync(
        AzuriteOptions options,
        Action<string> progress,
        CancellationToken ct
    )
    {
        await AzuriteInstallation.EnsureAsync(progress, ct).ConfigureAwait(false);
        var folder = options.DataFolder is null
            ? Directory.CreateTempSubdirectory("azurite-").FullName
            : Path.GetFullPath(options.DataFolder);
        using var alone = await FileLock.AcquireAsync(Path.Combine(folder, "azurite.lock"), ct).ConfigureAwait(false);
        if (await FindAsync(folder, options, ct).ConfigureAwait(false) is { } found)
            return found;
        // Two apps that start at the same moment would both find the port free, and the one whose Azurite does not get
        // it would take the other's for its own.
        using var choosing = options.PreferredPort is { } port
            ? await FileLock
                .AcquireAsync(Path.Combine(Path.GetTempPath(), $"azurite-{Environment.UserName}-{port}.lock"), ct)
                .ConfigureAwait(false)
            : null;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await LaunchAsync(folder, AzuritePorts.Choose(options), options, ct).ConfigureAwait(false);
            }
            catch (InvalidOperationException) when (attempt < 3 && File.Exists(Log(folder)))
            {
                // Somebody else may have taken a port between its choice and its use.
            }
        }
    }

    /// <summary>
    /// Stops Azurite if this process still owns it, and returns when its data is saved and it is gone.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (!Directory.Exists(_folder))
            return;
        using var alone = await FileLock
            .AcquireAsync(Path.Combine(_folder, "azurite.lock"), CancellationToken.None)
            .ConfigureAwait(false);
        if (Run.Read(_folder) is { } run && _owner.IsStill(_folder))
            await StopAsync(_folder, run).ConfigureAwait(false);
    }

    private static async Task<AzuriteProcess?> FindAsync(string folder, AzuriteOptions options, CancellationToken ct)
    {
        if (
            Run.Read(folder) is not { } run
            || !run.IsAlive
            || !await AzuriteEndpoint.AnswersAsync(run.Ports.Table, ct).ConfigureAwait(false)
        )
            return null;
        if (Owner.IsAlive(folder))
            throw new InvalidOperationException(
                $"Another app's Azurite already serves the data in {folder}: stop that app, or use another folder."
            );
        if (run.Ports.Blob != 0 || !options.AllServices)
            return new AzuriteProcess(run.Ports, folder, Owner.Claim(folder));
        await StopAsync(folder, run).ConfigureAwait(false);
        return null;
    }

    private static async Task<AzuriteProcess> LaunchAsync(
        string folder,
        AzuritePorts ports,
        AzuriteOptions options,
        CancellationToken ct
    )
    {
        var owner = Owner.Claim(folder);
        await AzuriteInstallation
            .NodeAsync(
                [
                    Path.Combine(LocalFolders.Azurite, "azurite.mjs"),
                    "start",
                    AzuriteInstallation.Folder,
                    folder,
                    ports.ToString(),
                    options.DataFolder is null ? "memory" : "disk",
                    options.EndWithThisProcess ? Environment.ProcessId.ToString(CultureInfo.InvariantCulture) : "0",
                ],
                ct
            )
            .ConfigureAwait(false);

        var started = Stopwatch.GetTimestamp();
        while (!await AnswerAsync(ports, ct).ConfigureAwait(false))
        {
            if (Run.Read(folder) is not { IsAlive: true } || Stopwatch.GetElapsedTime(started) > StartLimit)
                throw new InvalidOperationException(
                    $"Azurite did not start on the ports {ports}: {(File.Exists(Log(folder)) ? File.ReadAllText(Log(folder)).Trim() : "it left no log")}"
                );
            await Task.Delay(50, ct).ConfigureAwait(false);
        }
        return new AzuriteProcess(ports, folder, owner);
    }

    private static async Task<bool> AnswerAsync(AzuritePorts ports, CancellationToken ct)
    {
        foreach (var port in new[] { ports.Table, ports.Blob, ports.Queue })
            if (port != 0 && !await AzuriteEndpoint.AnswersAsync(port, ct).ConfigureAwait(false))
                return false;
        return true;
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
    private readonly record struct Run(int ProcessId, AzuritePorts Ports)
    {
        public bool IsAlive => ProcessTimes.StartOf(ProcessId) is not null;

        public static Run? Read(string folder)
        {
            try
            {
                var numbers = File.ReadAllText(Path.Combine(folder, "azurite.run"))
                    .Split(' ')
                    .Select(word => int.Parse(word, CultureInfo.InvariantCulture))
                    .ToArray();
                return new Run(numbers[0], new AzuritePorts(numbers[1], numbers[2], numbers[3]));
            }
            catch (Exception ex) when (ex is IOException or FormatException or IndexOutOfRangeException)
            {
                return null;
            }
        }
    }

    /// <summary>
    /// Who stops Azurite: a process, by its id and when it started (ids are used again), and which of its instances of
    /// this class.
    /// </summary>
    private sealed record Owner(int ProcessId, DateTime Started, string Instance)
    {
        // Linux derives the time from the uptime, so that two looks at one process differ a little.
        private bool Runs =>
            ProcessTimes.StartOf(ProcessId) is { } start && (start - Started).Duration() < TimeSpan.FromSeconds(5);

        public static Owner Claim(string folder)
        {
            var owner = new Owner(
                Environment.ProcessId,
                ProcessTimes.StartOf(Environment.ProcessId) ?? default,
                Guid.NewGuid().ToString("N")
            );
            File.WriteAllText(
                PathIn(folder),
                string.Create(CultureInfo.InvariantCulture, $"{owner.ProcessId} {owner.Started:O} {owner.Instance}")
            );
            return owner;
        }

        public static bool IsAlive(string folder) => Read(folder) is { Runs: true };

        public bool IsStill(string folder) => Read(folder)?.Instance == Instance;

        private static string PathIn(string folder) => Path.Combine(folder, "azurite.owner");

        private static Owner? Read(string folder)
        {
            if (
                !File.Exists(PathIn(folder))
                || File.ReadAllText(PathIn(folder)).Split(' ') is not [var id, var started, var instance]
            )
                return null;
            return new Owner(
                int.Parse(id, CultureInfo.InvariantCulture),
                DateTime.Parse(started, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind),
                instance
            );
        }
    }
}
