using System.Globalization;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Serverless.Local.Hosting;

namespace Serverless.Campaign;

/// <summary>An app as the campaign runs it.</summary>
internal sealed record RunningApp(AppProcess Process, string Folder, HttpClient Http, SemaphoreSlim Killing);

/// <summary>Everything of one history: storage, broker, apps, receivers, and what is between them.</summary>
internal sealed class World : IAsyncDisposable
{
    public const string TablePrefix = "C";

    /// <summary>How many steps are taken at once.</summary>
    public const int Lanes = 4;

    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan LongestMove = TimeSpan.FromSeconds(80);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private readonly AzuriteProcess _azurite;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("campaign-");
    private readonly List<RunningApp> _apps = [];
    private readonly SemaphoreSlim _travelling = new(1, 1);
    private readonly SemaphoreSlim _together = new(Lanes, Lanes);
    private readonly SemaphoreSlim _alone = new(1, 1);

    private World(AzuriteProcess azurite, CampaignOptions options)
    {
        (_azurite, Options) = (azurite, options);
        Storage = new FaultyPath(azurite.Ports.Table);
        Service = new TableServiceClient(azurite.ConnectionString);
    }

    public CampaignOptions Options { get; }
    public FaultyPath Storage { get; }
    public Faults Faults { get; } = new();
    public Markers Markers { get; } = new();
    public TableServiceClient Service { get; }
    public SharedBroker? Broker { get; private set; }
    public Receivers Receivers { get; private set; } = null!;
    public Model Model { get; private set; } = null!;
    public IReadOnlyList<RunningApp> Apps => _apps;

    /// <summary>How far time was moved.</summary>
    public TimeSpan Travelled { get; private set; }

