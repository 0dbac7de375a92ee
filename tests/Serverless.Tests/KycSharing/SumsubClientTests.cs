using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Security;
using Xunit;

namespace Serverless.Tests.KycSharing;

/// <summary>The client of Sumsub's API against a server that is told what to answer.</summary>
public sealed class SumsubClientTests : IAsyncLifetime
{
    private const string Approved =
        """{"id":"5d08a63239b79354a2ebaa1d","info":{"firstName":"Ana","lastName":"Díaz","dob":"1990-05-14"},"review":{"reviewStatus":"completed","reviewResult":{"reviewAnswer":"GREEN"} } }""";
    private readonly ConcurrentQueue<(
        string Method,
        string Target,
        string Token,
        string Timestamp,
        string Signature
    )> _received = new();
    private WebApplication _server = null!;
    private Func<HttpContext, Task> _answer = http => http.Response.WriteAsync(Approved);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.Run(http =>
        {
            string One(string name) => http.Request.Headers[name].ToString();
            _received.Enqueue(
                (
                    http.Request.Method,
                    http.Features.Get<IHttpRequestFeature>()!.RawTarget,
                    One("X-App-Token"),
                    One("X-App-Access-Ts"),
                    One("X-App-Access-Sig")
                )
            );
            return _answer(http);
        });
        await _server.StartAsync(Cancel);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_request_is_signed_as_documented_and_goes_to_the_configured_host_whatever_the_token_says()
    {
        // {"alg":"none"}.{"jti":"_act-1","url":"http://127.0.0.1:1"}.
        const string Token = "eyJhbGciOiJub25lIn0.eyJqdGkiOiJfYWN0LTEiLCJ1cmwiOiJodHRwOi8vMTI3LjAuMC4xOjEifQ.+/=&x#?";
        _answer = http =>
            Answer(http, http.Request.Method == "GET" ? 404 : 200, http.Request.Method == "GET" ? "{}" : Approved);
        using var client = NewClient();
        Assert.Equal(
            new KycImport.Imported("5d08a63239b79354a2ebaa1d"),
            await client.ImportAsync("share1", Token, Cancel)
        );

        Assert.Equal(2, _received.Count);
        Assert.Equal("/base/resources/applicants/-;externalUserId=share1/one", _received.First().Target);
        var sent = _received.Last();
        Assert.Equal(
            (
                "POST",
                $"/base/resources/api/reusableIdentity/reuse?shareToken={Uri.EscapeDataString(Token)}&levelName=a%20level&userId=share1"
            ),
            (sent.Method, sent.Target)
        );
        Assert.All(
            _received,
            request =>
            {
                Assert.Equal("app-token", request.Token);
                Assert.InRange(
                    DateTimeOffset.UtcNow.ToUnixTimeSeconds()
                        - long.Parse(request.Timestamp, System.Globalization.CultureInfo.InvariantCulture),
                    -2,
                    20
                );
                Assert.Equal(
                    Convert
                        .ToHexString(
                            HMACSHA256.HashData(
                                "secret"u8,
                                Encoding.ASCII.GetBytes(
                                    request.Timestamp + request.Method + request.Target["/base".Length..]
                                )
                            )
                        )
                        .ToLowerInvariant(),
                    request.Signature
                );
            }
        );
    }

    [Fact]
    public async Task A_person_who_was_taken_over_before_is_not_taken_over_twice()
    {
        using var client = NewClient();
        Assert.IsType<KycImport.Imported>(await client.ImportAsync("share1", "token-1", Cancel));
        Assert.Equal("GET", Assert.Single(_received).Method);
    }

    [Fact]
    public async Task Results_are_read_and_personal_data_is_not_printed()
    {
        using var client = NewClient();
        var approved = Assert.IsType<KycResult.Approved>(await client.FindResultAsync("a1", Cancel));
        Assert.Equal(
            ("Ana", "Díaz", "1990-05-14"),
            (approved.Person.GivenName, approved.Person.Surname, approved.Person.DateOfBirth)
        );
        Assert.DoesNotContain("Ana", approved.ToString(), StringComparison.Ordinal);
        Assert.IsType<KycResult.Rejected>(
            await ReviewAsync(
                """{"reviewStatus":"completed","reviewResult":{"reviewAnswer":"RED","reviewRejectType":"FINAL"} }"""
            )
        );
        Assert.IsType<KycResult.Retryable>(
            await ReviewAsync(
                """{"reviewStatus":"completed","reviewResult":{"reviewAnswer":"RED","reviewRejectType":"RETRY"} }"""
            )
        );
        Assert.IsType<KycResult.Incomplete>(await ReviewAsync("""{"reviewStatus":"init"}"""));
        foreach (var status in new[] { "pending", "queued", "onHold", "prechecked", "something-new" })
            Assert.Null(await ReviewAsync($$"""{"reviewStatus":"{{status}}"}"""));

        Task<KycResult?> ReviewAsync(string review)
        {
            _answer = http => http.Response.WriteAsync($$"""{"id":"a1","review":{{review}} }""");
            return client.FindResultAsync("a1", Cancel);
        }
    }

