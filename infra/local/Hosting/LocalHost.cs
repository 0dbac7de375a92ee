using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Local.Durable;
using Serverless.Local.InWorker;
using Serverless.Local.Mail;
using Serverless.Local.Sumsub;
using Serverless.Local.Time;
using Serverless.Local.Triggers;
using Serverless.Local.Worker;

namespace Serverless.Local.Hosting;

/// <summary>
/// A Functions host for one app on this machine: starts what the app finds in Azure (storage, queues, Durable
/// Functions, a mail server), the worker, and what starts functions. Everything that waits is here; the worker only
/// works.
/// </summary>
internal sealed class LocalHost : IAsyncDisposable
{
    private readonly LocalHostOptions _options;
    private readonly HostJson _hostJson;
    private readonly ILoggerFactory _loggers;
    private readonly ServiceProvider _logging;
    private readonly CostMeter _costs = new();
    private readonly OutgoingRequests _outgoing = new();
    private readonly PortalDoor _portal;
    private readonly WorkCounter _work = new();
    private readonly List<ITriggerListener> _listeners = [];
    private readonly List<string> _queues = [];
    private readonly LocalPlatform _platform;
    private readonly WebFrontEnd _web;
    private readonly FunctionsWorker _worker;
    private MailServer? _mail;
    private RpcServer? _rpc;
    private bool _stopped;

    private LocalHost(LocalHostOptions options)
    {
        _options = options;
        _portal = new PortalDoor(
            () => BaseAddress,
            Settings["Local:FunctionKey"],
            () => Path.GetDirectoryName(_platform!.ClockPath)!
        );
        _hostJson = HostJson.Read(options.Folder, Settings);
        _logging = Logging(options, _hostJson);
        _loggers = _logging.GetRequiredService<ILoggerFactory>();
        _platform = new LocalPlatform(Settings, _hostJson, options.Print, Clock, _loggers);
        _worker = new FunctionsWorker(options.Folder, _loggers, options.LogsOfWorker);
        _web = new WebFrontEnd(options.Port, RequestBodyLimit.Of(Settings), _loggers);
        Clock.AddWorkProbe(() => _work.Work);
    }

    /// <summary>The app's clock.</summary>
    public LocalClock Clock { get; } = new();

    /// <summary>Where the app listens.</summary>
    public Uri BaseAddress => _web.Address;

    /// <summary>Where the host's gRPC services listen.</summary>
    public Uri RpcAddress => _rpc!.Address;

    public FunctionsWorker Worker => _worker!;

    public DurableHub Durable => _platform.Durable;

    /// <summary>What keeps the app from coming to rest, for a developer.</summary>
    public string WorkUnderWay =>
        $"timers {_work.Work}, orchestrations and activities {Durable.Work}, messages {_platform.Broker.Work}: "
        + string.Join(
            ", ",
            _platform
                .Broker.Read()
                .Select(queue =>
                    $"{queue.Name} {queue.Active} active, {queue.Locked} locked, {queue.Scheduled} scheduled"
                )
        );

    private IEnumerable<LoadedFunction> Enabled =>
        _worker.Functions.Where(function => !_options.Settings.IsDisabled(function));

    private IConfiguration Settings => _options.Settings.Values;

    /// <summary>Starts everything and returns when the app answers.</summary>
    /// <exception cref="StartupException">Something cannot start; the message says what to do.</exception>
    public static async Task<LocalHost> StartAsync(LocalHostOptions options, CancellationToken cancellationToken)
    {
        if (options.Port != 0 && !FreePort.IsFree(options.Port))
            throw new StartupException(
                $"Port {options.Port} is taken. Stop what listens there, or choose another with: dotnet run "
                    + "--project functions -- --port N"
            );
        var host = new LocalHost(options);
        try
        {
            await host.StartAsync(cancellationToken).ConfigureAwait(false);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Stops: what is under way is finished, what is stored is kept.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _stopped, true))
            return;
        _worker.ExpectEnd();
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
            await _web.StopAsync(limit.Token).ConfigureAwait(false);
            await Task.WhenAll(_listeners.Select(listener => listener.StopAsync(limit.Token))).ConfigureAwait(false);
            await _platform.StopDurableAsync().ConfigureAwait(false);
            await _worker.DisposeAsync().ConfigureAwait(false);
            if (_rpc is not null)
                await _rpc.DisposeAsync().ConfigureAwait(false);
            if (_mail is not null)
                await _mail.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            await _platform.DisposeAsync().ConfigureAwait(false);
            await _web.DisposeAsync().ConfigureAwait(false);
            _portal.Dispose();
            Clock.Dispose();
            await _logging.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await _platform.StartAsync(_worker, cancellationToken).ConfigureAwait(false);
        var mailbox = new Mailbox(Clock);
        if (MailServer.IsWanted(Settings))
            _mail = MailServer.Start(mailbox);

