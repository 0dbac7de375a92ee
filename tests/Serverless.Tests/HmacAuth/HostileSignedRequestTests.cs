using System.Text;
using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.HmacAuth;

/// <summary>Whatever comes, the answer is never a 500 and, once a function runs, always the envelope.</summary>
public sealed class HostileSignedRequestTests
{
    private const string Pieces = "Bearer :%/?&=+.,;'\"\\|{}[]<>()~0123456789abcpk_test_sk_live_\t";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_headers_targets_and_bodies_are_refused_in_the_envelope(int seed)
    {
        await using var app = await TestApp.StartAsync(("Identities:CallsPerMinute", "100000"));
        var partner = (await app.NewPartnerAsync()).Identity;
        var random = new Random(seed);
        var seen = new HashSet<int>();
        for (var i = 0; i < 200; i++)
        {
            var target = "/eapi/" + new string(random.GetItems<char>("abc/%2F%00.?&=+~;:@!*'()", random.Next(40)));
            var body = new byte[random.Next(3) == 0 ? random.Next(300) : 0];
            random.NextBytes(body);
            var part = new string(random.GetItems<char>(Pieces, random.Next(60)));
            var authorization = random.Next(5) switch
            {
                0 => part,
                1 => "Bearer " + part,
                2 => partner.Authorize("POST", target, body, new() { Key = part.Trim() }),
                3 => partner.Authorize("POST", target, body, new() { Nonce = part.Trim() }),
                _ => partner.Authorize("POST", target, body),
            };
            using var raw = await RawHttp.ConnectAsync(app.Address);
            var reply = await raw.SendAsync([
                .. Encoding.Latin1.GetBytes(
                    $"POST {target} HTTP/1.1\r\nHost: a\r\nAuthorization: {authorization}\r\nContent-Length: {body.Length}\r\n\r\n"
                ),
                .. body,
            ]);
            seen.Add(reply.Status);
            Assert.InRange(reply.Status, 400, 499);
            if (reply["X-Request-Id"] is { } id)
                Reply.CheckIdentityEnvelope(JsonNode.Parse(reply.Body)!, reply.Status, id);
            else
                Assert.Equal(400, reply.Status);
        }
        Assert.Superset(new HashSet<int> { 400, 401, 404 }, seen);
    }
}
