using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;
using Serverless.Functions.HmacAuth;
using Serverless.Functions.Links;
using Serverless.Functions.Storage;
using Serverless.Local;
using Serverless.Local.Hosting;

namespace Serverless.Benchmarks;

/// <summary>A link of the load, and the partner that it belongs to.</summary>
internal sealed record BenchLink(string Id, string Reference, string PartnerId, string ApiKey);

/// <summary>The app in this process with its partners, as a load generator sees it.</summary>
internal sealed class BenchApp : IAsyncDisposable
{
    public const int Partners = 4;

    private static readonly string[] LinkEvents =
    [
        PartnerEvents.LinkCreated,
        PartnerEvents.LinkOpened,
        PartnerEvents.LinkExpired,
    ];
    private readonly LocalApp _app;
    private readonly DirectoryInfo _folder;
    private readonly HttpClient _http;
    private readonly List<(string Id, string Key)> _partners = [];
    private readonly List<(string Key, byte[] Secret)> _identityKeys = [];
    private long _lastNonce;

    private BenchApp(LocalApp app, DirectoryInfo folder)
    {
        (_app, _folder) = (app, folder);
        _http = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null })
        {
            BaseAddress = new UriBuilder(app.BaseAddress) { Host = "127.0.0.1" }.Uri,
        };
    }

    /// <summary>A service of the app.</summary>
    public T Service<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>The app's clock.</summary>
    public TimeProvider Time => _app.Clock;

    public AppTables Tables => _app.Services.GetRequiredService<AppTables>();

    public ConcurrentQueue<BenchLink> Links { get; private set; } = new();

    /// <param name="azurite">Where the tables are.</param>
    /// <param name="webhookUrl">Receives all events.</param>
    /// <param name="tablePrefix">Keeps its tables apart.</param>
    /// <param name="followUp">False leaves what follows from events undone, to measure requests alone.</param>
    /// <param name="webhookEvents">What the partners subscribe to; the events of links if not given.</param>
    public static Task<BenchApp> StartAsync(
        AzuriteProcess azurite,
        string webhookUrl,
        string tablePrefix,
        bool followUp,
        IReadOnlyList<string>? webhookEvents = null
    ) => StartAsync(azurite, [.. Enumerable.Repeat(webhookUrl, Partners)], tablePrefix, followUp, webhookEvents);

    /// <param name="azurite">Where the tables are.</param>
    /// <param name="webhookUrls">One for each partner.</param>
    /// <param name="tablePrefix">Keeps its tables apart.</param>
    /// <param name="followUp">False leaves what follows from events undone, to measure requests alone.</param>
    /// <param name="webhookEvents">What the partners subscribe to; the events of links if not given.</param>
    public static async Task<BenchApp> StartAsync(
        AzuriteProcess azurite,
        IReadOnlyList<string> webhookUrls,
        string tablePrefix,
        bool followUp,
        IReadOnlyList<string>? webhookEvents = null
    )
    {
        var folder = Directory.CreateTempSubdirectory("benchmark-");
        var settings = new Dictionary<string, string?>
        {
            ["AzureWebJobsStorage"] = azurite.ConnectionString,
            ["Storage:TablePrefix"] = tablePrefix,
            ["Local:DataFolder"] = folder.FullName,
            ["Demo:Seed"] = "false",
            ["Logging:LogLevel:Default"] = "Warning",
            ["AzureWebJobs.FollowUpEvent.Disabled"] = followUp ? "false" : "true",
        };
        var app = new BenchApp(await LocalApp.StartAsync(typeof(CreateLink).Assembly, settings), folder);
        for (var i = 0; i < webhookUrls.Count; i++)
        {
            var id = $"bench-{i}";
            var created = await app.SendAsync(
                HttpMethod.Post,
                "/operator/partners",
                null,
                HttpStatusCode.Created,
                new
                {
                    partnerId = id,
                    name = id,
                    webhookUrl = webhookUrls[i],
                    webhookEvents = webhookEvents ?? LinkEvents,
                }
            );
            app._partners.Add((id, created.GetProperty("apiKey").GetString()!));
            app._identityKeys.Add(
                (
                    created.GetProperty("identityApiKey").GetString()!,
                    Encoding.UTF8.GetBytes(created.GetProperty("identityApiSecret").GetString()!)
                )
            );
        }
        return app;
    }

    /// <summary>The API key of the partner whose person this is.</summary>
    public string KeyOf(int number) => _partners[number % _partners.Count].Key;

    public async Task CreateAsync(int number)
    {
        var (partner, key) = _partners[number % _partners.Count];
        var reference = $"person-{number}";
        var link = await SendAsync(
            HttpMethod.Post,
            "/partner/links",
            key,
            HttpStatusCode.Created,
            new
            {
                referenceId = reference,
                expiresInMinutes = 60,
                userData = new
                {
                    name = new { firstName = "Maria", lastName = "Garcia" },
                    dob = "1990-05-17",
                    paymentMethod = new
                    {
                        type = "bank_account",
                        bankAccount = new { country = "DE", accountNumber = "DE89370400440532013000" },
                    },
                },
                metadata = new { order = number },
            }
        );
        Links.Enqueue(new BenchLink(link.GetProperty("linkId").GetString()!, reference, partner, key));
    }

    public Task GetAsync(BenchLink link) =>
        SendAsync(HttpMethod.Get, $"/partner/links/{link.Id}", link.ApiKey, HttpStatusCode.OK);

    public Task OpenAsync(BenchLink link) =>
        SendAsync(HttpMethod.Post, $"/widget/links/{link.Id}/open", null, HttpStatusCode.OK);

    public string PartnerOf(int number) => _partners[number % Partners].Id;

    public static string IdentityOf(int number) => $"identity-{number}";

    public Task CreateIdentityAsync(int number) =>
        SendSignedAsync(
            number,
            HttpMethod.Post,
            "/eapi/v0/identities/basic",
            HttpStatusCode.Created,
            new
            {
                identityReference = IdentityOf(number),
                email = $"person-{number}@example.org",
                givenName = "Maria",
                surname = "Garcia",
                dateOfBirth = "1990-05-17",
            }
        );

    public Task GetIdentityByEmailAsync(int number) =>
        SendSignedAsync(
            number,
            HttpMethod.Get,
            $"/eapi/v0/identities/any-ref?email=person-{number}%40example.org",
            HttpStatusCode.OK,
            null
        );

    public Task CheckEligibilityAsync(int number) =>
        SendSignedAsync(
            number,
            HttpMethod.Post,
            "/eapi/v0/identities/transactions/eligibility",
            HttpStatusCode.Accepted,
            new
            {
                identityReference = IdentityOf(number),
                method = "sepa-bank-transfer",
                transactionType = "ONRAMP",
                fiat = "EUR",
                crypto = "BTC",
                blockchain = "BTC",
                fiatAmount = "100.00",
            }
        );

    /// <summary>Microseconds, as nonces have them.</summary>
    public static long NonceAt(DateTimeOffset at) =>
        (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Billable storage transactions so far by function.</summary>
    public async Task<Dictionary<string, long>> CostsAsync()
    {
        var costs = await SendAsync(HttpMethod.Get, "/local/costs", null, HttpStatusCode.OK);
        return costs
            .GetProperty("operations")
            .EnumerateArray()
            .ToDictionary(
                operation => operation.GetProperty("operation").GetString()!,
                operation => operation.GetProperty("total").GetInt64()
            );
    }

    /// <summary>Begins a new window of the rate limits.</summary>
    public Task PassMinuteAsync() => _app.Clock.AdvanceAsync(TimeSpan.FromSeconds(61));

    /// <summary>Waits until all that follows from the requests is done.</summary>
    public async Task WhenIdleAsync()
    {
        if (!await _app.Clock.WhenIdleAsync(TimeSpan.FromMinutes(2)))
            throw new TimeoutException("The app is still busy after two minutes.");
    }

    /// <summary>
    /// Wakes the app up later: all that is due by then falls due at once, as after a pause of the machine. (The clock's
    /// own advance takes one due time after the other.)
    /// </summary>
    /// <returns>Completes when all of it has begun.</returns>
    public Task WakeUpLater(TimeSpan by)
    {
        _app.Clock.Restore(_app.Clock.Offset + by);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Any change of a timer makes the clock look again at what is due; this one is the last of it.
        _app.Clock.CreateTimer(_ => begun.TrySetResult(), null, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        return begun.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>
    /// A request to the identity API, signed by the partner whose person this is.
    /// </summary>
    private async Task SendSignedAsync(
        int number,
        HttpMethod method,
        string target,
        HttpStatusCode expected,
        object? body
    )
    {
        var (key, secret) = _identityKeys[number % Partners];
        var bytes = body is null ? [] : JsonSerializer.SerializeToUtf8Bytes(body);
        var nonce = NextNonce().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(method, target)
        {
            Content = body is null
                ? null
                : new ByteArrayContent(bytes)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                },
        };
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"Bearer {key}:{HmacSignature.Compute(secret, method.Method, target, nonce, bytes)}:{nonce}"
        );
        using var answer = await _http.SendAsync(request);
        if (answer.StatusCode != expected)
            throw new InvalidOperationException(
                $"{method} {target}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
            );
        await answer.Content.ReadAsByteArrayAsync();
    }

    /// <summary>By the wall clock, which signatures are judged by; never the same twice.</summary>
    private long NextNonce()
    {
        while (true)
        {
            var last = Interlocked.Read(ref _lastNonce);
            var next = Math.Max(last + 1, NonceAt(DateTimeOffset.UtcNow));
            if (Interlocked.CompareExchange(ref _lastNonce, next, last) == last)
                return next;
        }
    }

    /// <param name="method">Of the request.</param>
    /// <param name="path">Of the request.</param>
    /// <param name="apiKey">The partner's key.</param>
    /// <param name="expected">Any other status is an error.</param>
    /// <param name="body">Sent as JSON.</param>
    /// <param name="session">The widget's session.</param>
    public async Task<JsonElement> SendAsync(
        HttpMethod method,
        string path,
        string? apiKey,
        HttpStatusCode expected,
        object? body = null,
        string? session = null
    )
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null : JsonContent.Create(body),
        };
        if (apiKey is not null)
            request.Headers.Add("X-API-Key", apiKey);
        if (session is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", session);
        using var answer = await _http.SendAsync(request);
        var json = JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync());
        if (answer.StatusCode != expected)
            throw new InvalidOperationException($"{method} {path}: {(int)answer.StatusCode} {json}");
        return json.TryGetProperty("data", out var data) ? data : json;
    }
}
