using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Serverless.Functions.Security;
using Serverless.Functions.Typed;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// Sumsub's API as the recipient of Reusable KYC uses it: <c>POST /resources/api/reusableIdentity/reuse</c>
/// (docs.sumsub.com/reference/reuse-applicant-for-reusable-kyc) and <c>GET /resources/applicants/{id}/one</c>
/// (docs.sumsub.com/reference/get-applicant-data). The host comes only from the settings, never from a partner's input
/// such as the token's <c>url</c>.
/// </summary>
/// <remarks>
/// A share token is valid only once, so an import whose answer was lost cannot be repeated. Therefore the share's id
/// is sent as external user id, and an applicant with that id is searched first. The orchestration does the retries.
/// </remarks>
internal sealed partial class SumsubKycProvider(ISecretSource secrets, IOptions<KycOptions> options, TimeProvider time)
    : IKycProvider,
        IDisposable
{
    public const string AppToken = "KycAppToken";
    public const string SecretKey = "KycSecretKey";

    /// <summary>The time limit of a call, from connecting to the end of the answer.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    private const string StandardAddress = "https://api.sumsub.com";

    /// <summary>An applicant with all its data is a few ten kilobytes.</summary>
    private const int MaxAnswer = 512 * 1024;

    private readonly HttpClient _client = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public string? Vendor => "sumsub";

    public async Task CheckCredentialsAsync(CancellationToken ct)
    {
        await secrets.GetAsync(AppToken, ct);
        await secrets.GetAsync(SecretKey, ct);
    }

    public async Task<KycImport> ImportAsync(string shareId, string token, CancellationToken ct)
    {
        var known = await SendAsync(
            HttpMethod.Get,
            $"/resources/applicants/-;externalUserId={Uri.EscapeDataString(shareId)}/one",
            ct
        );
        if (known.Status == 200)
            return new KycImport.Imported(ApplicantIn(known));
        if (known.Status != 404)
            throw known.Unexpected();

        var level = options.Value.Level ?? "";
        var imported = await SendAsync(
            HttpMethod.Post,
            $"/resources/api/reusableIdentity/reuse?shareToken={Uri.EscapeDataString(token)}&levelName={Uri.EscapeDataString(level)}&userId={Uri.EscapeDataString(shareId)}",
            ct
        );
        if (imported.Status is 200 or 201)
            return new KycImport.Imported(ApplicantIn(imported));
        var name = imported.Text("errorName");
        return imported.Status switch
        {
            // A bad share token gives 401 without an error code, our own bad credentials give one with.
            401 when !imported.Has("errorCode") => new KycImport.Refused("invalid-share-token"),
            400 or 404 or 409 => new KycImport.Refused(
                name is not null && ErrorName().IsMatch(name) ? name : "refused"
            ),
            _ => throw imported.Unexpected(),
        };
    }

    public async Task<KycResult?> FindResultAsync(string applicant, CancellationToken ct)
    {
        var answer = await SendAsync(
            HttpMethod.Get,
            $"/resources/applicants/{Uri.EscapeDataString(applicant)}/one",
            ct
        );
        if (
            answer.Status != 200
            || answer.Object("review") is not { } review
            || Answer.TextOf(review, "reviewStatus") is not { } status
        )
            throw answer.Unexpected();
        // In these two states the provider still requires something from the person.
        if (status is "init" or "awaitingUser")
            return new KycResult.Incomplete();
        if (status != "completed")
            return null;
        var result = Answer.ObjectOf(review, "reviewResult");
        return (Answer.TextOf(result, "reviewAnswer"), Answer.TextOf(result, "reviewRejectType")) switch
        {
            ("GREEN", _) => new KycResult.Approved(PersonIn(answer)),
            ("RED", "FINAL") => new KycResult.Rejected(),
            ("RED", "RETRY") => new KycResult.Retryable(),
            _ => throw answer.Unexpected(),
        };
    }

    public void Dispose() => _client.Dispose();

    /// <summary>
    /// Hex of HMAC-SHA256 over timestamp, method, path (below the base address) with query, and body
    /// (docs.sumsub.com/reference/authentication).
    /// </summary>
    public static string Sign(
        string secretKey,
        string timestamp,
        string method,
        string pathAndQuery,
        ReadOnlySpan<byte> body
    )
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secretKey));
        mac.AppendData(Encoding.UTF8.GetBytes(timestamp + method + pathAndQuery));
        mac.AppendData(body);
        return Convert.ToHexStringLower(mac.GetHashAndReset());
    }

    private async Task<Answer> SendAsync(HttpMethod method, string path, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(
            method,
            new Uri((options.Value.ProviderUrl?.AbsoluteUri ?? StandardAddress).TrimEnd('/') + path)
        );
        // The wall clock, not the app's: the provider compares it with its own.
        var timestamp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.Add("X-App-Token", await secrets.GetAsync(AppToken, ct));
        request.Headers.Add("X-App-Access-Ts", timestamp);
        request.Headers.Add(
            "X-App-Access-Sig",
            Sign(await secrets.GetAsync(SecretKey, ct), timestamp, method.Method, path, [])
        );
        request.Headers.Accept.ParseAdd("application/json");

        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            using var response = await _client.SendAsync(
                request,
                HttpCompletionOption.ResponseHeadersRead,
                either.Token
            );
            return new Answer((int)response.StatusCode, await ReadAsync(response, either.Token));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new KycProviderDownException("The provider gave no complete answer in time.");
        }
        catch (Exception ex) when (ex is HttpRequestException or IOException or SocketException)
        {
            // The exception's own text may quote the address, and with it the token.
            throw new KycProviderDownException(
                $"The provider cannot be reached ({(ex as HttpRequestException)?.HttpRequestError.ToString() ?? "the connection broke"})."
            );
        }
    }

    private static async Task<JsonElement?> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[MaxAnswer + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        if (length > MaxAnswer)
            return null;
        try
        {
            using var document = JsonDocument.Parse(buffer.AsMemory(0, length));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string ApplicantIn(Answer answer) =>
        answer.Text("id") is { } id && ApplicantId().IsMatch(id) ? id : throw answer.Unexpected();

    /// <summary>The name as on documents, and the date of birth; unusable values are left out.</summary>
    private static KycPerson PersonIn(Answer answer)
    {
        var info = answer.Object("info");
        return new KycPerson(
            Name("firstName"),
            Name("lastName"),
            Answer.TextOf(info, "dob") is { } dob && CalendarDate.Read(dob) is not null ? dob : null
        );

        string? Name(string member) =>
            Answer.TextOf(info, member)?.Trim() is { Length: > 0 and <= 100 } name && !name.Any(char.IsControl)
                ? name
                : null;
    }

    [GeneratedRegex(@"^[A-Za-z0-9]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ApplicantId();

    [GeneratedRegex(@"^[a-z0-9-]{1,80}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ErrorName();

    /// <summary>An answer; its body is null unless it is a JSON object within the size limit.</summary>
    private sealed record Answer(int Status, JsonElement? Body)
    {
        public bool Has(string member) => Body?.TryGetProperty(member, out _) == true;

        public string? Text(string member) => TextOf(Body, member);

        public JsonElement? Object(string member) => ObjectOf(Body, member);

        public KycProviderDownException Unexpected() =>
            new($"The provider answered {Status}, or what cannot be understood.");

        public static string? TextOf(JsonElement? json, string member) =>
            json is { } found && found.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
                ? Http.JsonInput.TextOf(value)
                : null;

        public static JsonElement? ObjectOf(JsonElement? json, string member) =>
            json is { } found && found.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Object
                ? value
                : null;

        /// <inheritdoc/>
        public override string ToString() => $"{Status}";
    }
}
