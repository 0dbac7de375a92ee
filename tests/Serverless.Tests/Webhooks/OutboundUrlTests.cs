using System.Net;
using Serverless.Functions.Webhooks;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>Choice 8: where webhooks may go outside local development.</summary>
public sealed class OutboundUrlTests(OutboundUrlTests.PublicOnly deployed) : IClassFixture<OutboundUrlTests.PublicOnly>
{
    [Theory]
    [InlineData("https://partner.example.com/hook", true)]
    [InlineData("https://partner.example.com:443/hook", true)]
    [InlineData("https://partner.example.com:8443/hook", true)]
    [InlineData("https://8.8.8.8/", true)]
    [InlineData("https://[2606:4700:4700::1111]/", true)]
    [InlineData("https://münchen.example/", true)]
    [InlineData("http://partner.example.com/hook", false)]
    [InlineData("https://partner.example.com:8080/", false)]
    [InlineData("https://partner.example.com:22/", false)]
    [InlineData("https://user@partner.example.com/", false)]
    [InlineData("https://localhost/", false)]
    [InlineData("https://LOCALHOST./", false)]
    [InlineData("https://a.localhost/", false)]
    [InlineData("https://printer.local/", false)]
    [InlineData("https://db.internal/", false)]
    [InlineData("https://metadata.google.internal/", false)]
    [InlineData("https://nas.home.arpa/", false)]
    [InlineData("https://intranet/", false)]
    [InlineData("https://127.0.0.1/", false)]
    [InlineData("https://127.1/", false)]
    [InlineData("https://2130706433/", false)]
    [InlineData("https://0x7f000001/", false)]
    [InlineData("https://0177.0.0.1/", false)]
    [InlineData("https://10.1.2.3/", false)]
    [InlineData("https://169.254.169.254/latest/meta-data", false)]
    [InlineData("https://168.63.129.16/", false)]
    [InlineData("https://[::1]/", false)]
    [InlineData("https://[::ffff:10.0.0.1]/", false)]
    [InlineData("https://[fd00::1]/", false)]
    [InlineData("https://[fe80::1]/", false)]
    [InlineData("https://0.0.0.0/", false)]
    [InlineData("//partner.example.com/", false)]
    [InlineData("file:///etc/passwd", false)]
    [InlineData("https://partner.example.com/a b", false)]
    public async Task A_URL_is_public_https_or_refused(string url, bool accepted)
    {
        var partner = await deployed.App.NewPartnerAsync();
        var reply = await partner.PutAsync("/partner/webhooks/endpoint", new { url });
        Assert.Equal(accepted ? [] : ["url"], reply.Is(accepted ? 200 : 400).Fields);
        // Nothing is to leave this machine: without events there is nothing to deliver to the public hosts above.
        await partner.PutAsync("/partner/webhooks/endpoint", new { events = new[] { "operation.failed" } });
        (await partner.PostLinkAsync(new { referenceId = "cust-1", callbackUrl = url })).Is(accepted ? 201 : 400);
    }

    [Fact]
    public async Task A_name_that_resolves_to_a_private_address_is_refused_where_the_connection_is_made()
    {
        // "localhost" cannot be configured here, so the sender is asked itself.
        var sender = deployed.App.Service<WebhookSender>();
        var outcome = await sender.SendAsync("https://localhost:9/", new Dictionary<string, string>(), [], WebhookFamily.M2m, TestContext.Current.CancellationToken);
        Assert.False(outcome.Succeeded);
        Assert.Equal("the host resolves to an address that is not on the public internet", outcome.Error);
    }

    /// <summary>First and last address of each refused range, and their neighbours.</summary>
    [Theory]
    [InlineData("0.0.0.0", false)]
    [InlineData("0.255.255.255", false)]
    [InlineData("1.0.0.0", true)]
    [InlineData("1.1.1.1", true)]
    [InlineData("8.8.8.8", true)]
    [InlineData("9.255.255.255", true)]
    [InlineData("10.0.0.0", false)]
    [InlineData("10.255.255.255", false)]
    [InlineData("11.0.0.0", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("100.64.0.0", false)]
    [InlineData("100.127.255.255", false)]
    [InlineData("100.128.0.0", true)]
    [InlineData("126.255.255.255", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.255.255.255", false)]
    [InlineData("128.0.0.0", true)]
    [InlineData("168.63.129.15", true)]
    [InlineData("168.63.129.16", false)]
    [InlineData("168.63.129.17", true)]
    [InlineData("169.253.255.255", true)]
    [InlineData("169.254.0.0", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("169.254.255.255", false)]
    [InlineData("169.255.0.0", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.16.0.0", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.0", true)]
    [InlineData("192.0.0.0", false)]
    [InlineData("192.0.0.255", false)]
    [InlineData("192.0.1.0", true)]
    [InlineData("192.0.2.1", false)]
    [InlineData("192.0.3.0", true)]
    [InlineData("192.31.196.1", false)]
    [InlineData("192.52.193.1", false)]
    [InlineData("192.88.99.1", false)]
    [InlineData("192.167.255.255", true)]
    [InlineData("192.168.0.0", false)]
    [InlineData("192.168.255.255", false)]
    [InlineData("192.169.0.0", true)]
    [InlineData("192.175.48.1", false)]
    [InlineData("198.17.255.255", true)]
    [InlineData("198.18.0.0", false)]
    [InlineData("198.19.255.255", false)]
    [InlineData("198.20.0.0", true)]
    [InlineData("198.51.100.7", false)]
    [InlineData("203.0.113.7", false)]
    [InlineData("203.0.114.0", true)]
    [InlineData("223.255.255.255", true)]
    [InlineData("224.0.0.1", false)]
    [InlineData("239.255.255.255", false)]
    [InlineData("240.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::2", false)]
    [InlineData("::7f00:1", false)]
    [InlineData("::8.8.8.8", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("::ffff:0:8.8.8.8", false)]
    [InlineData("64:ff9b::8.8.8.8", false)]
    [InlineData("64:ff9b:1::1", false)]
    [InlineData("100::1", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:1ff:ffff::1", false)]
    [InlineData("2001:200::1", true)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2001:db9::1", true)]
    [InlineData("2002:0a00:0001::1", false)]
    [InlineData("2003::1", true)]
    [InlineData("2606:4700:4700::1111", true)]
    [InlineData("2a00:1450:4001:82b::200e", true)]
    [InlineData("3fff::1", false)]
    [InlineData("3fff:fff:ffff::1", false)]
    [InlineData("5f00::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fdff:ffff::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("febf::1", false)]
    [InlineData("fe80::1%3", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    public void An_address_is_public_or_not(string address, bool isPublic) => Assert.Equal(isPublic, NetworkRanges.IsPublic(IPAddress.Parse(address)));

    /// <summary>The app as it is deployed: nothing private may be called.</summary>
    public sealed class PublicOnly : IAsyncLifetime
    {
        public TestApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() => App = await TestApp.StartAsync(("Webhooks:AllowPrivateNetworks", "false"));

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
