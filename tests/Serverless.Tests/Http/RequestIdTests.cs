using Xunit;

namespace Serverless.Tests.Http;

/// <summary><c>X-Request-Id</c>: whose it is, and when it is replaced.</summary>
public sealed class RequestIdTests(TestApp app) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData("abc-DEF_1.2", true)]
    [InlineData("a", true)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("<script>", false)]
    [InlineData("", false)]
    public async Task A_good_request_id_comes_back_and_another_is_replaced(string sent, bool kept)
    {
        var partner = await app.NewPartnerAsync();
        foreach (
            var reply in new[]
            {
                await partner.SendAsync(HttpMethod.Get, "/partner/links", null, ("X-Request-Id", sent)),
                await partner.SendAsync(HttpMethod.Get, "/partner/nothing", null, ("X-Request-Id", sent)),
                await partner.SendAsync(HttpMethod.Put, "/partner/links", "{}", ("X-Request-Id", sent)),
                await partner.PostLinkAsync("{", ("X-Request-Id", sent)),
                await app.GetAsync("/partner/links", ("X-Request-Id", sent)),
                await app.GetAsync("/widget/x/y", ("X-Request-Id", sent)),
            }
        )
        {
            if (kept)
                Assert.Equal(sent, reply["X-Request-Id"]);
            else
                Assert.Matches("^[0-9a-f]{32}$", reply["X-Request-Id"]);
        }
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public async Task A_request_id_has_at_most_128_characters(int length, bool kept)
    {
        var sent = new string('r', length);
        Assert.Equal(kept, (await app.GetAsync("/nothing", ("X-Request-Id", sent)))["X-Request-Id"] == sent);
    }

    [Fact]
    public async Task Every_answer_has_an_id_of_its_own() =>
        Assert.NotEqual(
            (await app.GetAsync("/nothing"))["X-Request-Id"],
            (await app.GetAsync("/nothing"))["X-Request-Id"]
        );

    [Fact]
    public async Task A_fault_is_500_with_the_id_and_nothing_of_its_cause()
    {
        await using var broken = await TestApp.StartAsync();
        broken.ExpectErrors();
        var partner = await broken.NewPartnerAsync();
        await broken.Table("Users").DeleteAsync(TestContext.Current.CancellationToken);
        using var raw = await RawHttp.ConnectAsync(broken.Address);
        var reply = await raw.SendAsync(
            System.Text.Encoding.ASCII.GetBytes(
                $"POST /partner/links HTTP/1.1\r\nHost: a\r\nX-API-Key: {partner.Key}\r\nX-Request-Id: mine\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{{\"referenceId\":\"cust\"}}"
            )
        );
        Assert.Equal(500, reply.Status);
        Assert.Equal("mine", reply["X-Request-Id"]);
        Assert.Equal(
            """{"success":false,"error":{"code":"INTERNAL_ERROR","message":"Something went wrong on our side. Try again, and quote the X-Request-Id if it persists."}}""",
            reply.Body
        );
        Assert.Contains(broken.Log.Errors, line => line.Contains("mine", StringComparison.Ordinal));
    }
}
