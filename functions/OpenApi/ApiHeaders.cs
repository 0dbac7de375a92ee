using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Serverless.Functions.Http;

namespace Serverless.Functions.OpenApi;

/// <summary>The headers of requests, answers and webhooks, and what stands around their bodies.</summary>
internal static class ApiHeaders
{
    /// <summary>Makes a request idempotent.</summary>
    public static OpenApiParameter IdempotencyKey { get; } =
        Sent(
            "Idempotency-Key",
            "A value of yours for this request: 1 to 255 printable ASCII characters, but no comma. Within 24 hours, "
                + "the same request with the same key gets the first answer and creates nothing again.",
            "4f6f1b1e-6a0c-4a57-9a59-2f5a5f1e8a11",
            new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                MinLength = 1,
                MaxLength = 255,
            }
        );

    /// <summary>The caller's own id of a request to the M2M and operator APIs.</summary>
    public static OpenApiParameter RequestIdSent { get; } =
        Sent(
            "X-Request-Id",
            "Your id of this request: 1 to 128 of the characters A-Z a-z 0-9 . _ -. The answer repeats it.",
            "req-1",
            new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 128 }
        );

    /// <summary>Who acts, for the audit.</summary>
    public static OpenApiParameter OperatorSent { get; } =
        Sent(
            OperatorWords.OperatorHeader,
            "Who you are: your name or address, which the audit keeps. It "
                + OperatorWords.RuleOf(OperatorWords.MaxOperator)
                + ". Without it, the audit says `unnamed`.",
            "ana.perez@example.com",
            Words(OperatorWords.MaxOperator)
        );

    /// <summary>Why somebody acts, for the audit.</summary>
    public static OpenApiParameter ReasonSent { get; } =
        Sent(
            OperatorWords.ReasonHeader,
            "Why you do it, for the audit, which keeps it encrypted. It "
                + OperatorWords.RuleOf(OperatorWords.MaxReason)
                + ".",
            "Asked%20for%20by%20the%20partner",
            Words(OperatorWords.MaxReason)
        );

    /// <summary>The caller's own id of a request to the identity API.</summary>
    public static OpenApiParameter TraceIdSent { get; } =
        Sent(
            "X-Request-Id",
            "Your id of this request: a UUID. The answer repeats it.",
            "4f6f1b1e-6a0c-4a57-9a59-2f5a5f1e8a11",
            new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" }
        );

    private const string RequestId = "X-Request-Id";
    private const string Limit = "X-RateLimit-Limit";
    private const string Remaining = "X-RateLimit-Remaining";
    private const string Reset = "X-RateLimit-Reset";
    private const string RetryAfter = "Retry-After";
    private const string Replayed = "Idempotency-Replayed";

    /// <summary>The headers that answers may have.</summary>
    public static IReadOnlyDictionary<string, IOpenApiHeader> Known { get; } =
        new Dictionary<string, IOpenApiHeader>
        {
            [RequestId] = Text("The id of this request, yours or ours: quote it when you ask about it."),
            [Limit] = Number("How many such calls a window of 60 seconds takes."),
            [Remaining] = Number("How many of them are left."),
            [Reset] = Number("When the window ends, in Unix seconds."),
            [RetryAfter] = Number("After how many seconds to try again."),
            [RequestWarnings.Header] = Text(
                "Fields of the request that are not known, and were ignored: `field message`, separated by semicolons."
            ),
            [Replayed] = Text("`true` where the Idempotency-Key had been used for this request before."),
        };

    /// <summary>The names of the headers of an answer.</summary>
    public static IEnumerable<string> OfAnswer(HttpFunction function, int status)
    {
        var isSuccess = status < 300;
        // What the host answers by itself has none of ours.
        if (function.Api == Api.Operator && status == 401)
            yield break;
        yield return RequestId;
        // Counted is who is known: a key that is refused has none of these, but a call that is refused later has.
        var refuses = function.Method.GetCustomAttributes<RefusesAttribute>().ToList();
        var isCounted = status != 401 && (status != 403 || refuses.Exists(own => own.Status == status));
        if (function.Api is Api.Partner or Api.KycSessions && isCounted)
        {
            yield return Limit;
            yield return Remaining;
            yield return Reset;
        }
        var isBusy = refuses.Exists(own => own.Status == status && own.Codes.Contains(IdentityErrorCodes.EmailBusy));
        if (status is 429 or 503 || isBusy)
            yield return RetryAfter;
        var takesBody = function.Method.IsDefined(typeof(AcceptsAttribute), inherit: false);
        if (isSuccess && takesBody && function.Api is (Api.Identities or Api.KycSessions))
            yield return RequestWarnings.Header;
        // A refusal is remembered, too.
        var mayBeRemembered = isSuccess || status is 400 or 404 or 409;
        if (mayBeRemembered && function.Method.IsDefined(typeof(IdempotentAttribute), inherit: false))
            yield return Replayed;
    }

    /// <summary>What an M2M answer has beside its data where the request had something to be warned of.</summary>
    public static JsonObject WarningsSchema() =>
        new()
        {
            ["type"] = "object",
            ["properties"] = new JsonObject
            {
                ["warnings"] = new JsonObject
                {
                    ["type"] = "array",
                    ["description"] =
                        "What was accepted but is unwise, or ignored because it is no field. Absent where there is "
                        + "nothing.",
                    ["items"] = new JsonObject { ["$ref"] = $"#/components/schemas/{nameof(ErrorDetail)}" },
                },
            },
        };

    /// <summary>The body of a webhook: its event, when it happened, and the data.</summary>
    public static JsonObject EventEnvelope(string name, JsonObject data) =>
        new()
        {
            ["type"] = "object",
            ["required"] = new JsonArray("event", "timestamp", "data"),
            ["properties"] = new JsonObject
            {
                ["event"] = new JsonObject { ["const"] = name, ["description"] = "What happened." },
                ["timestamp"] = new JsonObject
                {
                    ["type"] = "string",
                    ["format"] = "date-time",
                    ["description"] = "When it happened.",
                    ["examples"] = new JsonArray("2026-11-29T14:00:00.000Z"),
                },
                ["data"] = data,
            },
        };

    /// <summary>The headers that a webhook carries.</summary>
    public static IEnumerable<IOpenApiParameter> OfWebhook(bool isKyc)
    {
        if (isKyc)
        {
            yield return Carried(
                "Authorization",
                "`Bearer {identityApiKey}:{signature}:{nonce}`, signed as your own requests are, over POST, the path "
                    + "with query of your URL, the nonce and the body."
            );
            yield return Carried("X-Banxa-Event-Id", "The event's id, the same for every attempt.");
            yield break;
        }
        yield return Carried("webhook-id", "The event's id, the same for every attempt: do once what it says.");
        yield return Carried("webhook-timestamp", "When this attempt was signed, in Unix seconds.");
        yield return Carried(
            "webhook-signature",
            "Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`, by the bytes that the base64 "
                + "after `whsec_` stands for. During a rotation several, separated by spaces."
        );
        yield return Carried("X-M2M-Event", "The event's name.");
        yield return Carried("X-M2M-Delivery-Id", "The same as webhook-id.");
        yield return Carried("X-M2M-Timestamp", "The same as webhook-timestamp.");
        yield return Carried(
            "X-M2M-Signature",
            "`sha256=` and lower-case hex of HMAC-SHA256 over `timestamp.body`, by the UTF-8 bytes of the whole "
                + "secret, `whsec_` included."
        );
    }

    private static OpenApiParameter Carried(string name, string meaning) =>
        new()
        {
            Name = name,
            In = ParameterLocation.Header,
            Required = true,
            Description = meaning,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        };

    private static OpenApiParameter Sent(string name, string meaning, string example, OpenApiSchema schema) =>
        new()
        {
            Name = name,
            In = ParameterLocation.Header,
            Description = meaning,
            Example = example,
            Schema = schema,
        };

    /// <summary>Percent-encoded, a character is up to twelve.</summary>
    private static OpenApiSchema Words(int characters) =>
        new()
        {
            Type = JsonSchemaType.String,
            MinLength = 1,
            MaxLength = 12 * characters,
        };

    private static OpenApiHeader Text(string meaning) =>
        new()
        {
            Description = meaning,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        };

    private static OpenApiHeader Number(string meaning) =>
        new()
        {
            Description = meaning,
            Schema = new OpenApiSchema { Type = JsonSchemaType.Integer },
        };
}
