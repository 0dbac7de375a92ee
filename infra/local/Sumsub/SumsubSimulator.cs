using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;

namespace Serverless.Local.Sumsub;

/// <summary>
/// What the recipient of Reusable KYC calls at Sumsub, under <c>/local/sumsub</c>: signed requests, one use a token, results by the app's clock. The token's last word decides what happens (README).
/// </summary>
internal sealed class SumsubSimulator(IConfiguration configuration, TimeProvider clock)
{
    public const string Path = "/local/sumsub";

    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Slow = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    /// <summary>When a token was first seen, and the applicant that it became.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new();
    private readonly ConcurrentDictionary<string, string> _used = new();
    private readonly ConcurrentDictionary<string, string> _byUser = new();

    /// <summary>An applicant's fate. Its first two letters stand in the applicant's id, with the second at which it is known: a restart changes nothing.</summary>
    private enum Fate
    {
        Approved = 0xA0,
        Rejected = 0xA1,
        Retry = 0xA2,
        Never = 0xA3,
        Incomplete = 0xA4,
    }

    /// <summary>The settings that let the app use this simulator where it is told of no provider; none where it is.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> StandardSettings(IConfiguration configured) =>
        configured["Kyc:Level"] is null && configured["Kyc:ProviderUrl"] is null && configured["Secrets:KycAppToken"] is null
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
        local.MapPost("sumsub/resources/api/reusableIdentity/reuse", (HttpContext http) => Signed(http, () => Reuse(http.Request.Query)));
        local.MapGet("sumsub/resources/applicants/{id}/one", (HttpContext http, string id) => Signed(http, () => Find(id)));
    }

    private IResult Signed(HttpContext http, Func<IResult> answer)
    {
        var request = http.Request;
        string One(string header) => request.Headers[header] is [{ } value] ? value : "";
        var timestamp = One("X-App-Access-Ts");
        if (One("X-App-Token") != configuration["Secrets:KycAppToken"])
            return Error(401, 4000, "app-token-invalid", "The app token is unknown.");
        if (!long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || (TimeProvider.System.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > ClockTolerance)
            return Error(401, 4004, "app-token-ts-invalid", "The timestamp is not the present.");
        var signed = Encoding.UTF8.GetBytes(timestamp + request.Method + http.Features.Get<IHttpRequestFeature>()!.RawTarget);
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(configuration["Secrets:KycSecretKey"] ?? ""), signed));
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.ASCII.GetBytes(One("X-App-Access-Sig")))
            ? answer()
            : Error(401, 4003, "app-token-signature-mismatch", "The signature is not that of this request.");
    }

    private IResult Reuse(IQueryCollection query)
    {
        var (token, level, user) = (query["shareToken"].ToString(), query["levelName"].ToString(), query["userId"].ToString());
        if (token.Length == 0 || level.Length == 0)
            return Error(400, null, null, "shareToken and levelName are required.");
        var now = clock.GetUtcNow();
        var first = _seen.GetOrAdd(token, now);
        if (token.EndsWith("-dead", StringComparison.Ordinal) || (token.EndsWith("-down", StringComparison.Ordinal) && now < first + Outage))
            return Error(503, null, null, "Out of service.");
        if (token.EndsWith("-expired", StringComparison.Ordinal))
            return Error(401, null, null, "Token is invalid: it has expired.");
        if (token.EndsWith("-unknown", StringComparison.Ordinal))
            return Error(400, 10503, "invalid-share-token", "The provided share token is malformed or expired.");
        if (token.EndsWith("-foreign", StringComparison.Ordinal))
            return Error(400, 10501, "not-in-partners-list", "Reusing applicants is not allowed since the target is not your partner.");

        var (fate, after) = token switch
        {
            _ when token.EndsWith("-rejected", StringComparison.Ordinal) => (Fate.Rejected, Usual),
            _ when token.EndsWith("-retry", StringComparison.Ordinal) => (Fate.Retry, Usual),
            _ when token.EndsWith("-pending-2m", StringComparison.Ordinal) => (Fate.Approved, Slow),
            _ when token.EndsWith("-never", StringComparison.Ordinal) => (Fate.Never, Usual),
            _ when token.EndsWith("-incomplete", StringComparison.Ordinal) => (Fate.Incomplete, Usual),
            _ => (Fate.Approved, Usual),
        };
        var applicant = string.Create(CultureInfo.InvariantCulture, $"{(int)fate:x2}{(now + after).ToUnixTimeSeconds():x8}") + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(7));
        if (!_used.TryAdd(token, applicant))
            return Error(401, null, null, "Token is invalid: it was used.");
        _byUser.TryAdd(user, applicant);
        return Show(applicant);
    }

    private IResult Find(string id)
    {
        const string ByUser = "-;externalUserId=";
        var applicant = id.StartsWith(ByUser, StringComparison.Ordinal) ? _byUser.GetValueOrDefault(id[ByUser.Length..]) : id;
        return applicant is { Length: 24 } && applicant.All(char.IsAsciiHexDigit) ? Show(applicant) : Error(404, null, null, "Applicant not found.");
    }

    private IResult Show(string applicant)
    {
        var fate = (Fate)int.Parse(applicant.AsSpan(0, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        var known = DateTimeOffset.FromUnixTimeSeconds(long.Parse(applicant.AsSpan(2, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        var completed = fate is not (Fate.Never or Fate.Incomplete) && clock.GetUtcNow() >= known;
        return Results.Json(new
        {
            id = applicant,
            createdAt = known.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            clientId = "local",
            info = new { firstName = "Sam", firstNameEn = "Sam", lastName = "Sample", lastNameEn = "Sample", dob = "1990-01-02", country = "GBR" },
            review = new
            {
                reviewStatus = completed ? "completed" : fate == Fate.Incomplete ? "init" : "pending",
                reviewResult = !completed ? null : fate == Fate.Approved
                    ? (object)new { reviewAnswer = "GREEN" }
                    : new { reviewAnswer = "RED", reviewRejectType = fate == Fate.Rejected ? "FINAL" : "RETRY" },
            },
        });
    }

    private static IResult Error(int status, int? errorCode, string? errorName, string description)
    {
        var body = new Dictionary<string, object> { ["code"] = status, ["description"] = description };
        if (errorCode is { } code)
            (body["errorCode"], body["errorName"]) = (code, errorName!);
        return Results.Json(body, statusCode: status);
    }
}
