using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Tests.Webhooks;
using Xunit;

namespace Serverless.Tests.OpenApi;

/// <summary>
/// A partner, its users and an operator use the app, and what is said meanwhile is kept: the examples of the API's
/// documents. The app's clock stands at one moment, and only a step moves it.
/// </summary>
internal sealed partial class Exchanges : IAsyncDisposable
{
    /// <summary>When the examples take place.</summary>
    private static readonly DateTimeOffset Start = new(2026, 11, 30, 14, 0, 0, TimeSpan.Zero);

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly Dictionary<string, string> Happened = new()
    {
        [PartnerEvents.LinkCreated] = "A link was created",
        [PartnerEvents.LinkOpened] = "The person opened it",
        [PartnerEvents.LinkInProgress] = "The person is past the first page",
        [PartnerEvents.LinkCompleted] = "The person confirmed a transfer",
        [PartnerEvents.LinkExpired] = "Nobody used it in time",
        [PartnerEvents.LinkRevoked] = "The partner revoked it",
        [PartnerEvents.DataRequest] = "Data is missing",
        [PartnerEvents.DataRequestFulfilled] = "The partner gave what was missing",
        [PartnerEvents.DataRequestExpired] = "The partner did not answer in time",
        [PartnerEvents.UserStatusChanged] = "A verification began",
        [PartnerEvents.OperationCreated] = "The person confirmed a transfer",
        [PartnerEvents.OperationCancelled] = "The person took it back",
        [PartnerEvents.OperationCompleted] = "The money arrived",
        [PartnerEvents.OperationFailed] = "The payout failed, and the money goes back",
        [PartnerEvents.EndpointTest] = "The partner asked for a test event",
        [PartnerEvents.Kyc] = "The person's kyc.status changed",
    };

    private readonly TestApp _app;
    private readonly Inbox _inbox;
    private readonly StableValues _stable = new();
    private readonly SortedDictionary<string, JsonArray> _files = new(StringComparer.Ordinal);
    private readonly List<string> _unexpected = [];
    private TestPartner _partner = null!;

    private Exchanges(TestApp app, Inbox inbox) => (_app, _inbox) = (app, inbox);

