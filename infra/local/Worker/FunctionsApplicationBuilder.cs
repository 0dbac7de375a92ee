using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serverless.Local.Hosting;
using Serverless.Local.Mail;
using Serverless.Local.Sumsub;
using Serverless.Local.Time;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Builds a functions app.</summary>
public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
{
    private const int StandardPort = 7071;

    /// <summary>What Azure's host accepts unless told otherwise.</summary>
    private const long MaxRequestBody = 100 * 1024 * 1024;

    private readonly LocalAppStart? _start = LocalAppStart.Current;
    private readonly WebApplicationBuilder _web;
    private readonly Assembly _app;
    private readonly string _folder;
    private readonly int _port;
    private readonly MailServer? _mail;
    private readonly List<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> _middleware = [];
    private bool _hasWeb;
    private bool _middlewareBeforeWeb;
    private bool _built;

    internal FunctionsApplicationBuilder(string[] args)
    {
        _app = _start?.App ?? Assembly.GetEntryAssembly() ?? throw new StartupException("There is no entry assembly to look for functions in.");
        _folder = LocalSettings.FolderOf(_app);
        _port = LocalSettings.Port(args, _start is null ? StandardPort : 0);

        var settings = new ConfigurationBuilder();
        LocalSettings.Add(settings, _folder, args, _start?.Settings ?? []);
        var values = settings.Build();
        _web = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = _app.GetName().Name,
            ContentRootPath = _folder,
            EnvironmentName = values["AZURE_FUNCTIONS_ENVIRONMENT"] ?? Environments.Development,
        });
        foreach (var source in settings.Sources)
            ((IConfigurationBuilder)_web.Configuration).Add(source);
        if (_start is not null)
            _web.Configuration.AddInMemoryCollection(ServiceBusNamespaces.Isolate(values));
        _mail = MailServer.For(_web.Configuration, values);
        HostJson = HostJson.Read(_folder, values);
        ((IConfigurationBuilder)_web.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = [.. HostJson.LogLevels, .. SumsubSimulator.StandardSettings(values)] });
        AddDefaults();
    }

    /// <summary>For extensions of the builder.</summary>
    public IDictionary<object, object> Properties => ((IHostApplicationBuilder)_web).Properties;

    /// <summary>Settings: local.settings.json, environment variables, command line.</summary>
    public ConfigurationManager Configuration => _web.Configuration;

    IConfigurationManager IHostApplicationBuilder.Configuration => _web.Configuration;

    /// <summary>Name and root of the app.</summary>
    public IHostEnvironment Environment => _web.Environment;

    /// <summary>Logging.</summary>
    public ILoggingBuilder Logging => _web.Logging;

    /// <summary>Metrics.</summary>
    public IMetricsBuilder Metrics => _web.Metrics;

    /// <summary>Services.</summary>
    public IServiceCollection Services => _web.Services;

    internal HostJson HostJson { get; }

    /// <summary>Builds the host, once.</summary>
    /// <exception cref="InvalidOperationException">It was built before.</exception>
    public IHost Build()
    {
        if (_built)
            throw new InvalidOperationException("Build can only be called once.");
        _built = true;
        var listeners = new TriggerListeners();
        Services.AddSingleton<IHostedService>(listeners);
        var app = new LocalAppDescription(_start?.Types ?? _app.GetTypes(), _folder, _port, _hasWeb, _middlewareBeforeWeb, _middleware);
        return new LocalHost(_web.Build(), app, HostJson, listeners, _mail, _start);
    }

    /// <summary>Replaces the container.</summary>
    public void ConfigureContainer<TContainerBuilder>(IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
        where TContainerBuilder : notnull =>
        ((IHostApplicationBuilder)_web).ConfigureContainer(factory, configure);

    /// <summary>Adds a middleware; the first one added is the outermost.</summary>
    /// <exception cref="InvalidOperationException">The app is built.</exception>
    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware)
    {
        ArgumentNullException.ThrowIfNull(middleware);
        if (_built)
            throw new InvalidOperationException("Middleware cannot be added after the app has been built.");
        _middleware.Add(middleware);
        return this;
    }

    internal void UseWeb()
    {
        _middlewareBeforeWeb |= !_hasWeb && _middleware.Count > 0;
        _hasWeb = true;
    }

    private void AddDefaults()
    {
        _web.Logging.AddConfiguration(_web.Configuration.GetSection("Logging"));
        if (_start is null)
            _web.Logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss ";
            });
        _web.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBody;
            kestrel.Listen(IPAddress.Loopback, _port, endpoint => endpoint.Protocols = HttpProtocols.Http1);
        });
        // The same strictness everywhere, so that a captive scoped service shows on the first run.
        ConfigureContainer(new DefaultServiceProviderFactory(new ServiceProviderOptions { ValidateScopes = true, ValidateOnBuild = true }));
        Services.AddSingleton(_ => new LocalClock());
        Services.AddSingleton<TimeProvider>(services => services.GetRequiredService<LocalClock>());
        Services.AddRouting();
        Services.AddMvcCore();
        Services.AddOptions<WorkerOptions>();
        Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        Services.Configure<ConsoleLifetimeOptions>(console => console.SuppressStatusMessages = true);
    }
}

/// <summary>Adds ASP.NET Core to a functions app.</summary>
public static class FunctionsApplicationBuilderAspNetCoreExtensions
{
    /// <summary>Lets functions take <c>HttpRequest</c> and return <c>IResult</c>. Call it before adding middleware.</summary>
    public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.UseWeb();
        return builder;
    }
}