    [Theory]
    [InlineData(401, """{"code":401,"description":"Token is invalid: it expired"}""", "invalid-share-token")]
    [InlineData(400, """{"code":400,"errorCode":10501,"errorName":"not-in-partners-list"}""", "not-in-partners-list")]
    [InlineData(400, """{"code":400,"errorCode":10503,"errorName":"<script>"}""", "refused")]
    [InlineData(404, "garbage", "refused")]
    public async Task A_bad_token_is_refused(int status, string body, string reason)
    {
        using var client = NewClient();
        _answer = http => http.Request.Method == "GET" ? Answer(http, 404, "{}") : Answer(http, status, body);
        Assert.Equal(new KycImport.Refused(reason), await client.ImportAsync("share1", "token-1", Cancel));
    }

    [Theory]
    [InlineData(200, "garbage")]
    [InlineData(200, "[]")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"id":"../../x"}""")]
    [InlineData(
        200,
        """{"id":"a1","review":{"reviewStatus":"completed","reviewResult":{"reviewAnswer":"BLUE"} } }""",
        true
    )]
    [InlineData(200, """{"id":"a1","review":{"reviewStatus":7} }""", true)]
    [InlineData(302, "")]
    [InlineData(401, """{"code":401,"errorCode":4003,"errorName":"app-token-signature-mismatch"}""")]
    [InlineData(403, "{}")]
    [InlineData(429, "{}")]
    [InlineData(500, "{}")]
    [InlineData(503, "")]
    public async Task What_makes_no_sense_or_is_not_the_persons_fault_is_tried_again_later(
        int status,
        string body,
        bool resultOnly = false
    )
    {
        using var client = NewClient();
        _answer = http =>
        {
            http.Response.Headers.Location = "http://127.0.0.1:1/elsewhere";
            return
                http.Request.Method == "GET"
                && !resultOnly
                && !http.Request.Path.Value!.EndsWith("/a1/one", StringComparison.Ordinal)
                ? Answer(http, 404, "{}")
                : Answer(http, status, body);
        };
        if (!resultOnly)
            await Assert.ThrowsAsync<KycProviderDownException>(() => client.ImportAsync("share1", "token-1", Cancel));
        await Assert.ThrowsAsync<KycProviderDownException>(() => client.FindResultAsync("a1", Cancel));
        Assert.InRange(_received.Count, 1, 3);
    }

    [Fact]
    public async Task A_huge_answer_is_not_read_to_its_end()
    {
        // Without a time limit in sight, only the limit of size ends this answer.
        using var client = NewClient(new OtherTime(speed: 0.001));
        var aborted = new TaskCompletionSource();
        _answer = async http =>
        {
            var chunk = new byte[64 * 1024];
            Array.Fill(chunk, (byte)' ');
            while (!http.RequestAborted.IsCancellationRequested)
                await http.Response.Body.WriteAsync(chunk);
            aborted.SetResult();
        };
        await Assert.ThrowsAsync<KycProviderDownException>(() =>
            client.FindResultAsync("a1", Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel)
        );
        await aborted.Task.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_given_up_after_ten_seconds()
    {
        var time = new OtherTime(speed: 100);
        using var client = NewClient(time);
        _answer = http =>
            Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        await Assert.ThrowsAsync<KycProviderDownException>(() => client.FindResultAsync("a1", Cancel));
        Assert.Equal([TimeSpan.FromSeconds(10)], time.Asked);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_down_and_the_message_quotes_no_token()
    {
        using var client = NewClient(address: "http://127.0.0.1:1");
        var down = await Assert.ThrowsAsync<KycProviderDownException>(() =>
            client.ImportAsync("share1", "very-secret-token", Cancel)
        );
        Assert.DoesNotContain("secret", down.ToString(), StringComparison.Ordinal);
    }

    private SumsubKycProvider NewClient(TimeProvider? time = null, string? address = null)
    {
        var here =
            _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()
            + "/base/";
        var secrets = new Dictionary<string, string> { ["KycAppToken"] = "app-token", ["KycSecretKey"] = "secret" };
        return new SumsubKycProvider(
            new ConfigurationSecrets(secrets),
            Options.Create(new KycOptions { ProviderUrl = new Uri(address ?? here), Level = "a level" }),
            time ?? TimeProvider.System
        );
    }

    private static Task Answer(HttpContext http, int status, string body)
    {
        http.Response.StatusCode = status;
        return body.Length == 0 ? Task.CompletedTask : http.Response.WriteAsync(body);
    }

    /// <summary>
    /// Runs at another speed, and remembers how long it was asked to wait. FakeTimeProvider would have to be moved at the
    /// right moment, which a client and a server that wait on real sockets do not tell.
    /// </summary>
    private sealed class OtherTime(double speed) : TimeProvider
    {
        public List<TimeSpan> Asked { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Asked.Add(dueTime);
            return base.CreateTimer(callback, state, dueTime / speed, period);
        }
    }
}