    /// <summary>The files of examples by the name of their function or event.</summary>
    public static async Task<SortedDictionary<string, string>> FilesAsync()
    {
        var app = await TestApp.StartAsync(
            ("PublicBaseUrl", "https://links.example.com"),
            ("Identities:CallsPerMinute", "10000")
        );
        app.Clock.Restore(Start - DateTimeOffset.UtcNow);
        app.Clock.Stand();
        await using var exchanges = new Exchanges(app, await app.NewInboxAsync());
        exchanges._stable.Know(exchanges._inbox.Url, "https://partner.example.com/hook");
        await exchanges.BeginAsync();
        await exchanges.LinksAsync();
        await exchanges.DataRequestsAsync();
        await exchanges.WebhooksAsync();
        await exchanges.IdentitiesAsync();
        await exchanges.KycAsync();
        await exchanges.OperatorAsync();
        await exchanges.AccountAsync();
        exchanges.AddEvents();
        Assert.True(exchanges._unexpected.Count == 0, string.Join("\n", exchanges._unexpected));
        var files = exchanges._files.Select(file =>
            KeyValuePair.Create(file.Key, file.Value.ToJsonString(Readable) + "\n")
        );
        return new(files.ToDictionary(), StringComparer.Ordinal);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>As the partner, with its API key.</summary>
    private Task<JsonNode> PartnerAsync(string call, object? body, int status, string name, string summary) =>
        ExchangeAsync(call, body, status, name, summary, (method, path) => _partner.SendAsync(method, path, body));

    /// <summary>As the partner, signed.</summary>
    private Task<JsonNode> SignedAsync(string call, object? body, int status, string name, string summary) =>
        ExchangeAsync(
            call,
            body,
            status,
            name,
            summary,
            (method, path) => _partner.Identity.SendAsync(method, path, body)
        );

    /// <summary>As the operator, who says its name and, where a reason is given, why.</summary>
    private Task<JsonNode> OperatorAsync(
        string call,
        object? body,
        int status,
        string name,
        string summary,
        string? reason = null
    )
    {
        List<(string, string)> headers = [("X-Operator", "ana.perez@example.com"), ("X-Request-Id", $"req-{name}")];
        if (reason is not null)
            headers.Add(("X-Reason", Uri.EscapeDataString(reason)));
        return ExchangeAsync(
            call,
            body,
            status,
            name,
            summary,
            (method, path) => _app.SendAsync(method, path, body, [.. headers])
        );
    }

    private async Task<JsonNode> ExchangeAsync(
        string call,
        object? body,
        int status,
        string name,
        string summary,
        Func<HttpMethod, string, Task<Reply>> send
    )
    {
        // What is listed newest first has an order only where each thing has a moment of its own.
        await PassAsync(1);
        var parts = call.Split(' ');
        var reply = await send(HttpMethod.Parse(parts[0]), parts[1]);
        if (reply.Status != status)
            _unexpected.Add($"{call}, {name}: {status} was expected, not {reply}");
        await _app.IdleAsync();
        var exchange = new JsonObject
        {
            ["name"] = name,
            ["summary"] = summary,
            ["call"] = _stable.Of(call),
        };
        if (body is not null)
            exchange["request"] = _stable.Of(JsonNode.Parse(TestApp.BytesOf(body)));
        exchange["status"] = reply.Status;
        exchange["answer"] = _stable.Of(reply.Json);
        Add(FunctionOf(parts[0], parts[1].Split('?')[0]), exchange);
        return reply.Json["data"] ?? reply.Json;
    }

    private void Add(string file, JsonObject exchange)
    {
        if (!_files.TryGetValue(file, out var exchanges))
            _files[file] = exchanges = [];
        exchanges.Add(exchange);
    }

    private static string FunctionOf(string method, string path) =>
        FunctionApis
            .All.Where(function => function.Methods.Contains(method) && function.Matcher.TryMatch(path, []))
            .MinBy(function => function.Route.Count(letter => letter == '{'))!
            .Name;

    private Task PassAsync(double seconds) => _app.AdvanceAsync(TimeSpan.FromSeconds(seconds));

    /// <summary>The first webhook of each kind.</summary>
    private void AddEvents()
    {
        foreach (var (name, summary) in Happened)
        {
            var first =
                _inbox
                    .Received.Where(webhook => EventOf(webhook) == name)
                    .OrderBy(webhook => webhook.At)
                    .ThenBy(webhook => webhook.Text, StringComparer.Ordinal)
                    .FirstOrDefault()
                ?? throw new InvalidOperationException($"No webhook told of {name}.");
            Add(
                name,
                new JsonObject
                {
                    ["name"] = "delivered",
                    ["summary"] = summary,
                    ["request"] = _stable.Of(first.Json),
                }
            );
        }
    }

    private static string EventOf(Webhook webhook) =>
        webhook.Json["event"] is { } name ? (string)name! : PartnerEvents.Kyc;

    /// <summary>A receiver that verifies what it gets. Signatures bear the real time, whatever the app's clock says.</summary>
    private void Verify(string secret) =>
        _inbox.Answer = (webhook, http) =>
        {
            http.Response.StatusCode = webhook.Json["event"] is null || IsGenuine(webhook, secret) ? 204 : 401;
            return Task.CompletedTask;
        };

    private static bool IsGenuine(Webhook webhook, string secret)
    {
        var (id, timestamp) = (webhook.Headers["webhook-id"], webhook.Headers["webhook-timestamp"]);
        var sent = DateTimeOffset.FromUnixTimeSeconds(
            long.Parse(timestamp, System.Globalization.CultureInfo.InvariantCulture)
        );
        return (DateTimeOffset.UtcNow - sent).Duration() <= TimeSpan.FromMinutes(5)
            && webhook
                .Headers["webhook-signature"]
                .Split(' ')
                .Contains(Expected.Standard(secret, id, timestamp, webhook.Body));
    }
}
