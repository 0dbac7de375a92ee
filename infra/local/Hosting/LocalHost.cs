using System.Net;
using System.Net.Sockets;
using Azure.Core.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Serverless.Local.Mail;
using Serverless.Local.Sumsub;
using Serverless.Local.Time;

namespace Serverless.Local.Hosting;

/// <summary>The running app: the platform's services outside, the app's own host inside.</summary>
internal sealed class LocalHost : IHost, IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly LocalAppDescription _app;
    private readonly HostJson _hostJson;
    private readonly TriggerListeners _listeners;
    private readonly MailServer? _mail;
    private readonly LocalAppStart? _start;
    private readonly LocalPlatform _platform;
    private readonly ILoggerFactory _loggers;

    public LocalHost(WebApplication web, LocalAppDescription app, HostJson hostJson, TriggerListeners listeners, MailServer? mail, LocalAppStart? start)
    {
        _web = web;
        _app = app;
        _hostJson = hostJson;
        _listeners = listeners;
        _mail = mail;
        _start = start;
        _loggers = web.Services.GetRequiredService<ILoggerFactory>();
        Clock = web.Services.GetRequiredService<LocalClock>();
        _platform = new LocalPlatform(Clock, _loggers);
    }

    public IServiceProvider Services => _web.Services;

    public LocalClock Clock { get; }

    public Uri BaseAddress { get; private set; } = new("http://localhost");

    public DurableTaskClient DurableTaskClient => _platform.Engine.Client;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            var functions = await ConfigureAsync(cancellationToken).ConfigureAwait(false);
            await ListenAsync(cancellationToken).ConfigureAwait(false);
            if (_start is null)
                Announce(functions.Count);
            _start?.Started.TrySetResult(this);
        }
        catch (Exception ex)
        {
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
            if (ex is StartupException failure && _start is null)
                throw StartupFailure.Exit(failure);
            throw;
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await _web.StopAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (_mail is not null)
                await _mail.DisposeAsync().ConfigureAwait(false);
            await _platform.DisposeAsync().ConfigureAwait(false);
        }
    }

    public void RequestStop() => Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (_mail is not null)
            await _mail.DisposeAsync().ConfigureAwait(false);
        await _platform.DisposeAsync().ConfigureAwait(false);
        await _web.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<LocalFunctionDefinition>> ConfigureAsync(CancellationToken cancellationToken)
    {
        var functions = FunctionCatalog.Discover(_app.Types);
        CheckPort();
        if (_app.MiddlewareBeforeWeb && functions.Any(function => function.Trigger is HttpTriggerAttribute))
            throw new StartupException("Program.cs adds middleware before builder.ConfigureFunctionsWebApplication(). In Azure such middleware has no HttpContext and cannot answer a request: add it afterwards.");
        if (!_app.HasWeb && functions.FirstOrDefault(function => function.Trigger is HttpTriggerAttribute) is { } http)
            throw new StartupException($"Function '{http.Name}' takes an HttpRequest, but Program.cs does not call builder.ConfigureFunctionsWebApplication(). Call it before adding middleware.");

        var costs = new CostMeter();
        var outgoing = new OutgoingRequests(Clock);
        var pipeline = new InvocationPipeline(_app.Middleware, Services.GetRequiredService<IServiceScopeFactory>(), costs, outgoing);
        Clock.AddWorkProbe(() => pipeline.Work);

        var serializer = Services.GetRequiredService<IOptions<WorkerOptions>>().Value.Serializer
            ?? new JsonObjectSerializer(new System.Text.Json.JsonSerializerOptions { PropertyNameCaseInsensitive = true });
        var converter = new SerializerConverter(serializer);
        var durable = new DurableFunctions(functions, pipeline);
        var binders = new ParameterBinders(serializer, converter, () => _platform.Engine.Client);
        var triggers = new TriggerConnector(Services, _web.Configuration, _hostJson, pipeline, Clock, _loggers);
        triggers.Connect(_web, functions, binders, _listeners);

        await _platform.StartAsync(
            _web.Configuration, _app.Folder, _hostJson, durable, converter, line => Print(line), cancellationToken).ConfigureAwait(false);
        _listeners.All.Insert(0, new EngineListener(_platform));
        var mailbox = new Mailbox(Clock);
        _mail?.Start(mailbox);
        new LocalRoutes(functions, _platform, Clock, costs, outgoing, mailbox, new SumsubSimulator(_web.Configuration, Clock)).Map(_web);
        return functions;
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _web.StartAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException ex) when (ex.InnerException is AddressInUseException)
        {
            throw PortTaken(ex);
        }
        var address = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        BaseAddress = new Uri(address);
        if (_web.Configuration[SumsubSimulator.UsesSimulator] is not null)
            _web.Configuration["Kyc:ProviderUrl"] = $"http://127.0.0.1:{BaseAddress.Port}{SumsubSimulator.Path}";
    }

    /// <summary>Asked before anything is started, because an app that already runs is the usual reason.</summary>
    private void CheckPort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, _app.Port);
        try
        {
            probe.Start();
        }
        catch (SocketException ex) when (ex.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw PortTaken(ex);
        }
    }

    private StartupException PortTaken(Exception cause) =>
        new($"Port {_app.Port} is taken. Stop what listens there, or choose another with: dotnet run --project functions -- --port N", cause);

    private void Announce(int functions)
    {
        var offset = Clock.Offset == TimeSpan.Zero ? "" : $"\nThe clock is {Clock.Offset:c} ahead.";
        var address = $"http://localhost:{BaseAddress.Port}";
        Print($"Listening on {address} with {functions} functions, status page {address}/local{offset}");
    }

    private void Print(string line)
    {
        if (_start is null)
            Console.WriteLine(line);
    }

    private sealed class EngineListener(LocalPlatform platform) : ITriggerListener
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            platform.Engine.Start();
            return Task.CompletedTask;
        }

        // The platform stops the engine itself, after the app's own services.
        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
