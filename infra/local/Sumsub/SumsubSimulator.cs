using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace Serverless.Local.Sumsub;

/// <summary>
/// What donor and recipient of Reusable KYC call at Sumsub, under <c>/local/sumsub</c>: signed requests, one use a
/// token, results by the app's clock. The last word of a token, or of the donor's name for a person, decides what
/// happens (README).
/// </summary>
internal sealed class SumsubSimulator(IConfiguration configuration, TimeProvider clock)
{
    public const string Path = "/local/sumsub";

    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Slow = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    private const int MaxBody = 64 * 1024;
    private const int IdLength = 24;
    private const int SealLength = 8;
    private const string Approved = "approved";

    /// <summary>The words that decide something.</summary>
    private static readonly string[] Words =
    [
        "rejected",
        "retry",
        "pending-2m",
        "never",
        "incomplete",
        "expired",
        "unknown",
        "foreign",
        "down",
        "dead",
        Approved,
    ];

    /// <summary>Until when a token that was made here is good, and the donor's own name for an applicant.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _made = new();
    private readonly ConcurrentDictionary<string, string> _users = new();

    /// <summary>When a token was first seen, and the applicant that it became.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new();
    private readonly ConcurrentDictionary<string, string> _used = new();
    private readonly ConcurrentDictionary<string, string> _byUser = new();

    /// <summary>
    /// An applicant's fate. It begins the applicant's id, before the second at which it is known: a restart changes
    /// nothing. A seal at the end tells an applicant from any other id.
    /// </summary>
    private enum Fate
    {
        Approved = 0xA0,
        Rejected = 0xA1,
        Retry = 0xA2,
        Never = 0xA3,
        Incomplete = 0xA4,
    }

    /// <summary>
    /// The settings that let the app use this simulator where it is told of no provider; none where it is.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> StandardSettings(IConfiguration configured) =>
        configured["Kyc:Level"] is null
        && configured["Kyc:ProviderUrl"] is null
        && configured["Secrets:KycAppToken"] is null
        && configured["Secrets:KycSecretKey"] is null
            ?
            [
                new("Kyc:Level", "local-level"),
                new("Secrets:KycAppToken", "sbx:local-app-token"),
                new("Secrets:KycSecretKey", "local-secret-key"),
            ]
            : [];

    public void Map(IEndpointRouteBuilder local)
    {
        var sumsub = local.MapGroup("sumsub/resources");
        // Not of HttpContext: such a lambda would be taken for one that writes its answer itself.
        sumsub.MapGet("status/api", (HttpRequest http) => SignedAsync(http, _ => Results.Json(new { status = "OK" })));
        sumsub.MapPost("applicants", (HttpRequest http) => SignedAsync(http, Create));
        sumsub.MapGet("applicants/{id}/one", (HttpRequest http, string id) => SignedAsync(http, _ => Find(id)));
        sumsub.MapGet(
            "applicants/{id}/status",
            (HttpRequest http, string id) => SignedAsync(http, _ => FindStatus(id))
        );
        sumsub.MapPost("accessTokens/shareToken", (HttpRequest http) => SignedAsync(http, MakeToken));
        // As it was called before, with its members in the query.
        sumsub.MapPost("accessTokens/-/shareToken", (HttpRequest http) => SignedAsync(http, MakeToken));
        sumsub.MapPost(
            "api/reusableIdentity/reuse",
            (HttpRequest http) => SignedAsync(http, sent => Reuse(sent.Query))
        );
    }

    /// <summary>Sumsub's clients sign method, path below the base address, query and body.</summary>
    private async Task<IResult> SignedAsync(HttpRequest request, Func<Sent, IResult> answer)
    {
        var http = request.HttpContext;
        string One(string header) => request.Headers[header] is [{ } value] ? value : "";
        var timestamp = One("X-App-Access-Ts");
        if (One("X-App-Token") != configuration["Secrets:KycAppToken"])
            return Error(401, 4000, "app-token-invalid", "The app token is unknown.");
        if (
            !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || (TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration()
                > ClockTolerance
        )
            return Error(401, 4004, "app-token-ts-invalid", "The timestamp is not the present.");
        var body = new byte[MaxBody + 1];
        var length = await request.Body.ReadAtLeastAsync(
            body,
            body.Length,
            throwOnEndOfStream: false,
            http.RequestAborted
        );
        if (length > MaxBody)
            return Error(413, null, null, "The body is too large.");
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var below = target.StartsWith(Path, StringComparison.OrdinalIgnoreCase) ? target[Path.Length..] : target;
        byte[] signed = [.. Encoding.UTF8.GetBytes(timestamp + request.Method + below), .. body[..length]];
        var expected = Convert.ToHexStringLower(Mac(signed));
        return CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(expected),
            Encoding.ASCII.GetBytes(One("X-App-Access-Sig"))
        )
            ? answer(new Sent(request.Query, MembersOf(body.AsMemory(0, length))))
            : Error(401, 4003, "app-token-signature-mismatch", "The signature is not that of this request.");
    }

