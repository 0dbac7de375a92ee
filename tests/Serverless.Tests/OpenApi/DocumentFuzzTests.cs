using System.Globalization;
using System.Text.Json.Nodes;
using Serverless.Functions.OpenApi;
using Xunit;

namespace Serverless.Tests.OpenApi;

/// <summary>
/// Requests made out of the documents: valid ones, ones that break one rule, and hostile ones. Every answer is one that
/// the document describes (<see cref="ApiContract"/>), none is a 5xx, and what the document forbids is refused.
/// </summary>
/// <remarks>
/// <c>FUZZ_REQUESTS</c> says how many (2,000 where it is not set), <c>FUZZ_SEED</c> repeats a run.
/// </remarks>
public sealed class DocumentFuzzTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int PartnersInUse = 8;

    /// <summary>Not tried: they call out to wherever the request says, one after the other for seconds.</summary>
    private static readonly string[] Outbound = ["probeWebhookEndpoint", "testWebhookEndpoint"];

    private readonly int _seed = Setting("FUZZ_SEED") ?? Random.Shared.Next();
    private readonly int _requests = Setting("FUZZ_REQUESTS") ?? 2000;
    private readonly TestApp _app = new();
    private readonly List<FuzzedPartner> _partners = [];
    private readonly Dictionary<string, (int Good, int Refused)> _seen = [];
    private Random _random = new();
    private string _url = "";

    public async ValueTask InitializeAsync()
    {
        _random = new Random(_seed);
        await _app.InitializeAsync();
        _url = (await _app.NewInboxAsync()).Url;
        for (var made = 0; made < PartnersInUse; made++)
            _partners.Add(await FuzzedPartner.NewAsync(_app));
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    [Fact]
    public async Task Every_answer_to_a_made_request_is_one_that_the_document_describes()
    {
        var operations = (await DocumentedOperation.OfAsync(_app)).FindAll(known => !Outbound.Contains(known.Id));
        for (var at = 0; at < _requests; at++)
        {
            // A window of calls each: the limits are tested elsewhere.
            if (at % 400 == 399)
                await _app.AdvanceAsync(TimeSpan.FromSeconds(61));
            await TryAsync(operations[_random.Next(operations.Count)], at);
        }
        foreach (var (id, (good, refused)) in _seen.OrderBy(known => known.Key))
            output.WriteLine($"{id}: {good} succeeded, {refused} were refused");
        // The test would prove little if all were refused before they were read.
        Assert.True(
            _seen.Count(known => known.Value.Good > 0) > operations.Count / 2,
            $"seed {_seed}: too few succeeded"
        );
    }

    private async Task TryAsync(DocumentedOperation operation, int at)
    {
        var manner = (Manner)_random.Next(3);
        var partner = _partners[_random.Next(_partners.Count)];
        var maker = new RequestMaker(operation.Document, _random, name => KnownValue(partner, name));
        var (body, broken) = BodyFor(operation, maker, manner);
        var target = Target(operation, maker, partner, manner, broken is null);
        var what = $"seed {_seed}, request {at}: {manner} {operation.Method} {target} {broken} {Shown(body)}";
        Reply reply;
        try
        {
            reply = await partner.SendAsync(operation, target, body, Headers(manner));
        }
        catch (Exception wrong) when (wrong is not OperationCanceledException)
        {
            throw new InvalidOperationException(what, wrong);
        }
        var (good, refused) = _seen.GetValueOrDefault(operation.Id);
        _seen[operation.Id] = reply.Status < 300 ? (good + 1, refused) : (good, refused + 1);
        if (broken is not null)
            Assert.True(reply.Status is >= 400, $"{what}: {reply}");
        partner.Remember(reply);
    }

    private (byte[]? Body, string? Broken) BodyFor(DocumentedOperation operation, RequestMaker maker, Manner manner)
    {
        if (operation.Body is not { } schema)
            return (null, null);
        var valid = maker.Valid(schema, "")!.AsObject();
        string? broken = null;
        switch (manner)
        {
            case Manner.NearlyValid:
                broken = maker.Break(valid, schema);
                break;
            case Manner.Hostile when _random.Next(3) == 0:
                return (maker.Pick(RequestMaker.NastyBodies), null);
            case Manner.Hostile:
                foreach (var name in valid.Select(member => member.Key).ToList())
                    if (_random.Next(3) == 0)
                        valid[name] = maker.Anything();
                valid[maker.Pick(RequestMaker.Nasty)] = maker.Anything();
                break;
            default:
                break;
        }
        return (TestApp.BytesOf(valid.ToJsonString()), broken);
    }

    /// <summary>The path with its parameters, and the query.</summary>
    private string Target(
        DocumentedOperation operation,
        RequestMaker maker,
        FuzzedPartner partner,
        Manner manner,
        bool mayBreak
    )
    {
        var path = operation.Path;
        foreach (var parameter in operation.Parameters.Where(one => (string)one["in"]! == "path"))
        {
            var name = (string)parameter["name"]!;
            var value = KnownValue(partner, name) ?? (string)parameter["example"]!;
            if (manner == Manner.Hostile && mayBreak && _random.Next(3) == 0)
                value = string.Concat(maker.Pick(RequestMaker.Nasty).Take(200));
            // The web server itself refuses a zero byte, however it is written, with a 400 of its own.
            value = value.Replace("%00", "", StringComparison.Ordinal).Replace("\0", "", StringComparison.Ordinal);
            // A segment that is empty or of dots is another path.
            value = value.Trim('.', ' ') is { Length: > 0 } ? value : "x";
            path = path.Replace($"{{{name}}}", Uri.EscapeDataString(value), StringComparison.Ordinal);
        }
        var query = operation
            .Parameters.Where(one => (string)one["in"]! == "query" && _random.Next(3) == 0)
            .Select(one => $"{one["name"]}={Uri.EscapeDataString(QueryValue(one, maker, manner))}")
            .ToList();
        if (manner == Manner.Hostile && _random.Next(4) == 0)
            query.Add("nosuch=1");
        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }

    private string QueryValue(JsonNode parameter, RequestMaker maker, Manner manner) =>
        manner == Manner.Hostile && _random.Next(2) == 0
            // The web server itself refuses a longer target with 414.
            ? string.Concat(maker.Pick(RequestMaker.Nasty).Take(500))
            : maker.Valid(parameter["schema"], (string)parameter["name"]!)?.ToString() ?? "";

    private (string, string)[] Headers(Manner manner) =>
        manner == Manner.Hostile && _random.Next(5) == 0 ? [("Idempotency-Key", new string('k', _random.Next(1, 300)))]
        : _random.Next(3) == 0 ? [("Idempotency-Key", Guid.NewGuid().ToString())]
        : [];

    /// <summary>A value that exists, or a fresh one, for a name that stands for something.</summary>
    private string? KnownValue(FuzzedPartner partner, string name) =>
        name switch
        {
            "referenceId" or "identityReference" or "reference" => _random.Next(3) == 0
                ? FuzzedPartner.NewName("cust-")
                : partner.Any("reference", _random) ?? FuzzedPartner.NewName("cust-"),
            "email" => $"{FuzzedPartner.NewName("person")}@example.com",
            "partnerId" => FuzzedPartner.NewName("fz"),
            "id" => partner.Victim,
            "partnerRef" => partner.Id,
            "callbackUrl" or "url" or "webhookUrl" or "kycWebhookUrl" => _url,
            "linkId" or "dataRequestId" or "operationId" or "deliveryId" or "mergeId" => partner.Any(name, _random),
            _ => null,
        };

    private static string Shown(byte[]? body) =>
        body is null ? "" : System.Text.Encoding.UTF8.GetString(body, 0, Math.Min(600, body.Length));

    private static int? Setting(string name) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value)
            ? value
            : null;
}

