using System.Net.Http.Headers;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.OpenApi;
using Serverless.Functions.RateLimits;
using Xunit;

namespace Serverless.Tests.OpenApi;

/// <summary>
/// What every operation refuses in the same way, tried on each that the documents have: credentials, limits, bodies
/// and query parameters. That an answer is described is checked where it arrives (<see cref="ApiContract"/>).
/// </summary>
public sealed class SharedRefusalTests(TestApp app) : IClassFixture<TestApp>
{
    private const string NoKey = "m2m_test_00000000000000000000000000000000";
    private const int Missing = IdentityErrorCodes.AuthorizationMissing;
    private const int Malformed = IdentityErrorCodes.AuthorizationMalformed;
    private const int Unknown = IdentityErrorCodes.KeyUnknown;
    private const int Mismatch = IdentityErrorCodes.SignatureMismatch;
    private const int Invalid = IdentityErrorCodes.NonceInvalid;
    private const int TooOld = IdentityErrorCodes.NonceTooOld;
    private const int Used = IdentityErrorCodes.NonceUsed;

    [Fact]
    public async Task A_partner_that_nobody_knows_is_refused_everywhere()
    {
        var identity = (await app.NewPartnerAsync()).Identity;
        var stranger = identity.With("pk_test_00000000000000000000000000000000", identity.Secret);
        foreach (var operation in await OperationsAsync())
        {
            if (!operation.IsSigned)
            {
                Is(401, CodeIn(operation, "UNAUTHORIZED"), operation, await SendAsync(operation));
                var unknown = await SendAsync(operation, ("X-API-Key", NoKey));
                Is(401, CodeIn(operation, "INVALID_API_KEY"), operation, unknown);
                continue;
            }
            Is(401, Missing, operation, await SendAsync(operation));
            Is(401, Malformed, operation, await SendAsync(operation, ("Authorization", "Bearer a:b")));
            Is(401, Unknown, operation, await SignedAsync(stranger, operation));
            Is(401, Mismatch, operation, await SignedAsync(identity, operation, new() { Secret = "forged" }));
            Is(400, Invalid, operation, await SignedAsync(identity, operation, new() { Nonce = "yesterday" }));
            Is(400, TooOld, operation, await SignedAsync(identity, operation, new() { Nonce = AnHourOld }));
            var nonce = identity.NextNonce();
            await SignedAsync(identity, operation, new() { Nonce = nonce });
            Is(400, Used, operation, await SignedAsync(identity, operation, new() { Nonce = nonce }));
        }
    }

    [Fact]
    public async Task A_suspended_partner_is_refused_everywhere()
    {
        var partner = await app.NewPartnerAsync();
        (await app.PostAsync($"/operator/partners/{partner.Id}/suspend")).Is(200);
        foreach (var operation in await OperationsAsync())
        {
            var code = CodeIn(operation, "PARTNER_SUSPENDED", "PartnerSuspended");
            Is(403, code, operation, await SendAsync(partner, operation));
        }
    }

    [Fact]
    public async Task A_partner_above_its_limit_is_refused_everywhere_and_told_when_to_come_back()
    {
        var partner = await app.NewPartnerAsync();
        var limiter = app.Service<RateLimiter>();
        foreach (var limit in Limits())
            for (var call = 0; call <= limit.Limit; call++)
                await limiter.CountAsync(partner.Id, limit, TestContext.Current.CancellationToken);
        foreach (var operation in await OperationsAsync())
        {
            var reply = await SendAsync(partner, operation);
            Is(429, CodeIn(operation, "RATE_LIMIT_EXCEEDED", "TooManyRequests"), operation, reply);
            Assert.InRange(reply.Number("Retry-After"), 1, 60);
        }
    }

    [Fact]
    public async Task A_body_that_is_too_large_of_another_charset_or_no_JSON_is_refused_everywhere()
    {
        var (partner, things) = await PartnerWithThingsAsync();
        var large = TestApp.BytesOf($$"""{"a":"{{new string('a', IdentityInput.MaxDocuments)}}"}""");
        foreach (var operation in (await DocumentedOperation.OfAsync(app)).Where(one => one.Body is not null))
        {
            var one = operation with { Known = things };
            Is(413, CodeOfBody(one), one, await SendAsync(partner, one, large));
            Is(415, CodeOfBody(one), one, await SendAsync(partner, one, In("utf-16")));
            Is(400, CodeOfBody(one), one, await SendAsync(partner, one, TestApp.BytesOf("{")));
        }
    }

    [Fact]
    public async Task Null_for_a_member_of_a_body_is_told_as_null_by_every_signed_operation()
    {
        var (partner, things) = await PartnerWithThingsAsync();
        foreach (var operation in (await OperationsAsync()).Where(one => one.IsSigned && one.Example is not null))
        {
            var body = operation.Example!.DeepClone().AsObject();
            body[body.First().Key] = null;
            var one = operation with { Known = things };
            Is(400, IdentityErrorCodes.NullField, one, await SendAsync(partner, one, body.ToJsonString()));
        }
    }