    private byte[] Mac(byte[] bytes) =>
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(configuration["Secrets:KycSecretKey"] ?? ""), bytes);

    /// <summary>The texts and numbers of a JSON object; none of what is no such object.</summary>
    private static Dictionary<string, string> MembersOf(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return json.RootElement.ValueKind != JsonValueKind.Object
                ? []
                : json
                    .RootElement.EnumerateObject()
                    .Where(member => member.Value.ValueKind is JsonValueKind.String or JsonValueKind.Number)
                    .GroupBy(member => member.Name)
                    .ToDictionary(member => member.Key, member => member.First().Value.ToString());
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            return [];
        }
    }

    /// <summary>
    /// The donor's own applicant; what becomes of it, and of its tokens, says the last word of its external id.
    /// </summary>
    private IResult Create(Sent sent)
    {
        var user = sent["externalUserId"];
        if (user.Length == 0 || sent.Query["levelName"].ToString().Length == 0)
            return Error(400, null, null, "externalUserId and levelName are required.");
        var applicant = NewApplicant(EndingOf(user));
        if (!_byUser.TryAdd(user, applicant))
            return Error(409, null, null, "An applicant with this external user id exists.");
        _users[applicant] = user;
        return Results.Json(View(applicant), statusCode: StatusCodes.Status201Created);
    }

    /// <summary>A token of the donor's, for the recipient to use once within its time.</summary>
    private IResult MakeToken(Sent sent)
    {
        const int Shortest = 1,
            Longest = 24 * 60 * 60,
            Usually = 20 * 60;
        var (applicant, client) = (sent["applicantId"], sent["forClientId"]);
        if (applicant.Length == 0 || client.Length == 0)
            return Error(400, null, null, "applicantId and forClientId are required.");
        if (!IsApplicant(applicant))
            return Error(404, null, null, "Applicant not found.");
        var asked = int.TryParse(sent["ttlInSecs"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : Usually;
        var word = _users.TryGetValue(applicant, out var user) ? EndingOf(user) : EndingOf(FateOf(applicant));
        var token = $"_act-{Guid.NewGuid()}-{word}";
        _made[token] = clock.GetUtcNow().AddSeconds(Math.Clamp(asked, Shortest, Longest));
        return Results.Json(new { token, forClientId = client });
    }

    private IResult Reuse(IQueryCollection query)
    {
        var (token, level, user) = (
            query["shareToken"].ToString(),
            query["levelName"].ToString(),
            query["userId"].ToString()
        );
        if (token.Length == 0 || level.Length == 0)
            return Error(400, null, null, "shareToken and levelName are required.");
        var now = clock.GetUtcNow();
        var first = _seen.GetOrAdd(token, now);
        if (
            token.EndsWith("-dead", StringComparison.Ordinal)
            || (token.EndsWith("-down", StringComparison.Ordinal) && now < first + Outage)
        )
            return Error(503, null, null, "Out of service.");
        if (token.EndsWith("-expired", StringComparison.Ordinal))
            return Error(401, null, null, "Token is invalid: it has expired.");
        if (token.EndsWith("-unknown", StringComparison.Ordinal))
            return Error(400, 10503, "invalid-share-token", "The provided share token is malformed or expired.");
        if (token.EndsWith("-foreign", StringComparison.Ordinal))
            return Error(
                400,
                10501,
                "not-in-partners-list",
                "Reusing applicants is not allowed since the target is not your partner."
            );

        if (_made.TryGetValue(token, out var until) && now >= until)
            return Error(401, null, null, "Token is invalid: it has expired.");

        var applicant = NewApplicant(EndingOf(token));
        if (!_used.TryAdd(token, applicant))
            return Error(401, null, null, "Token is invalid: it was used.");
        _byUser.TryAdd(user, applicant);
        return Show(applicant);
    }

    private IResult Find(string id)
    {
        const string ByUser = "-;externalUserId=";
        var applicant = id.StartsWith(ByUser, StringComparison.Ordinal)
            ? _byUser.GetValueOrDefault(id[ByUser.Length..])
            : id;
        return applicant is not null && IsApplicant(applicant)
            ? Show(applicant)
            : Error(404, null, null, "Applicant not found.");
    }

    private IResult FindStatus(string id) =>
        IsApplicant(id) ? Results.Json(ReviewOf(id)) : Error(404, null, null, "Applicant not found.");

    private static string EndingOf(string text) =>
        Array.Find(Words, word => text.EndsWith("-" + word, StringComparison.Ordinal)) ?? Approved;

    private static string EndingOf(Fate fate) =>
        fate switch
        {
            Fate.Rejected => "rejected",
            Fate.Retry => "retry",
            Fate.Never => "never",
            Fate.Incomplete => "incomplete",
            _ => Approved,
        };

    private string NewApplicant(string word)
    {
        var (fate, after) = word switch
        {
            "rejected" => (Fate.Rejected, Usual),
            "retry" => (Fate.Retry, Usual),
            "pending-2m" => (Fate.Approved, Slow),
            "never" => (Fate.Never, Usual),
            "incomplete" => (Fate.Incomplete, Usual),
            _ => (Fate.Approved, Usual),
        };
        var known = (clock.GetUtcNow() + after).ToUnixTimeSeconds();
        var begin =
            string.Create(CultureInfo.InvariantCulture, $"{(int)fate:x2}{known:x8}")
            + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes((IdLength - SealLength - 10) / 2));
        return begin + SealOf(begin);
    }

    private string SealOf(string begin) => Convert.ToHexStringLower(Mac(Encoding.ASCII.GetBytes(begin)))[..SealLength];

    /// <summary>True for an id that was made here.</summary>
    private bool IsApplicant(string id) =>
        id.Length == IdLength && id.All(char.IsAsciiHexDigit) && SealOf(id[..^SealLength]) == id[^SealLength..];

    private static Fate FateOf(string applicant) =>
        (Fate)int.Parse(applicant.AsSpan(0, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static DateTimeOffset KnownAt(string applicant) =>
        DateTimeOffset.FromUnixTimeSeconds(
            long.Parse(applicant.AsSpan(2, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        );

    private IResult Show(string applicant) => Results.Json(View(applicant));

    private object View(string applicant) =>
        new
        {
            id = applicant,
            createdAt = KnownAt(applicant).UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            clientId = "local",
            externalUserId = _users.GetValueOrDefault(applicant),
            info = new
            {
                firstName = "Sam",
                firstNameEn = "Sam",
                lastName = "Sample",
                lastNameEn = "Sample",
                dob = "1990-01-02",
                country = "GBR",
            },
            review = ReviewOf(applicant),
        };

    private object ReviewOf(string applicant)
    {
        var fate = FateOf(applicant);
        var completed = fate is not (Fate.Never or Fate.Incomplete) && clock.GetUtcNow() >= KnownAt(applicant);
        var pending = fate == Fate.Incomplete ? "init" : "pending";
        object answer = fate switch
        {
            Fate.Approved => new { reviewAnswer = "GREEN" },
            Fate.Rejected => new { reviewAnswer = "RED", reviewRejectType = "FINAL" },
            _ => new { reviewAnswer = "RED", reviewRejectType = "RETRY" },
        };
        return new { reviewStatus = completed ? "completed" : pending, reviewResult = completed ? answer : null };
    }

    private static IResult Error(int status, int? errorCode, string? errorName, string description)
    {
        var body = new Dictionary<string, object> { ["code"] = status, ["description"] = description };
        if (errorCode is { } code)
            (body["errorCode"], body["errorName"]) = (code, errorName!);
        return Results.Json(body, statusCode: status);
    }

    /// <summary>What a request says, in its query or in its JSON body.</summary>
    private sealed record Sent(IQueryCollection Query, IReadOnlyDictionary<string, string> Body)
    {
        public string this[string name] => Body.GetValueOrDefault(name) ?? Query[name].ToString();
    }
}