    public static async Task<World> StartAsync(CampaignOptions options, int apps, CancellationToken ct)
    {
        var azurite = await AzuriteProcess.StartAsync(
            new AzuriteOptions { EndWithThisProcess = true, AllServices = options.DurableInStorage },
            _ => { },
            ct
        );
        var world = new World(azurite, options);
        try
        {
            await world.StartAsync(apps, ct);
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Moves time for all: to one moment, however often a move breaks off.</summary>
    /// <param name="by">How far.</param>
    /// <param name="ct">Gives up.</param>
    /// <param name="limit">
    /// Of the machine's time: then it is far enough. Hanging receivers hold up each thing that falls due on the way.
    /// </param>
    public async Task AdvanceAsync(TimeSpan by, CancellationToken ct, TimeSpan? limit = null)
    {
        if (Options.DurableInStorage)
        {
            await Task.Delay(by, ct);
            return;
        }
        await _travelling.WaitAsync(ct);
        try
        {
            var from = await NowOfAsync(_apps[0], ct);
            await AdvanceAsync(_apps[0], from + by, limit, ct);
            // The others follow as far as the first one came.
            var reached = await NowOfAsync(_apps[0], ct);
            Travelled += reached - from;
            foreach (var app in _apps.Skip(1))
                await AdvanceAsync(app, reached + Skew, limit: null, ct);
            if (Broker is not null)
                await Broker.AdvanceToAsync(reached, ct);
        }
        finally
        {
            _travelling.Release();
        }
    }

    /// <summary>Takes a step beside others.</summary>
    public async Task TogetherAsync(Func<Task> step, CancellationToken ct)
    {
        await _together.WaitAsync(ct);
        try
        {
            await step();
        }
        finally
        {
            _together.Release();
        }
    }

    /// <summary>
    /// Takes a step while no other is under way: a call that is repeated after a day is another one to the app.
    /// </summary>
    public async Task AloneAsync(Func<Task> step, CancellationToken ct)
    {
        await _alone.WaitAsync(ct);
        var taken = 0;
        try
        {
            for (; taken < Lanes; taken++)
                await _together.WaitAsync(ct);
            await step();
        }
        finally
        {
            if (taken > 0)
                _together.Release(taken);
            _alone.Release();
        }
    }

    /// <summary>The first app's time.</summary>
    public Task<DateTimeOffset> NowAsync(CancellationToken ct) => NowOfAsync(_apps[0], ct);

    /// <summary>kill -9 of a host, whose worker ends with it, and its next start.</summary>
    public async Task KillHostAsync(int number, CancellationToken ct)
    {
        var app = _apps[number % _apps.Count];
        await app.Killing.WaitAsync(ct);
        try
        {
            using var fault = Faults.Begin("kill of a host");
            await app.Process.KillAsync(ct);
            await app.Process.StartAsync(ct);
        }
        finally
        {
            app.Killing.Release();
        }
    }

    public async Task KillWorkerAsync(int number, Random random, CancellationToken ct)
    {
        var app = _apps[number % _apps.Count];
        await app.Killing.WaitAsync(ct);
        try
        {
            using var fault = Faults.Begin("kill of a worker");
            await app.Process.KillWorkerSoonAsync(random, ct);
            await Task.Delay(TimeSpan.FromSeconds(1), ct);
        }
        finally
        {
            app.Killing.Release();
        }
    }

    /// <summary>What an app's own page says: queues and orchestrations.</summary>
    public static async Task<JsonNode> StatusAsync(RunningApp app, CancellationToken ct) =>
        (await StubbornlyAsync(() => app.Http.GetFromJsonAsync<JsonNode>("/local", ct), ct))!;

    /// <summary>Messages that wait, are worked on or are to come, by queue; and those that were set aside.</summary>
    public async Task<(int Waiting, int DeadLetters)> MessagesAsync(CancellationToken ct)
    {
        if (Broker is not null)
        {
            var queues = Broker.Read();
            return (
                queues.Sum(queue => queue.Active + queue.Locked + queue.Scheduled + queue.Deferred),
                queues.Sum(queue => queue.DeadLetters)
            );
        }
        var shown = (await StatusAsync(_apps[0], ct))["queues"]!.AsArray();
        return (
            shown.Sum(queue => (int)queue!["active"]! + (int)queue["locked"]! + (int)queue["scheduled"]!),
            shown.Sum(queue => (int)queue!["deadLetters"]!)
        );
    }

    /// <summary>The files in which hosts keep queues and orchestrations.</summary>
    public IEnumerable<(string Name, byte[] Bytes)> Journals()
    {
        foreach (var app in _apps)
        foreach (var file in Directory.EnumerateFiles(app.Folder, "journal*"))
        {
            if (file.EndsWith(".lock", StringComparison.Ordinal))
                continue;
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            yield return (Path.GetFileName(file), bytes.ToArray());
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
        {
            app.Process.Dispose();
            app.Http.Dispose();
            app.Killing.Dispose();
        }
        await Storage.DisposeAsync();
        if (Broker is not null)
            await Broker.DisposeAsync();
        if (Receivers is not null)
            await Receivers.DisposeAsync();
        await _azurite.DisposeAsync();
        _travelling.Dispose();
        _together.Dispose();
        _alone.Dispose();
        _folder.Delete(recursive: true);
    }

    private async Task StartAsync(int apps, CancellationToken ct)
    {
        Receivers = await Receivers.StartAsync(Markers, ct);
        Model = NewModel();
        Receivers.Model = Model;
        if (apps > 1)
            Broker = new SharedBroker();
        for (var number = 0; number < apps; number++)
        {
            var port = FreePort.Next();
            var folder = _folder.CreateSubdirectory($"app{number}").FullName;
            var process = new AppProcess(port, SettingsOf(number, folder));
            process.Printed += line => Heard(number, line);
            var http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) })
            {
                BaseAddress = process.Address,
                Timeout = TimeSpan.FromSeconds(90),
                DefaultRequestHeaders = { { "Accept", "application/json" } },
            };
            _apps.Add(new RunningApp(process, folder, http, new SemaphoreSlim(1, 1)));
            await process.StartAsync(ct);
        }
        if (apps > 1)
            await AdvanceAsync(_apps[1], await NowOfAsync(_apps[1], ct) + Skew, limit: null, ct);
    }