        var simulator = SumsubSimulator.StandardSettings(Settings);
        var sumsub = new SumsubSimulator(
            new ConfigurationBuilder().AddConfiguration(Settings).AddInMemoryCollection(Nullable(simulator)).Build(),
            Clock
        );
        await _web.StartAsync(
                new LocalRoutes(_platform, Clock, _costs, _outgoing, mailbox, sumsub, _worker, _portal),
                cancellationToken
            )
            .ConfigureAwait(false);

        List<KeyValuePair<string, string>> own =
        [
            .. _platform.Settings,
            .. _mail?.Settings(Settings) ?? [],
            .. simulator,
            .. simulator.Count > 0
                ? [KeyValuePair.Create("Kyc:ProviderUrl", $"http://127.0.0.1:{BaseAddress.Port}{SumsubSimulator.Path}")]
                : Array.Empty<KeyValuePair<string, string>>(),
        ];
        var launcher = _options.Launcher(
            new WorkerSurroundings(own, BaseAddress, Clock, _platform.ClockPath, Observed)
        );
        _rpc = await RpcServer.StartAsync(_worker, Durable.Sidecar, Observed, cancellationToken).ConfigureAwait(false);
        _worker.DurableClient = () => _platform.Durable.ClientBinding(_rpc.Address.GetLeftPart(UriPartial.Authority));
        await _worker.StartAsync(launcher, _rpc.Address, cancellationToken).ConfigureAwait(false);

        Connect();
        _web.Open(_worker, Enabled, _hostJson.RoutePrefix, new FunctionKeys(Settings["Local:FunctionKey"]));
        await _platform.StartDurableAsync().ConfigureAwait(false);
        foreach (var listener in _listeners)
            await listener.StartAsync(cancellationToken).ConfigureAwait(false);
        foreach (var queue in _queues)
            await ListeningAsync(queue, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// A message that falls due must find its receiver: without one the clock would move on, as it does for a queue
    /// that nobody reads.
    /// </summary>
    private async Task ListeningAsync(string queue, CancellationToken cancellationToken)
    {
        while (!_platform.Broker.HasReceiver(queue))
            await Task.Delay(1, cancellationToken).ConfigureAwait(false);
    }

    private void Connect()
    {
        foreach (var function in Enabled)
            if (function.Is("timerTrigger"))
                _listeners.Add(
                    new TimerListener(
                        function,
                        TimerListener.Parse(
                            function,
                            _options.Settings.Resolve(function.Text("schedule") ?? "", function)
                        ),
                        function.Trigger.TryGetProperty("runOnStartup", out var run)
                            && run.ValueKind == System.Text.Json.JsonValueKind.True,
                        _worker,
                        _work,
                        Clock,
                        Logger(function)
                    )
                );
            else if (function.Is("serviceBusTrigger"))
                _listeners.Add(Queue(function));
    }

    private ServiceBusListener Queue(LoadedFunction function)
    {
        if (function.Text("queueName") is not { } name)
            throw new StartupException(
                $"Function '{function.Name}' listens to a topic. The local host has queues only."
            );
        var queue = _options.Settings.Resolve(name, function);
        var connection = ServiceBusConnection.Of(function, Settings, _platform.ServiceBusConnections);
        if (_platform.ServiceBusConnections.Values.Contains(connection))
        {
            if (!_platform.Broker.HasQueue(queue))
                throw new StartupException(
                    $"Function '{function.Name}' listens to the queue '{queue}', which does not exist. Add it to "
                        + "infra/queues.json."
                );
            _queues.Add(queue);
        }
        return new ServiceBusListener(function, queue, connection, _hostJson.ServiceBus, _worker, Logger(function));
    }

    private ILogger Logger(LoadedFunction function) => _loggers.CreateLogger("Function." + function.Name);

    private void Observed(ObservedRequest request)
    {
        if (_worker.FunctionOf(request.Invocation) is not { } function)
            return;
        if (request.Table is { } table)
            _costs.Count(function, table);
        else
            _outgoing.Add(
                new OutgoingRequest(
                    request.At + Clock.Offset,
                    function,
                    request.Method,
                    request.Target,
                    request.Status,
                    TimeSpan.FromMilliseconds(request.Milliseconds)
                )
            );
    }

    private static IEnumerable<KeyValuePair<string, string?>> Nullable(
        IEnumerable<KeyValuePair<string, string>> settings
    ) => settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value));

    private static ServiceProvider Logging(LocalHostOptions options, HostJson hostJson)
    {
        var levels = new ConfigurationBuilder().AddInMemoryCollection(hostJson.LogLevels).Build();
        var services = new ServiceCollection();
        services.AddLogging(logging =>
        {
            logging.AddConfiguration(levels.GetSection("Logging"));
            options.Logging(logging);
        });
        return services.BuildServiceProvider();
    }
}
