using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Grpc.Net.Client;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Grpc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Serverless.Functions;
using Serverless.Functions.Events;
using Serverless.Functions.OpenApi;
using Serverless.Local;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Tests;

/// <summary>
/// The whole app and its host in this process, on tables of its own. As a class fixture it is shared by the tests of a
/// class.
/// </summary>
public sealed class TestApp : IAsyncLifetime
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan ShortWait = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Where orchestrations are kept in Azurite, a step of one is noticed only when its queue is looked at.
    /// </summary>
    private static readonly TimeSpan QueuesArePolled = TimeSpan.FromSeconds(4);

    private static readonly string[] Usual =
    [
        .. PartnerEvents.OnByDefault.Where(name => name != PartnerEvents.DataRequest),
    ];

    private static int _count;
    private readonly Dictionary<string, string?> _settings;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private readonly Action<IServiceCollection>? _edges;
    private LocalApp? _app;
    private GrpcChannel? _durable;
    private Receiver? _receiver;
    private int _partners;
    private bool _expectsErrors;

    public TestApp()
        : this([]) { }

    private TestApp(IEnumerable<KeyValuePair<string, string?>> settings, Action<IServiceCollection>? edges = null)
    {
        _edges = edges;
        Prefix = $"t{Environment.ProcessId}x{Interlocked.Increment(ref _count)}";
        _settings = new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = Azurite.ConnectionString,
            ["Storage:TablePrefix"] = Prefix,
            ["Local:DataFolder"] = "memory",
            ["Partners:Environment"] = "sandbox",
            ["Secrets:KeyRing"] = $$"""{"current":"b","keys":{"a":"{{KeyOf('a')}}","b":"{{KeyOf('b')}}"} }""",
            ["Webhooks:AllowPrivateNetworks"] = "true",
            ["Demo:Seed"] = "false",
        };
        if (Azurite.KeepsOrchestrations)
        {
            _settings["Durable:Store"] = "AzureStorage";
            _settings["AzureFunctionsJobHost:extensions:durableTask:hubName"] = Prefix;
        }
        foreach (var (name, value) in settings)
            _settings[name] = value;
    }

    /// <summary>Goes before the name of each of the app's tables.</summary>
    public string Prefix { get; }

    public LocalClock Clock => App.Clock;

    public Uri Address => new($"http://127.0.0.1:{App.BaseAddress.Port}");

    public LocalApp App => _app ?? throw new InvalidOperationException("The app is not started.");

    /// <summary>A client of the app's orchestrations, as functions get it.</summary>
    public DurableTaskClient Durable =>
        new GrpcDurableTaskClient(
            "test",
            new GrpcDurableTaskClientOptions { Channel = _durable ??= GrpcChannel.ForAddress(App.RpcAddress) },
            NullLogger.Instance
        );

    /// <summary>What the app logged, at every level.</summary>
    public CapturedLog Log { get; } = new();

    /// <summary>What the host logged of the app: for example that a function failed.</summary>
    public CapturedLog HostLog { get; } = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<TestApp> StartAsync(params (string Name, string? Value)[] settings)
    {
        var app = new TestApp(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)));
        await app.InitializeAsync();
        return app;
    }

    /// <summary>
    /// The app with other edges to the outside: <paramref name="edges"/> adds to its services last, and so wins.
    /// </summary>
    public static async Task<TestApp> StartAsync(
        Action<IServiceCollection> edges,
        params (string Name, string? Value)[] settings
    )
    {
        var app = new TestApp(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)), edges);
        await app.InitializeAsync();
        return app;
    }

    /// <summary>A second instance of this app on the same tables, with queues and a clock of its own.</summary>
    public Task<TestApp> StartTwinAsync() => StartAsync(("Storage:TablePrefix", Prefix));

    public async ValueTask InitializeAsync()
    {
        _app = await LocalApp.StartAsync(
            typeof(AppServices).Assembly,
            _settings,
            services =>
            {
                services.AddLogging(logging => logging.AddProvider(Log));
                _edges?.Invoke(services);
            },
            HostLog,
            Cancel
        );
    }

    /// <summary>Stops the app and starts it again with what it had stored.</summary>
    public async Task RestartAsync()
    {
        await App.StopAsync();
        _durable?.Dispose();
        _durable = null;
        await InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _durable?.Dispose();
        if (_app is not null)
        {
            // A test may end while something follows from what it did; cut short, it would be logged as failed.
            await _app.Clock.WhenIdleAsync(ShortWait);
            await _app.DisposeAsync();
        }
        if (_receiver is not null)
            await _receiver.DisposeAsync();
        var errors = Log.Errors.Concat(HostLog.Errors).ToList();
        Assert.True(_expectsErrors || errors.Count == 0, $"The app logged errors:\n{string.Join('\n', errors)}");
    }

    /// <summary>
    /// For a test that provokes a fault; in every other app a logged error fails the test or its class.
    /// </summary>
    public void ExpectErrors() => _expectsErrors = true;

    public T Service<T>()
        where T : notnull => App.Services.GetRequiredService<T>();

    public TableClient Table(string name) => Azurite.Tables.GetTableClient(Prefix + name);

    /// <summary>All rows of the table that match a filter.</summary>
    public async Task<List<TableEntity>> RowsAsync(string table, string? filter = null)
    {
        var rows = new List<TableEntity>();
        await foreach (var row in Table(table).QueryAsync<TableEntity>(filter, cancellationToken: Cancel))
            rows.Add(row);
        return rows;
    }

    /// <summary>Waits until everything that was begun is done.</summary>
    public async Task IdleAsync()
    {
        if (Azurite.KeepsOrchestrations)
            await Task.Delay(QueuesArePolled, Cancel);
        Assert.True(
            await Clock.WhenIdleAsync(Timeout, Cancel),
            $"The app does not come to rest: {App.Host.WorkUnderWay}"
        );
    }

    /// <summary>Moves the app's clock; everything that falls due happens on the way.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        await IdleAsync();
        await (Azurite.KeepsOrchestrations ? Task.Delay(by, Cancel) : Clock.AdvanceAsync(by, Cancel));
        await IdleAsync();
    }

    /// <summary>A place that receives webhooks and remembers them.</summary>
    public async Task<Inbox> NewInboxAsync() =>
        (_receiver ??= await Receiver.StartAsync(Cancel)).NewInbox(() => Clock.GetUtcNow());

    /// <summary>
    /// A new partner, created as an operator would. Unless a test says otherwise, it hears of what it hears by default,
    /// but is not asked for data: that would come with every link that is created without some.
    /// </summary>
    public async Task<TestPartner> NewPartnerAsync(
        Inbox? webhooks = null,
        string[]? events = null,
        object? settings = null
    )
    {
        var id = $"p{Interlocked.Increment(ref _partners)}-{Prefix}";
        var body = new
        {
            partnerId = id,
            name = "A partner",
            webhookUrl = webhooks?.Url,
            webhookEvents = events ?? Usual,
            settings,
        };
        var reply = await PostAsync("/operator/partners", body);
        reply.Is(201);
        return new TestPartner(this, id, (string)reply.Data["apiKey"]!, (string)reply.Data["webhookSecret"]!)
        {
            Identity = new TestIdentityClient(
                this,
                (string)reply.Data["identityApiKey"]!,
                (string)reply.Data["identityApiSecret"]!
            ),
        };
    }

    public Task<Reply> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, null, headers);

    public Task<Reply> PostAsync(string path, object? body = null, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, body, headers);

    /// <summary>
    /// Sends a request; <paramref name="body"/> is JSON text, bytes, content, or an object to serialise.
    /// </summary>
    public async Task<Reply> SendAsync(
        HttpMethod method,
        string path,
        object? body,
        params (string Name, string Value)[] headers
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(Address, path));
        request.Content = body switch
        {
            null => null,
            HttpContent content => content,
            string json => new StringContent(json, Encoding.UTF8, "application/json"),
            _ => new ByteArrayContent(BytesOf(body))
            {
                Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
            },
        };
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request, Cancel);
        var reply = await Reply.ReadAsync(response);
        Assert.True(
            reply.Status < 500,
            $"{method} {path}: {reply}\n{string.Join("\n", Log.Errors.Concat(HostLog.Errors))}"
        );
        var contract = await ApiContract.OfAsync(Service<ApiDocuments>());
        contract.Check(method, path, reply);
        return reply;
    }

    /// <summary>A body as it is sent.</summary>
    public static byte[] BytesOf(object? body) =>
        body switch
        {
            null => [],
            byte[] bytes => bytes,
            string json => Encoding.UTF8.GetBytes(json),
            _ => JsonSerializer.SerializeToUtf8Bytes(body, Bodies),
        };

    private static readonly JsonSerializerOptions Bodies = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    private static string KeyOf(char fill) => Convert.ToBase64String(Encoding.ASCII.GetBytes(new string(fill, 32)));
}