    private Model NewModel()
    {
        string Address(PersonModel person) => $"{Markers.New(person, "e-mail").ToLowerInvariant()}@example.org";

        var partners = Enumerable
            .Range(0, History.Partners)
            .Select(number => new PartnerModel(number) { Persons = [] });
        var model = new Model { Partners = [.. partners] };
        foreach (var partner in model.Partners)
        {
            partner.Persons =
            [
                .. Enumerable
                    .Range(0, History.Persons)
                    .Select(number => new PersonModel(partner, $"person-{partner.Number}-{number}")),
            ];
            foreach (var pair in partner.Persons.Chunk(2))
            {
                var shared = Address(pair[0]);
                foreach (var person in pair)
                    person.Addresses = [Address(person), shared];
            }
        }
        return model;
    }

    private Dictionary<string, string> SettingsOf(int number, string folder)
    {
        var storage = _azurite.ConnectionString.Replace(
            string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_azurite.Ports.Table}/"),
            string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Storage.Port}/"),
            StringComparison.Ordinal
        );
        var settings = new Dictionary<string, string>
        {
            ["AzureWebJobsStorage"] = storage,
            ["Storage__TablePrefix"] = TablePrefix,
            ["Local__DataFolder"] = folder,
            ["Demo__Seed"] = "false",
            ["Partners__Environment"] = "sandbox",
            ["Webhooks__AllowPrivateNetworks"] = "true",
            ["Identities__CallsPerMinute"] = "100000",
            ["Durable__Store"] = Options.DurableInStorage ? "AzureStorage" : "",
            ["Secrets__KeyRing"] =
                """{"current":"test","keys":{"test":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}}""",
        };
        if (Broker is not null)
            settings["ServiceBusConnection"] = Broker.ConnectionString;
        // Each host has orchestrations of its own here. So the first one follows up all events and begins replays, and
        // the others answer requests and deliver webhooks.
        if (number > 0)
            foreach (var function in new[] { "FollowUpEvent", "DoNightlyChores" })
                settings[$"AzureWebJobs__{function}__Disabled"] = "true";
        return settings;
    }

    /// <summary>No value of a person stands in a log.</summary>
    private void Heard(int app, string line)
    {
        foreach (var marker in Markers.In(line))
            Model.Report(
                "no personal value in clear",
                "no value in a log",
                $"{marker.What} in app {app}'s log: {line}"
            );
        if (line.Contains(" has run since ", StringComparison.Ordinal))
            Model.Report("orchestrations end", "none that runs for more than 8 days", line);
    }

    private static async Task<DateTimeOffset> NowOfAsync(RunningApp app, CancellationToken ct) =>
        await StubbornlyAsync(
            async () =>
                (await app.Http.GetFromJsonAsync<JsonElement>("/local/clock", ct))
                    .GetProperty("now")
                    .GetDateTimeOffset(),
            ct
        );

    private static Task<bool> AdvanceAsync(
        RunningApp app,
        DateTimeOffset target,
        TimeSpan? limit,
        CancellationToken ct
    ) =>
        StubbornlyAsync(
            async () =>
            {
                var left = target - await NowOfAsync(app, ct);
                if (left < TimeSpan.FromMilliseconds(1))
                    return true;
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
                stop.CancelAfter(limit ?? LongestMove);
                try
                {
                    using var answer = await app.Http.PostAsJsonAsync(
                        "/local/clock",
                        new { advance = left.ToString("c", CultureInfo.InvariantCulture) },
                        stop.Token
                    );
                    answer.EnsureSuccessStatusCode();
                    return true;
                }
                catch (OperationCanceledException) when (!ct.IsCancellationRequested)
                {
                    return limit is not null ? true : throw new IOException("Time does not pass.");
                }
            },
            ct
        );

    /// <summary>Until it is answered: its app may be starting anew.</summary>
    private static async Task<T> StubbornlyAsync<T>(Func<Task<T>> request, CancellationToken ct)
    {
        for (var end = DateTime.UtcNow + TimeSpan.FromMinutes(3); ; )
            try
            {
                return await request();
            }
            catch (Exception ex)
                when (ex is HttpRequestException or IOException or SocketException or JsonException
                    && DateTime.UtcNow < end
                )
            {
                await Task.Delay(Pause, ct);
            }
    }
}
