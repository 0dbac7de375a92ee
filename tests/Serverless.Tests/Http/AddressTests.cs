using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>The address in links, and the address that a call comes from: neither is its caller's to choose.</summary>
public sealed class AddressTests
{
    [Fact]
    public async Task Production_does_not_start_without_an_address_for_links()
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() =>
            TestApp.StartAsync(("Partners:Environment", "production"))
        );
        Assert.Contains("'PublicBaseUrl' is missing", refused.ToString(), StringComparison.Ordinal);
        Assert.Contains("https://links.example.com", refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("links.example")]
    [InlineData("ftp://links.example")]
    [InlineData("https://links.example/?a=b")]
    [InlineData("https://me@links.example")]
    public async Task An_address_that_is_none_is_refused(string setting)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => TestApp.StartAsync(("PublicBaseUrl", setting)));
        Assert.Contains("'PublicBaseUrl' must be an address", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_header_of_a_caller_changes_the_address_that_is_configured()
    {
        await using var app = await TestApp.StartAsync(("PublicBaseUrl", "https://links.example/m2m/"));
        var partner = await app.NewPartnerAsync();
        (string, string)[] lies =
        [
            ("Host", "evil.example"),
            ("X-Forwarded-Host", "evil.example"),
            ("X-Forwarded-Proto", "http"),
            ("DISGUISED-HOST", "evil.example"),
        ];
        var link = (await partner.PostLinkAsync(new { referenceId = "cust-host" }, lies)).Is(201).Data;
        var prefix = $"https://links.example/m2m/widget/{link["linkId"]}/";
        Assert.StartsWith(prefix, (string)link["url"]!, StringComparison.Ordinal);
        var opened = await app.PostAsync($"/widget/links/{link["linkId"]}/open", null, lies);
        Assert.DoesNotContain("evil", opened.Is(200).Text, StringComparison.Ordinal);
    }

    /// <summary>What the platform's front end says counts behind it and nowhere else.</summary>
    [Theory]
    [InlineData(null, "203.0.113.7", "127.0.0.1")]
    [InlineData("app.example", null, "127.0.0.1")]
    [InlineData("app.example", "203.0.113.7", "203.0.113.7")]
    [InlineData("app.example", "203.0.113.7:4711", "203.0.113.7")]
    [InlineData("app.example", "::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("app.example", "[2001:db8::1]:4711", "2001:db8::1")]
    [InlineData("app.example", "2001:db8::1", "2001:db8::1")]
    [InlineData("app.example", "203.0.113.7, 203.0.113.8", "127.0.0.1")]
    [InlineData("app.example", "nonsense", "127.0.0.1")]
    [InlineData("app.example", "", "127.0.0.1")]
    public void A_call_comes_from_the_connection_or_from_whom_the_front_end_speaks_for(
        string? hostName,
        string? header,
        string address
    )
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = System.Net.IPAddress.Loopback.MapToIPv6();
        http.Request.Headers["X-Forwarded-For"] = "198.51.100.1";
        if (header is not null)
            http.Request.Headers["X-Client-IP"] = header;
        Assert.Equal(
            address,
            new ClientAddress(Configured.Options<HttpOptions>(("WEBSITE_HOSTNAME", hostName))).Of(http)?.ToString()
        );
    }

    [Fact]
    public async Task Behind_the_front_end_each_caller_has_a_limit_of_its_own()
    {
        await using var app = await TestApp.StartAsync(
            ("Partners:Environment", "production"),
            ("PublicBaseUrl", "https://links.example"),
            ("WEBSITE_HOSTNAME", "app.example"),
            ("Identities:CallsPerMinute", "10")
        );
        Task<Reply> CallAsync(string told, string forged) =>
            app.GetAsync("/eapi/v0/nowhere", ("X-Client-IP", told), ("X-Forwarded-For", forged));
        for (var i = 0; i < 20; i++)
        {
            (await CallAsync($"203.0.113.{i}", "203.0.113.1")).Is(401, "40102");
            (await CallAsync("203.0.113.100", $"198.51.100.{i}")).Is(i < 10 ? 401 : 429);
        }
    }
}
