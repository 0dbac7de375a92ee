using System.Net;
using Serverless.Functions.Outbound;
using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>Where webhooks may go outside local development.</summary>
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
    [InlineData("https://169.254.169.254/metadata/instance?api-version=2021-02-01", false)]
    [InlineData("https://169.254.169.254./", false)]
    [InlineData("https://2852039166/", false)]
    [InlineData("https://0xa9fea9fe/", false)]
    [InlineData("https://0xA9.0xFE.0xA9.0xFE/", false)]
    [InlineData("https://0251.0376.0251.0376/", false)]
    [InlineData("https://169.254.43518/", false)]
    [InlineData("https://169.16689662/", false)]
    [InlineData("https://025177524776/", false)]
    [InlineData("https://2822734096/", false)]
    [InlineData("https://127.0.0.1./", false)]
    [InlineData("https://127.0.0.1../", false)]
    [InlineData("https://127.0.1/", false)]
    [InlineData("https://017700000001/", false)]
    [InlineData("https://0x7f.1/", false)]
    [InlineData("https://127.0x1/", false)]
    [InlineData("https://0x7f.0.0.0x1./", false)]
    [InlineData("https://0/", false)]
    [InlineData("https://1.2.3.4.5/", false)]
    [InlineData("https://example.0x7f/", false)]
    [InlineData("https://example.123/", false)]
    [InlineData("https://256.256.256.256/", false)]
    [InlineData("https://4294967296/", false)]
    [InlineData("https://①②⑦.⓪.⓪.①/", false)]
    [InlineData("https://１２７.０.０.１/", false)]
    [InlineData("https://127。0。0。1/", false)]
    [InlineData("https://127．0．0．1/", false)]
    [InlineData("https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", false)]
    [InlineData("https://ｌｏｃａｌｈｏｓｔ./", false)]
    [InlineData("https://printer.ｌｏｃａｌ/", false)]
    [InlineData("https://١٢٧.٠.٠.١/", true)]
    [InlineData("https://%31%32%37.0.0.1/", false)]
    [InlineData("https://127.0.0.1%00.example.com/", false)]
    [InlineData("https://partner.example.com%2f@127.0.0.1/", false)]
    [InlineData("https://partner.example.com\\@127.0.0.1/", false)]
    [InlineData("https://partner.example.com#@127.0.0.1/", true)]
    [InlineData("https://127.0.0.1#@partner.example.com/", false)]
    [InlineData("https://user:secret@partner.example.com/", false)]
    [InlineData("https://:@partner.example.com/", false)]
    [InlineData("https://[::ffff:169.254.169.254]/", false)]
    [InlineData("https://[::ffff:a9fe:a9fe]/", false)]
    [InlineData("https://[::ffff:168.63.129.16]/", false)]
    [InlineData("https://[64:ff9b::169.254.169.254]/", false)]
    [InlineData("https://[2002:a9fe:a9fe::1]/", false)]
    [InlineData("https://[::169.254.169.254]/", false)]
    [InlineData("https://[fe80::1%25eth0]/", false)]
    [InlineData("https://[fe80::1%eth0]/", false)]
    [InlineData("https://[0:0:0:0:0:0:0:1]/", false)]
    [InlineData("https://[::]/", false)]
    [InlineData("https://[3fff::1]/", false)]
    [InlineData("https://[4000::1]/", false)]
    [InlineData("https://[::ffff:8.8.8.8]/", true)]
    [InlineData("https://8.8.8.8./", true)]
    [InlineData("https://134744072/", true)]
    [InlineData("https://partner.example.com./hook", true)]
    [InlineData("https://PARTNER.EXAMPLE.COM/hook", true)]
    [InlineData("https://xn--mnchen-3ya.example/", true)]
    [InlineData("https://partner..example.com/", false)]
    [InlineData("https://a\u200db.example/", false)]
    [InlineData("https://partner.example.com:444/", false)]
    [InlineData("https://partner.example.com:80/", false)]
    [InlineData("https://partner.example.com:0/", false)]
    [InlineData("https://partner.example.com:65536/", false)]
    [InlineData("https://partner.example.com:0443/", true)]
    [InlineData("https://partner.example.com:/", true)]
    [InlineData("HTTPS://partner.example.com/", true)]
    [InlineData("HTTP://partner.example.com/", false)]
    [InlineData("https:partner.example.com", false)]
    [InlineData("https:/partner.example.com/", false)]
    [InlineData("https:///partner.example.com/", false)]
    [InlineData("ftp://partner.example.com/", false)]
    [InlineData("gopher://127.0.0.1/", false)]
    [InlineData("data:text/plain,x", false)]
    [InlineData("https://a.LOCALHOST/", false)]
    [InlineData("https://localhost.localdomain/", false)]
    public async Task A_URL_is_public_https_or_refused(string url, bool accepted)
    {
        var partner = await deployed.App.NewPartnerAsync();
        var reply = await partner.PutAsync("/partner/webhooks/endpoint", new { url });
        Assert.Equal(accepted ? [] : ["url"], reply.Is(accepted ? 200 : 400).Fields);
        // Nothing is to leave this machine: without events there is nothing to deliver to the public hosts above.
        await partner.PutAsync("/partner/webhooks/endpoint", """{"url":null,"events":["operation.failed"]}""");
        (await partner.PostLinkAsync(new { referenceId = "cust-1", callbackUrl = url })).Is(accepted ? 201 : 400);
    }

    [Theory]
    [InlineData("https://hooks.example.com/x?c=M%C3%A9xico&sig=abc%3D%3D", null)]
    [InlineData("https://hooks.example.com/a%2Fb/%E2%82%AC?x=%25&y=~!$'()*,;:@/?", null)]
    [InlineData("https://hooks.example.com/café?q=ñ", null)]
    [InlineData("hooks.example.com/x", "must be an absolute https URL: it begins with https://")]
    [InlineData("http://hooks.example.com/x", "must be an absolute https URL: it begins with https://")]
    [InlineData("https://hooks.example.com/a b", "must not have a space in its path or query: write %20")]
    [InlineData("https://hooks.example.com/a?b={c}", "must not have a { in its path or query: write %7B")]
    [InlineData(
        "https://hooks.example.com/100%",
        "must have two hexadecimal digits after each %: write a % itself as %25"
    )]
    [InlineData(
        "https://hooks.example.com/?sig=%3",
        "must have two hexadecimal digits after each %: write a % itself as %25"
    )]
    [InlineData("https://hooks..example.com/x", "must have a valid host name")]
    [InlineData("https://hooks.example.com:70000/x", "must have a valid host name")]
    public async Task A_URL_is_taken_as_it_is_escaped_and_where_one_is_refused_the_wrong_part_is_named(
        string url,
        string? wrong
    )
    {
        var partner = await deployed.App.NewPartnerAsync();
        var reply = await partner.PutAsync("/partner/webhooks/endpoint", new { url, events = Array.Empty<string>() });
        if (wrong is null)
            Assert.Equal(url, (string)reply.Is(200).Data["url"]!);
        else
            Assert.Equal(("url", wrong), Assert.Single(reply.Is(400, "INVALID_REQUEST").Details));
    }

    [Fact]
    public async Task A_name_that_resolves_to_a_private_address_is_refused_where_the_connection_is_made()
    {
        // "localhost" cannot be configured here, so the sender is asked itself.
        var sender = deployed.App.Service<WebhookSender>();
        var outcome = await sender.SendAsync(
            "https://localhost:9/",
            "link.created",
            "evt_1",
            [],
            new SigningSecrets(WebhookSecret.New()),
            TestContext.Current.CancellationToken
        );
        Assert.False(outcome.Succeeded);
        Assert.Equal("the host resolves to an address that is not on the public internet", outcome.Error);
    }

    /// <summary>First and last address of each refused range, what stands in it, and its neighbours.</summary>
    [Theory]
    // 0.0.0.0/8, RFC 791.
    [InlineData("1.0.0.0", true)]
    [InlineData("1.1.1.1", true)]
    [InlineData("8.8.8.8", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("0.0.0.1", false)]
    [InlineData("0.255.255.255", false)]
    // 10.0.0.0/8, RFC 1918.
    [InlineData("9.255.255.255", true)]
    [InlineData("11.0.0.0", true)]
    [InlineData("10.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("10.255.255.255", false)]
    // 100.64.0.0/10, carrier-grade NAT, RFC 6598; 100.100.100.200 is a cloud's metadata.
    [InlineData("100.63.255.255", true)]
    [InlineData("100.128.0.0", true)]
    [InlineData("100.64.0.0", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("100.127.255.255", false)]
    // 127.0.0.0/8, RFC 1122.
    [InlineData("126.255.255.255", true)]
    [InlineData("128.0.0.0", true)]
    [InlineData("127.0.0.0", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.0.0.53", false)]
    [InlineData("127.255.255.255", false)]
    // 169.254.0.0/16, RFC 3927; .169.254 is the instance metadata of Azure and others.
    [InlineData("169.253.255.255", true)]
    [InlineData("169.255.0.0", true)]
    [InlineData("169.254.0.0", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("169.254.170.2", false)]
    [InlineData("169.254.255.255", false)]
    // 168.63.129.16, Azure's wire server.
    [InlineData("168.63.129.15", true)]
    [InlineData("168.63.129.17", true)]
    [InlineData("168.63.129.16", false)]
    // 172.16.0.0/12, RFC 1918.
    [InlineData("172.15.255.255", true)]
    [InlineData("172.32.0.0", true)]
    [InlineData("172.16.0.0", false)]
    [InlineData("172.17.0.1", false)]
    [InlineData("172.31.255.255", false)]
    // 192.0.0.0/24, RFC 6890.
    [InlineData("191.255.255.255", true)]
    [InlineData("192.0.1.0", true)]
    [InlineData("192.0.0.0", false)]
    [InlineData("192.0.0.8", false)]
    [InlineData("192.0.0.170", false)]
    [InlineData("192.0.0.192", false)]
    [InlineData("192.0.0.255", false)]
    // 192.0.2.0/24, documentation, RFC 5737.
    [InlineData("192.0.1.255", true)]
    [InlineData("192.0.3.0", true)]
    [InlineData("192.0.2.0", false)]
    [InlineData("192.0.2.255", false)]
    // 192.31.196.0/24, AS112, RFC 7535.
    [InlineData("192.31.195.255", true)]
    [InlineData("192.31.197.0", true)]
    [InlineData("192.31.196.0", false)]
    [InlineData("192.31.196.255", false)]
    // 192.52.193.0/24, AMT, RFC 7450.
    [InlineData("192.52.192.255", true)]
    [InlineData("192.52.194.0", true)]
    [InlineData("192.52.193.0", false)]
    [InlineData("192.52.193.255", false)]
    // 192.88.99.0/24, 6to4 relays, RFC 7526.
    [InlineData("192.88.98.255", true)]
    [InlineData("192.88.100.0", true)]
    [InlineData("192.88.99.0", false)]
    [InlineData("192.88.99.1", false)]
    [InlineData("192.88.99.255", false)]
    // 192.168.0.0/16, RFC 1918.
    [InlineData("192.167.255.255", true)]
    [InlineData("192.169.0.0", true)]
    [InlineData("192.168.0.0", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("192.168.255.255", false)]
    // 192.175.48.0/24, AS112, RFC 7534.
    [InlineData("192.175.47.255", true)]
    [InlineData("192.175.49.0", true)]
    [InlineData("192.175.48.0", false)]
    [InlineData("192.175.48.255", false)]
    // 198.18.0.0/15, benchmarking, RFC 2544.
    [InlineData("198.17.255.255", true)]
    [InlineData("198.20.0.0", true)]
    [InlineData("198.18.0.0", false)]
    [InlineData("198.19.255.255", false)]
    // 198.51.100.0/24, documentation, RFC 5737.
    [InlineData("198.51.99.255", true)]
    [InlineData("198.51.101.0", true)]
    [InlineData("198.51.100.0", false)]
    [InlineData("198.51.100.255", false)]
    // 203.0.113.0/24, documentation, RFC 5737.
    [InlineData("203.0.112.255", true)]
    [InlineData("203.0.114.0", true)]
    [InlineData("203.0.113.0", false)]
    [InlineData("203.0.113.255", false)]
    // 224.0.0.0/4, multicast, RFC 5771.
    [InlineData("223.255.255.255", true)]
    [InlineData("224.0.0.0", false)]
    [InlineData("224.0.0.251", false)]
    [InlineData("239.255.255.255", false)]
    // 240.0.0.0/4, reserved, RFC 1112, and broadcast, RFC 919.
    [InlineData("240.0.0.0", false)]
    [InlineData("255.255.255.254", false)]
    [InlineData("255.255.255.255", false)]
    // ::/128 and ::1/128, RFC 4291.
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::2", false)]
    // ::/96, IPv4-compatible, RFC 4291, section 2.5.5.1.
    [InlineData("::127.0.0.1", false)]
    [InlineData("::7f00:1", false)]
    [InlineData("::10.0.0.1", false)]
    [InlineData("::169.254.169.254", false)]
    [InlineData("::168.63.129.16", false)]
    [InlineData("::8.8.8.8", false)]
    [InlineData("::255.255.255.255", false)]
    // ::ffff:0:0/96, IPv4-mapped, RFC 4291, section 2.5.5.2: judged as the IPv4.
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("::ffff:808:808", true)]
    [InlineData("::ffff:168.63.129.17", true)]
    [InlineData("::ffff:0.0.0.0", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:7f00:1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:a00:1", false)]
    [InlineData("::ffff:100.64.0.1", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("::ffff:a9fe:a9fe", false)]
    [InlineData("::ffff:168.63.129.16", false)]
    [InlineData("::ffff:a83f:8110", false)]
    [InlineData("::ffff:172.16.0.1", false)]
    [InlineData("::ffff:192.168.0.1", false)]
    [InlineData("::ffff:224.0.0.1", false)]
    [InlineData("::ffff:255.255.255.255", false)]
    [InlineData("0:0:0:0:0:ffff:127.0.0.1", false)]
    // ::ffff:0:0:0/96, IPv4-translated, RFC 2765.
    [InlineData("::ffff:0:0.0.0.0", false)]
    [InlineData("::ffff:0:8.8.8.8", false)]
    [InlineData("::ffff:0:169.254.169.254", false)]
    [InlineData("::ffff:0:255.255.255.255", false)]
    // 64:ff9b::/96, NAT64, RFC 6052.
    [InlineData("64:ff9b::", false)]
    [InlineData("64:ff9b::8.8.8.8", false)]
    [InlineData("64:ff9b::10.0.0.1", false)]
    [InlineData("64:ff9b::169.254.169.254", false)]
    [InlineData("64:ff9b::a83f:8110", false)]
    [InlineData("64:ff9b::ffff:ffff", false)]
    // 64:ff9b:1::/48, local NAT64, RFC 8215.
    [InlineData("64:ff9b:1::", false)]
    [InlineData("64:ff9b:1::1", false)]
    [InlineData("64:ff9b:1:fffe::169.254.169.254", false)]
    [InlineData("64:ff9b:1:ffff:ffff:ffff:ffff:ffff", false)]
    // 100::/64, discard, RFC 6666, and 100:0:0:1::/64, dummy prefix, RFC 9780.
    [InlineData("100::", false)]
    [InlineData("100::1", false)]
    [InlineData("100::ffff:ffff:ffff:ffff", false)]
    [InlineData("100:0:0:1::", false)]
    [InlineData("100:0:0:1:ffff:ffff:ffff:ffff", false)]
    // 200::/7, formerly NSAP, RFC 4048.
    [InlineData("200::", false)]
    [InlineData("3ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // 2001::/23, protocol assignments, RFC 2928.
    [InlineData("2001:200::", true)]
    [InlineData("2001:200::1", true)]
    [InlineData("2001:4860:4860::8888", true)]
    [InlineData("2001:1::1", false)]
    [InlineData("2001:2::1", false)]
    [InlineData("2001:3::1", false)]
    [InlineData("2001:4:112::1", false)]
    [InlineData("2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // 2001::/32 in it, Teredo, RFC 4380.
    [InlineData("2001::", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:0:4136:e378:8000:63bf:f5ff:fffe", false)]
    [InlineData("2001:0:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // 2001:10::/28 and 2001:20::/28 in it, ORCHID, RFC 4843 and 7343.
    [InlineData("2001:10::1", false)]
    [InlineData("2001:20::1", false)]
    [InlineData("2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // 2001:db8::/32, documentation, RFC 3849.
    [InlineData("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db9::", true)]
    [InlineData("2001:db8::", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // 2002::/16, 6to4, RFC 3056.
    [InlineData("2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true)]
    [InlineData("2003::", true)]
    [InlineData("2003::1", true)]
    [InlineData("2002::", false)]
    [InlineData("2002:7f00:1::1", false)]
    [InlineData("2002:a00:1::1", false)]
    [InlineData("2002:a9fe:a9fe::1", false)]
    [InlineData("2002:a83f:8110::1", false)]
    [InlineData("2002:808:808::1", false)]
    [InlineData("2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // 2620:4f:8000::/48, AS112, RFC 7534.
    [InlineData("2620:4f:7fff:ffff:ffff:ffff:ffff:ffff", true)]
    [InlineData("2620:4f:8001::", true)]
    [InlineData("2620:4f:8000::", false)]
    [InlineData("2620:4f:8000:ffff:ffff:ffff:ffff:ffff", false)]
    // 3ffe::/16, formerly 6bone, RFC 3701.
    [InlineData("3ffd:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true)]
    [InlineData("3ffe::", false)]
    [InlineData("3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // 3fff::/20, documentation, RFC 9637.
    [InlineData("3fff:1000::", true)]
    [InlineData("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true)]
    [InlineData("3fff::", false)]
    [InlineData("3fff::1", false)]
    [InlineData("3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // 5f00::/16, segment routing, RFC 9602.
    [InlineData("5f00::", false)]
    [InlineData("5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // fc00::/7, unique local, RFC 4193; fd00:ec2::254 is a cloud's metadata.
    [InlineData("fc00::", false)]
    [InlineData("fd00::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // fe80::/10, link-local, RFC 4291; fe80::1234:5678:9abc is Azure's.
    [InlineData("fe80::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fe80::1%3", false)]
    [InlineData("fe80::1234:5678:9abc", false)]
    [InlineData("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // fec0::/10, site-local, RFC 3879.
    [InlineData("fec0::", false)]
    [InlineData("fec0::1", false)]
    [InlineData("feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // ff00::/8, multicast, RFC 4291.
    [InlineData("ff00::", false)]
    [InlineData("ff02::1", false)]
    [InlineData("ff0e::1", false)]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    // outside 2000::/3 nothing is allocated, RFC 4291, section 2.4.
    [InlineData("2000::", true)]
    [InlineData("2606:4700:4700::1111", true)]
    [InlineData("2a00:1450:4001:82b::200e", true)]
    [InlineData("1::1", false)]
    [InlineData("64:ff9a::", false)]
    [InlineData("1000::", false)]
    [InlineData("1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    [InlineData("4000::", false)]
    [InlineData("5eff::1", false)]
    [InlineData("6000::1", false)]
    [InlineData("8000::1", false)]
    [InlineData("a000::1", false)]
    [InlineData("c000::1", false)]
    [InlineData("e000::1", false)]
    [InlineData("fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    [InlineData("fe00::1", false)]
    [InlineData("fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false)]
    public void An_address_is_public_or_not(string address, bool isPublic) =>
        Assert.Equal(isPublic, NetworkRanges.IsPublic(IPAddress.Parse(address)));

    /// <summary>The app as it is deployed: nothing private may be called.</summary>
    public sealed class PublicOnly : IAsyncLifetime
    {
        public TestApp App { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            App = await TestApp.StartAsync(("Webhooks:AllowPrivateNetworks", "false"));

        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