    [Fact]
    public async Task A_query_parameter_that_an_operation_does_not_know_is_refused_everywhere()
    {
        var partner = await app.NewPartnerAsync();
        foreach (var operation in await DocumentedOperation.OfAsync(app))
            Assert.Contains("nosuch", (await SendAsync(partner, operation, body: null, "?nosuch=1")).Fields);
    }

    /// <summary>A partner that may use everything.</summary>
    private static readonly object Everything = new
    {
        otpEnabled = true,
        standaloneKyc = true,
        reliance = true,
    };

    private static readonly IFormatProvider Invariant = System.Globalization.CultureInfo.InvariantCulture;

    /// <summary>A partner, and what can stand for a parameter of a path.</summary>
    private async Task<(TestPartner Partner, Dictionary<string, string> Things)> PartnerWithThingsAsync()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, [PartnerEvents.DataRequest], Everything);
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        var asked = inbox.Received.Single(webhook => webhook.Event == PartnerEvents.DataRequest);
        return (
            partner,
            new()
            {
                ["id"] = partner.Id,
                ["partnerRef"] = partner.Id,
                ["linkId"] = link.Id,
                ["referenceId"] = link.Reference,
                ["reference"] = link.Reference,
                ["identityReference"] = link.Reference,
                ["dataRequestId"] = (string)asked.Data["dataRequestId"]!,
                ["deliveryId"] = asked.Headers["webhook-id"],
            }
        );
    }

    private static string? CodeOfBody(DocumentedOperation operation) => CodeIn(operation, "INVALID_REQUEST");

    /// <summary>Those of partners: an operator's key is checked by the host.</summary>
    private async Task<List<DocumentedOperation>> OperationsAsync() =>
        (await DocumentedOperation.OfAsync(app)).FindAll(operation => operation.Api != ApiDescription.Operator);

    private static IEnumerable<RateLimit> Limits() =>
        typeof(FunctionApis)
            .Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .Where(method => method.IsDefined(typeof(FunctionAttribute), inherit: false))
            .SelectMany(method => method.GetCustomAttributes(typeof(CallLimitAttribute), inherit: false))
            .Cast<CallLimitAttribute>()
            .Select(limited => limited.Limit)
            .Append(RateLimit.Other)
            .Append(new RateLimit("identities", 120))
            .Distinct();

    /// <summary>The code of a refusal in the operation's API; sessions for the verification alone have none.</summary>
    private static string? CodeIn(DocumentedOperation operation, string code, string? signed = null)
    {
        if (operation.Path.EndsWith("/kyc/sessions", StringComparison.Ordinal))
            return null;
        return operation.IsSigned ? signed : code;
    }

    private static void Is(int status, int code, DocumentedOperation operation, Reply reply) =>
        Is(status, code.ToString(Invariant), operation, reply);

    private static void Is(int status, string? code, DocumentedOperation operation, Reply reply) =>
        Assert.True(
            (reply.Status, reply.Code) == (status, code),
            $"{operation.Id}: expected {status} {code}, but the answer was {reply}"
        );

    private static string AnHourOld =>
        TestIdentityClient.NonceAt(DateTimeOffset.UtcNow.AddHours(-1)).ToString(Invariant);

    private static ByteArrayContent In(string charset) =>
        new("{}"u8.ToArray())
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") { CharSet = charset } },
        };

    private Task<Reply> SendAsync(DocumentedOperation operation, params (string, string)[] headers) =>
        app.SendAsync(operation.Method, operation.Target, operation.Body is null ? null : "{}", headers);

    private static Task<Reply> SignedAsync(
        TestIdentityClient client,
        DocumentedOperation operation,
        Signing? signing = null
    ) => client.SendAsync(operation.Method, operation.Target, operation.Body is null ? null : "{}", signing);

    private Task<Reply> SendAsync(TestPartner partner, DocumentedOperation operation) =>
        SendAsync(partner, operation, operation.Body is null ? null : "{}");

    private Task<Reply> SendAsync(
        TestPartner partner,
        DocumentedOperation operation,
        object? body,
        string query = ""
    ) =>
        operation switch
        {
            { IsSigned: true } => SignedAsync(partner, operation, body, query),
            { Api: var api } when api == ApiDescription.Operator => app.SendAsync(
                operation.Method,
                operation.Target + query,
                body
            ),
            _ => partner.SendAsync(operation.Method, operation.Target + query, body),
        };

    private Task<Reply> SignedAsync(TestPartner partner, DocumentedOperation operation, object? body, string query)
    {
        var target = operation.Target + query;
        var bytes = body is HttpContent ? "{}"u8.ToArray() : TestApp.BytesOf(body);
        var signed = partner.Identity.Authorize(operation.Method.Method, target, bytes);
        return app.SendAsync(operation.Method, target, body, ("Authorization", signed));
    }
}