/// <summary>A partner whose things are tried, and another one that operators' requests may spoil.</summary>
internal sealed class FuzzedPartner
{
    private static int _names;
    private readonly TestApp _app;
    private readonly TestPartner _partner;
    private readonly Dictionary<string, List<string>> _known = [];

    private FuzzedPartner(TestApp app, TestPartner partner, string victim) =>
        (_app, _partner, Victim) = (app, partner, victim);

    public string Id => _partner.Id;

    public string Victim { get; }

    public static async Task<FuzzedPartner> NewAsync(TestApp app)
    {
        var settings = new
        {
            otpEnabled = true,
            standaloneKyc = true,
            reliance = true,
        };
        var victim = await app.NewPartnerAsync();
        return new FuzzedPartner(app, await app.NewPartnerAsync(settings: settings), victim.Id);
    }

    public static string NewName(string begin) =>
        $"{begin}{Interlocked.Increment(ref _names).ToString(CultureInfo.InvariantCulture)}";

    /// <summary>One of the ids that were seen; null before.</summary>
    public string? Any(string name, Random random) =>
        _known.TryGetValue(name, out var values) ? values[random.Next(values.Count)] : null;

    public Task<Reply> SendAsync(DocumentedOperation operation, string target, byte[]? body, (string, string)[] headers)
    {
        if (operation.IsSigned)
            return _partner.Identity.SendAsync(operation.Method, target, body, signing: null, headers);
        return operation.Api == ApiDescription.Operator
            ? _app.SendAsync(operation.Method, target, body, headers)
            : _partner.SendAsync(operation.Method, target, body, headers);
    }

    /// <summary>Remembers the ids in an answer.</summary>
    public void Remember(Reply reply)
    {
        if (reply.Status < 300 && reply.MediaType == "application/json")
            Remember(reply.Json);
    }

    private void Remember(JsonNode? node)
    {
        if (node is JsonArray items)
            foreach (var item in items)
                Remember(item);
        if (node is not JsonObject members)
            return;
        foreach (var (name, value) in members)
            if (value is JsonValue && value.GetValueKind() == System.Text.Json.JsonValueKind.String)
                Keep(name is "referenceId" or "identityReference" ? "reference" : name, (string)value!);
            else
                Remember(value);
    }

    private void Keep(string name, string value)
    {
        const int Most = 40;
        if (!_known.TryGetValue(name, out var values))
            _known[name] = values = [];
        if (values.Count < Most)
            values.Add(value);
    }
}
