using System.Globalization;
using System.Text;
using Xunit;

namespace Serverless.Tests.HmacAuth;

/// <summary>
/// Who gets past the signature. What does is answered with 404, because the routes here
/// do not exist.
/// </summary>
public sealed class AuthenticationTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Somewhere = "/eapi/v0/nowhere";
    private const string WrongSignature = "0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>
    /// Clients that join a base URL and a relative path sign the latter; both spellings bind the same target.
    /// </summary>
    [Fact]
    public async Task A_target_can_be_signed_without_its_first_slash()
    {
        var identity = (await app.NewPartnerAsync()).Identity;
        var body = new { identityReference = "slashless-1" };
        var created = await identity.PostAsync(
            "/eapi/v0/identities/basic",
            body,
            new Signing { Target = "eapi/v0/identities/basic" }
        );
        created.Is(201);
        var read = new Signing { Target = "eapi/v0/identities/x?email=ana%40example.org" };
        (await identity.GetAsync("/eapi/v0/identities/x?email=ana%40example.org", read)).Is(404);
        (await identity.GetAsync("/eapi/v0/identities/y?email=ana%40example.org", read)).Is(401, "40103");
        (await identity.GetAsync("/eapi/v0/identities/x", new Signing { Target = "/v0/identities/x" })).Is(
            401,
            "40103"
        );
        var twice = await identity.SendRawAsync(
            "GET",
            "//eapi/v0/identities/x",
            "",
            new Signing { Target = "/eapi/v0/identities/x" }
        );
        Assert.NotEqual(200, twice.Status);
    }

    [Fact]
    public async Task A_signed_request_passes_with_each_method_and_each_kind_of_body()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        (await partner.GetAsync(Somewhere)).Is(404, "NotFound");
        (await partner.GetAsync(Somewhere + "?email=ana%40example.org&x=a+b")).Is(404, "NotFound");
        (await partner.PostAsync(Somewhere, new { identityReference = "acme-0001", givenName = "Zoë 😀" })).Is(
            404,
            "NotFound"
        );
        (await partner.PostAsync(Somewhere, "{ \"a\" :\n1 }")).Is(404, "NotFound");
        (await partner.PostAsync(Somewhere, null)).Is(404, "NotFound");
        (await partner.PatchAsync(Somewhere, new { email = "ana@example.org" })).Is(404, "NotFound");
        (await partner.SendAsync(HttpMethod.Put, Somewhere, "not JSON, but signed")).Is(404, "NotFound");
        (await partner.SendAsync(HttpMethod.Delete, Somewhere, null)).Is(404, "NotFound");
        (await partner.SendAsync(HttpMethod.Get, Somewhere, "a body of a GET")).Is(404, "NotFound");
        (await partner.SendAsync(HttpMethod.Post, Somewhere, Array.Empty<byte>())).Is(404, "NotFound");
    }

    /// <summary>
    /// Each row is wrong in what it names and in all that comes after it in this list: the first one is what is said.
    /// </summary>
    [Theory]
    [InlineData("no header", 401, "40102")]
    [InlineData("another form of the header", 401, "40101")]
    [InlineData("a nonce that is no time", 400, "40001")]
    [InlineData("a nonce of another time", 400, "40002")]
    [InlineData("an unknown key", 401, "40100")]
    [InlineData("a wrong signature", 401, "40103")]
    [InlineData("a used nonce", 400, "40003")]
    public async Task Of_several_faults_the_first_in_the_order_of_the_errors_is_told(
        string fault,
        int status,
        string code
    )
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        var used = partner.NextNonce();
        (await partner.GetAsync(Somewhere, new() { Nonce = used })).Is(404);
        var reply = fault switch
        {
            "no header" => await app.GetAsync(Somewhere),
            "another form of the header" => await partner.GetAsync(
                Somewhere,
                new() { Header = (_, _, _) => "Bearer pk_test_nobody:1" }
            ),
            "a nonce that is no time" => await partner.GetAsync(
                Somewhere,
                new()
                {
                    Nonce = "1",
                    Key = "nobody",
                    Signature = WrongSignature,
                }
            ),
            "a nonce of another time" => await partner.GetAsync(
                Somewhere,
                new()
                {
                    Nonce = "1790000000123456",
                    Key = "nobody",
                    Signature = WrongSignature,
                }
            ),
            "an unknown key" => await partner.GetAsync(
                Somewhere,
                new()
                {
                    Nonce = used,
                    Key = "nobody",
                    Signature = WrongSignature,
                }
            ),
            "a wrong signature" => await partner.GetAsync(
                Somewhere,
                new() { Nonce = used, Signature = WrongSignature }
            ),
            _ => await partner.GetAsync(Somewhere, new() { Nonce = used }),
        };
        reply.Is(status, code);
        Assert.Equal(status == 401 ? "Unauthenticated." : "Bad Request", (string?)reply.Json["message"]);
        Assert.Equal(int.Parse(code, CultureInfo.InvariantCulture), (int)reply.Json["code"]!);
        Assert.Equal(["Authorization"], reply.Fields);
    }

    [Fact]
    public async Task Authentication_comes_before_everything_that_a_route_says()
    {
        foreach (
            var path in new[]
            {
                "/eapi",
                "/eapi/",
                "/EAPI/v0/x",
                "/eapi/v0/identities/x",
                "/eapi/v9/%2e%2e/x",
                "/eapi/operator/partners",
            }
        )
        {
            (await app.GetAsync(path)).Is(401, "40102");
            (await app.PostAsync(path, "{")).Is(401, "40102");
            (await app.GetAsync(path, ("Authorization", ""))).Is(401, "40102");
        }
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer a")]
    [InlineData("Bearer a:b")]
    [InlineData("Bearer a:b:c:d")]
    [InlineData("Bearer :::")]
    [InlineData("Bearer a:b:")]
    [InlineData("Basic YTpiOmM=")]
    [InlineData("Digest a:b:c")]
    [InlineData("a:b:c")]
    public async Task What_is_not_three_parts_is_malformed(string header) =>
        (await app.GetAsync(Somewhere, ("Authorization", header))).Is(401, "40101");

    [Fact]
    public async Task Two_Authorization_headers_are_malformed_even_if_both_are_right()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        var more = $"Authorization: {partner.Authorize("GET", Somewhere, [])}";
        var reply = await partner.SendRawAsync("GET", Somewhere, headers: more);
        Assert.Equal(401, reply.Status);
        Assert.Contains("\"code\":40101", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_three_widths_pass_and_are_nonces_of_their_own()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        var seconds = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        foreach (var nonce in new[] { seconds, seconds + "000", seconds + "000000" })
        {
            (await partner.GetAsync(Somewhere, new() { Nonce = nonce })).Is(404);
            (await partner.GetAsync(Somewhere, new() { Nonce = nonce })).Is(400, "40003");
        }
        foreach (
            var nonce in new[]
            {
                seconds + "0",
                seconds[1..],
                seconds + "00000000",
                seconds[..9] + "x",
                "-" + seconds[1..],
            }
        )
            (await partner.GetAsync(Somewhere, new() { Nonce = nonce })).Is(400, "40001");
    }

    [Fact]
    public async Task A_nonce_is_at_most_300_seconds_old_or_early()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        // Not to the second: a request takes its time.
        foreach (
            var (seconds, passes) in new[]
            {
                (-240, true),
                (299, true),
                (-301, false),
                (360, false),
                (-86_400, false),
                (86_400, false),
            }
        )
        {
            var at = DateTimeOffset.UtcNow.AddSeconds(seconds);
            foreach (
                var nonce in new[]
                {
                    TestIdentityClient.NonceAt(at),
                    at.ToUnixTimeMilliseconds(),
                    at.ToUnixTimeSeconds(),
                }
            )
            {
                var reply = await partner.GetAsync(
                    Somewhere,
                    new() { Nonce = nonce.ToString(CultureInfo.InvariantCulture) }
                );
                if (passes)
                    reply.Is(404);
                else
                    reply.Is(400, "40002");
            }
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(300, true)]
    [InlineData(-300, true)]
    [InlineData(300.000001, false)]
    [InlineData(-300.000001, false)]
    public void The_300_seconds_are_exact(double seconds, bool isNear)
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(57);
        var nonce = TestIdentityClient
            .NonceAt(now.AddMicroseconds(seconds * 1e6))
            .ToString(CultureInfo.InvariantCulture);
        Assert.True(Functions.HmacAuth.Nonce.TryParse(nonce, out var parsed));
        Assert.Equal(isNear, parsed.IsNear(now));
    }

    /// <summary>A caller has the wall clock, and signs by it, also where a local run moves the app's.</summary>
    [Fact]
    public async Task Signatures_are_judged_by_the_wall_clock()
    {
        await using var own = await TestApp.StartAsync();
        var partner = (await own.NewPartnerAsync()).Identity;
        var used = partner.NextNonce();
        (await partner.GetAsync(Somewhere, new() { Nonce = used })).Is(404);
        foreach (var by in new[] { TimeSpan.FromHours(1), TimeSpan.FromDays(3) })
        {
            await own.AdvanceAsync(by);
            (await partner.GetAsync(Somewhere)).Is(404);
            (await partner.GetAsync(Somewhere, new() { Nonce = used })).Is(400, "40003");
            var byTheApp = TestIdentityClient.NonceAt(own.Clock.GetUtcNow()).ToString(CultureInfo.InvariantCulture);
            (await partner.GetAsync(Somewhere, new() { Nonce = byTheApp })).Is(400, "40002");
        }
    }

    [Fact]
    public async Task Of_100_requests_at_once_with_one_nonce_exactly_one_passes()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        var nonce = partner.NextNonce();
        var replies = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(i => partner.PostAsync(Somewhere, new { i }, new() { Nonce = nonce }))
        );
        Assert.Single(replies, reply => reply.Status == 404);
        Assert.Equal(99, replies.Count(reply => reply.Code == "40003"));
    }

    [Fact]
    public async Task Two_instances_accept_a_nonce_once()
    {
        await using var twin = await app.StartTwinAsync();
        var partner = (await app.NewPartnerAsync()).Identity;
        var nonce = partner.NextNonce();
        (await partner.GetAsync(Somewhere, new() { Nonce = nonce })).Is(404);
        (await partner.At(twin).GetAsync(Somewhere, new() { Nonce = nonce })).Is(400, "40003");
    }

    [Fact]
    public async Task Two_keys_may_use_the_same_nonce()
    {
        var partner = await app.NewPartnerAsync();
        var nonce = partner.Identity.NextNonce();
        var issued = (await app.PostAsync($"/operator/partners/{partner.Id}/identity-keys")).Is(201).Data;
        var other = partner.Identity.With((string)issued["identityApiKey"]!, (string)issued["identityApiSecret"]!);
        (await partner.Identity.GetAsync(Somewhere, new() { Nonce = nonce })).Is(404);
        (await other.GetAsync(Somewhere, new() { Nonce = nonce })).Is(404);
        (await other.GetAsync(Somewhere, new() { Nonce = nonce })).Is(400, "40003");
    }

    [Fact]
    public async Task A_forger_does_not_use_up_a_nonce()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        var nonce = partner.NextNonce();
        for (var i = 0; i < 5; i++)
            (await partner.GetAsync(Somewhere, new() { Nonce = nonce, Signature = WrongSignature })).Is(401, "40103");
        (await partner.GetAsync(Somewhere, new() { Nonce = nonce })).Is(404);
    }

    [Fact]
    public async Task A_refused_request_writes_nothing()
    {
        await using var own = await TestApp.StartAsync();
        var partner = (await own.NewPartnerAsync()).Identity;
        foreach (
            var signing in new Signing[]
            {
                new() { Signature = WrongSignature },
                new() { Key = "pk_test_nobody" },
                new() { Nonce = "1" },
                new() { Nonce = "1700000000" },
            }
        )
            Assert.InRange((await partner.GetAsync(Somewhere, signing)).Status, 400, 401);
        var tables = new List<string>();
        await foreach (var table in Azurite.Tables.QueryAsync(cancellationToken: TestContext.Current.CancellationToken))
            tables.Add(table.Name);
        Assert.DoesNotContain(tables, name => name.StartsWith(own.Prefix + "Nonces", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Any_other_secret_method_target_or_body_is_another_signature()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        var other = (await app.NewPartnerAsync()).Identity;
        foreach (
            var signing in new Signing[]
            {
                new() { Secret = other.Secret },
                new() { Key = other.Key },
                new() { Method = "PATCH" },
                new() { Method = "Post" },
                new() { Target = Somewhere },
                new() { Target = Somewhere + "?b=2&a=1" },
                new() { Target = Somewhere + "?a=1&b=2&" },
                new() { Target = "http://localhost" + Somewhere + "?a=1&b=2" },
                new() { Target = "//eapi/v0/nowhere?a=1&b=2" },
                new() { Body = "{\"amount\":2}" },
                new() { Body = "{\"amount\": 1}" },
                new() { Body = "{\"amount\":1}\n" },
                new() { Body = Encoding.Unicode.GetBytes("{\"amount\":1}") },
                new() { Body = Array.Empty<byte>() },
                new() { Signature = "not hex" },
                new() { Signature = WrongSignature[1..] },
            }
        )
            (await partner.PostAsync(Somewhere + "?a=1&b=2", "{\"amount\":1}", signing)).Is(401, "40103");
        (await partner.PostAsync(Somewhere + "?a=1&b=2", "{\"amount\":1}")).Is(404);
        (await partner.PostAsync(Somewhere, "{ \"amount\":1}")).Is(404);
        (await partner.GetAsync(Somewhere, new() { Body = "\n" })).Is(401, "40103");
    }

    [Fact]
    public async Task A_signature_may_be_written_in_upper_case()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        (
            await partner.GetAsync(
                Somewhere,
                new() { Header = (key, signature, nonce) => $"Bearer {key}:{signature.ToUpperInvariant()}:{nonce}" }
            )
        ).Is(404);
        (
            await partner.GetAsync(
                Somewhere,
                new() { Header = (key, signature, nonce) => $"bearer {key}:{signature}:{nonce}" }
            )
        ).Is(404);
    }

    /// <summary>
    /// What is signed is what is sent, letter by letter; a spelling of something else, or one that is neither, is
    /// another signature.
    /// </summary>
    [Theory]
    [InlineData("/eapi/v0/x?email=ana%40example.org", "/eapi/v0/x?email=ana@example.org")]
    [InlineData("/eapi/v0/x?email=ana@example.org", "/eapi/v0/x?email=ana%40example.org")]
    [InlineData("/eapi/v0/x?a=%2B", "/eapi/v0/x?a=%2b")]
    [InlineData("/eapi/v0/x?a=%2B", "/eapi/v0/x?a=+")]
    [InlineData("/eapi/v0/x?a=b+c", "/eapi/v0/x?a=b%20c")]
    [InlineData("/eapi/v0/nowhere", "/eapi/v0/%6eowhere")]
    [InlineData("/eapi/v0/a%2Fb", "/eapi/v0/a/b")]
    [InlineData("/eapi//v0//x", "/eapi/v0/x")]
    [InlineData("/eapi/v0/x/", "/eapi/v0/x")]
    [InlineData("/eapi/v0/x", "/eapi/v0/./x")]
    [InlineData("/eapi/v0/y/../x", "/eapi/v0/y/x")]
    [InlineData("/EAPI/v0/x", "/eapi/v0/x")]
    [InlineData("/eapi/v0/x?b=2&a=1", "/eapi/v0/x?a=1&b=2")]
    [InlineData("/eapi/v0/x?", "/eapi/v0/x")]
    public async Task The_raw_target_is_signed(string sent, string respelt)
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        Assert.Equal(404, (await partner.SendRawAsync("GET", sent)).Status);
        var wrong = await partner.SendRawAsync("GET", sent, signing: new() { Target = respelt });
        Assert.Equal(401, wrong.Status);
        Assert.Contains("40103", wrong.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/eapi/v0/x?a=%2b", "/eapi/v0/x?a=%2B")]
    [InlineData("/eapi/v0/%6eowhere", "/eapi/v0/nowhere")]
    [InlineData("/eapi/v0/a%40b%2bc", "/eapi/v0/a@b+c")]
    [InlineData("/eapi/v0/./x", "/eapi/v0/x")]
    [InlineData("/eapi/v0/y/../x", "/eapi/v0/x")]
    [InlineData("/eapi/v0/x?a=%ff%00", "/eapi/v0/x?a=%FF%00")]
    public async Task The_canonical_target_may_be_signed_instead(string sent, string canonical)
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        Assert.Equal(404, (await partner.SendRawAsync("GET", sent)).Status);
        Assert.Equal(404, (await partner.SendRawAsync("GET", sent, signing: new() { Target = canonical })).Status);
    }

    [Fact]
    public async Task A_target_with_scheme_and_host_is_signed_without_them()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        Assert.Equal(
            404,
            (
                await partner.SendRawAsync(
                    "GET",
                    $"http://a{Somewhere}?x=1",
                    signing: new() { Target = Somewhere + "?x=1" }
                )
            ).Status
        );
    }

    /// <summary>
    /// On the way to the worker the host respells the target; a header of the platform says what was sent. A caller's
    /// own header of that name does not pass, whatever it says.
    /// </summary>
    [Theory]
    [InlineData("/eapi/v0/%6eowhere?a=%7e", "/eapi/v0/nowhere?a=~")]
    [InlineData("/eapi/v0/a%40b?c=%40%2b%61", "/eapi/v0/a@b?c=%40%2ba")]
    [InlineData("/eapi/v0/elsewhere", "/eapi/v0/nowhere")]
    [InlineData("/eapi/v0/a%2Fb", "/eapi/v0/a/b")]
    [InlineData("/eapi/v0/a?b=1%2Bc", "/eapi/v0/a?b=1+c")]
    [InlineData("", "/eapi/v0/a")]
    public async Task The_front_end_s_header_is_not_the_caller_s(string claimed, string sent)
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        var header = $"X-WAWS-Unencoded-URL: {claimed}";
        var forged = await partner.SendRawAsync("GET", sent, signing: new() { Target = claimed }, headers: header);
        Assert.Equal(401, forged.Status);
        Assert.Equal(404, (await partner.SendRawAsync("GET", sent, headers: header)).Status);
    }

    [Fact]
    public async Task Bodies_up_to_64_KB_pass_and_documents_up_to_10_MB()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        (await partner.PostAsync(Somewhere, new byte[64 * 1024])).Is(404);
        (await partner.PostAsync(Somewhere, new byte[(64 * 1024) + 1])).Is(413);
        const string Documents = "/eapi/v0/identities/share/documents";
        Assert.NotEqual(413, (await partner.PostAsync(Documents, new byte[10 * 1024 * 1024])).Status);
        (await partner.PostAsync(Documents, new byte[(10 * 1024 * 1024) + 1])).Is(413);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(20_000)]
    public async Task A_huge_part_of_the_header_is_an_error_like_any_other(int length)
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        var huge = new string('9', length);
        (await partner.GetAsync(Somewhere, new() { Key = "pk_test_" + huge })).Is(401, "40100");
        (await partner.GetAsync(Somewhere, new() { Signature = huge })).Is(401, "40103");
        (await partner.GetAsync(Somewhere, new() { Nonce = huge })).Is(400, "40001");
        (await app.GetAsync(Somewhere, ("Authorization", huge))).Is(401, "40101");
        (await app.GetAsync(Somewhere, ("Authorization", "Bearer " + new string(':', length)))).Is(401, "40101");
    }

    [Theory]
    [InlineData("pk_test_")]
    [InlineData("pk_test_a|b")]
    [InlineData("pk_test_a/b")]
    [InlineData("pk_test_a'or'1")]
    [InlineData("pk_live_aaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("m2m_test_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task A_key_that_nobody_was_given_is_not_recognised(string key) =>
        Assert.Equal(
            (401, true),
            await ReplyTo(key) is var reply
                ? (reply.Status, reply.Body.Contains("40100", StringComparison.Ordinal))
                : default
        );

    private async Task<RawReply> ReplyTo(string key) =>
        await (await app.NewPartnerAsync()).Identity.SendRawAsync("GET", Somewhere, signing: new() { Key = key });
}
