using Xunit;

namespace Serverless.Tests.Links;

/// <summary>
/// Opening a link: the page is inert, the person's click opens.
/// </summary>
public sealed class OpenLinkTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Unknown = "No existe este enlace";

    private const string Phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15";

    [Fact]
    public async Task The_first_opening_moves_the_link_stores_the_device_and_tells_the_partner()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["link.opened"]);
        var link = await partner.CreateLinkAsync("cust-1", metadata: new { order = "A" });
        var reply = (
            await link.OpenAsync(("User-Agent", Phone), ("Accept-Language", "de;q=0.4, en-US;q=0.9, *;q=0.1"))
        ).Is(200);

        Assert.Equal((link.Id, "opened"), ((string?)reply.Data["linkId"], (string?)reply.Data["status"]));
        Assert.Equal((string?)reply.Data["openedAt"], (string?)(await link.GetAsync()).Data["openedAt"]);
        await app.IdleAsync();
        var webhook = Assert.Single(inbox.Received);
        Assert.Equal(
            (link.Id, "cust-1", (string?)reply.Data["openedAt"]),
            ((string?)webhook.Data["linkId"], (string?)webhook.Data["referenceId"], (string?)webhook.Data["openedAt"])
        );
        Assert.Equal(
            $$"""{"userAgent":"{{Phone}}","platform":"iOS","language":"en-US"}""",
            webhook.Data["deviceInfo"]!.ToJsonString()
        );
        Assert.Equal("""{"order":"A"}""", webhook.Data["metadata"]!.ToJsonString());
    }

    [Fact]
    public async Task Opening_again_is_allowed_and_changes_nothing()
    {
        var inbox = await app.NewInboxAsync();
        var link = await (await app.NewPartnerAsync(inbox, ["link.opened"])).CreateLinkAsync();
        var first = (await link.OpenAsync(("User-Agent", Phone))).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var second = (await link.OpenAsync(("User-Agent", "Other"))).Is(200);
        Assert.Equal((string?)first.Data["openedAt"], (string?)second.Data["openedAt"]);
        await app.IdleAsync();
        Assert.Single(inbox.Received);
    }

    [Fact]
    public async Task Of_20_parallel_openings_one_counts()
    {
        var inbox = await app.NewInboxAsync();
        var link = await (await app.NewPartnerAsync(inbox, ["link.opened"])).CreateLinkAsync();
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => link.OpenAsync()));
        Assert.All(replies, reply => reply.Is(200));
        Assert.Single(replies.Select(reply => (string?)reply.Data["openedAt"]).Distinct());
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Single(inbox.Received);
    }

    [Theory]
    [InlineData("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X)", "iOS")]
    [InlineData("Mozilla/5.0 (Linux; Android 14; Pixel 8)", "Android")]
    [InlineData("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "Windows")]
    [InlineData("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)", "ChromeOS")]
    [InlineData("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "macOS")]
    [InlineData("Mozilla/5.0 (X11; Linux x86_64)", "Linux")]
    [InlineData("curl/8.0", "unknown")]
    public async Task The_platform_is_told_from_the_agent(string agent, string platform)
    {
        var inbox = await app.NewInboxAsync();
        var link = await (await app.NewPartnerAsync(inbox, ["link.opened"])).CreateLinkAsync();
        await link.OpenAsync(("User-Agent", agent));
        await app.IdleAsync();
        Assert.Equal(platform, (string?)Assert.Single(inbox.Received).Data["deviceInfo"]!["platform"]);
    }

    [Theory]
    [InlineData(null, "und")]
    [InlineData("*", "und")]
    [InlineData("es-MX,es;q=0.9", "es-MX")]
    [InlineData(";;;===", "und")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "und")]
    public async Task The_language_is_the_most_preferred_one_if_it_says_any(string? accepted, string language)
    {
        var inbox = await app.NewInboxAsync();
        var link = await (await app.NewPartnerAsync(inbox, ["link.opened"])).CreateLinkAsync();
        await link.OpenAsync(accepted is null ? [] : [("Accept-Language", accepted)]);
        await app.IdleAsync();
        Assert.Equal(language, (string?)Assert.Single(inbox.Received).Data["deviceInfo"]!["language"]);
    }

    [Fact]
    public async Task A_browser_s_form_is_sent_back_to_the_page()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        using var form = new FormUrlEncodedContent([]);
        var reply = await app.PostAsync($"/widget/links/{link.Id}/open", form);
        Assert.Equal(303, reply.Status);
        Assert.Equal(link.Url.AbsolutePath + "#opened", reply["Location"]);
        Assert.Equal("opened", await link.StatusAsync());
    }

    [Fact]
    public async Task Fetching_the_page_changes_nothing_however_often()
    {
        var inbox = await app.NewInboxAsync();
        var link = await (await app.NewPartnerAsync(inbox, ["link.opened"])).CreateLinkAsync();
        for (var i = 0; i < 5; i++)
            Assert.Equal(200, (await link.PageAsync()).Status);
        await app.IdleAsync();
        Assert.Empty(inbox.Received);
        Assert.Equal("created", await link.StatusAsync());
    }

    [Theory]
    [InlineData(null, "en-US", "en", "Your transfer is ready")]
    [InlineData(null, "es-MX", "es", "Tu transferencia está lista")]
    [InlineData("es", "en-US", "es", "Tu transferencia está lista")]
    [InlineData("en", "es-MX", "en", "Your transfer is ready")]
    [InlineData(null, "fr", "en", "Your transfer is ready")]
    public async Task The_page_speaks_the_link_s_language_else_the_browser_s(
        string? language,
        string accepted,
        string expected,
        string title
    )
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync(language: language);
        var page = await link.PageAsync(("Accept-Language", accepted));
        Assert.Equal("text/html", page.MediaType);
        Assert.Contains($"<html lang=\"{expected}\">", page.Text, StringComparison.Ordinal);
        Assert.Contains(title, System.Net.WebUtility.HtmlDecode(page.Text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("created", 200, "Your transfer is ready", "Tu transferencia está lista")]
    [InlineData("opened", 200, "Your transfer is open", "Tu transferencia está abierta")]
    [InlineData("expired", 410, "This link has expired", "Este enlace ha caducado")]
    [InlineData("revoked", 410, "This link was withdrawn", "Este enlace fue retirado")]
    [InlineData("unknown", 404, "There is no such link", "No existe este enlace")]
    [InlineData("truncated", 404, "This link is not whole", "Este enlace está incompleto")]
    [InlineData("root", 404, "You need a link to begin", "Necesitas un enlace para empezar")]
    public async Task The_page_says_where_the_link_stands(string state, int status, string english, string spanish)
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync(expiresInMinutes: 5);
        if (state == "opened")
            await link.OpenAsync();
        else if (state == "revoked")
            await link.RevokeAsync();
        else if (state == "expired")
            await app.AdvanceAsync(TimeSpan.FromMinutes(6));
        var path = state switch
        {
            "unknown" => $"{link.Url.AbsolutePath.Split("_01", 2)[0]}_01kg0000000000000000000000/m2m-basic",
            "truncated" => link.Url.AbsolutePath[..^20],
            "root" => "/",
            _ => link.Url.AbsolutePath,
        };

        foreach (var (language, title) in new[] { ("en", english), ("es", spanish) })
        {
            var page = await app.GetAsync(path, ("Accept-Language", language));
            Assert.Equal(status, page.Status);
            Assert.Contains($"<h1>{title}</h1>", System.Net.WebUtility.HtmlDecode(page.Text), StringComparison.Ordinal);
            Assert.Equal(
                state is "created" or "opened",
                page.Text.Contains("id=\"continue\"", StringComparison.Ordinal)
            );
            // Whose link it is can be told of nearly all, and then whom one can ask.
            Assert.Equal(state != "root", page.Text.Contains(">A partner</span>", StringComparison.Ordinal));
            Assert.Equal("no-referrer", page["Referrer-Policy"]);
        }
    }

    [Fact]
    public async Task The_language_that_the_person_chooses_comes_before_the_link_s_and_is_kept_on_the_way()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync(language: "en");
        var page = await app.GetAsync(link.Url.AbsolutePath + "?lang=es", ("Accept-Language", "en"));
        Assert.Contains("<html lang=\"es\">", page.Text, StringComparison.Ordinal);
        Assert.Contains("<a href=\"?lang=en\" lang=\"en\"", page.Text, StringComparison.Ordinal);
        Assert.Contains($"{link.Id}/open?lang=es\"", page.Text, StringComparison.Ordinal);
        var cutShort = await app.GetAsync($"/widget/{link.Id}?lang=es");
        Assert.Equal((302, $"{link.Url}?lang=es"), (cutShort.Status, cutShort["Location"]));
        var other = await app.GetAsync(link.Url.AbsolutePath + "?lang=xx%22%3E", ("Accept-Language", "en"));
        Assert.Contains("<html lang=\"en\">", other.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("xx", other.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_links_to_the_partner_s_terms_and_privacy_and_a_dead_one_back_to_the_partner()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        Assert.DoesNotContain("noopener", (await link.PageAsync()).Text, StringComparison.Ordinal);
        (
            await app.SendAsync(
                HttpMethod.Patch,
                $"/operator/partners/{partner.Id}",
                new
                {
                    settings = new
                    {
                        returnUrl = "https://partner.example.com/back?a=1&b=\"",
                        termsUrl = "https://partner.example.com/terms",
                        privacyUrl = "https://partner.example.com/privacy",
                    },
                }
            )
        ).Is(400);
        (
            await app.SendAsync(
                HttpMethod.Patch,
                $"/operator/partners/{partner.Id}",
                new
                {
                    settings = new
                    {
                        returnUrl = "https://partner.example.com/back?a=1&b=2",
                        termsUrl = "https://partner.example.com/terms",
                        privacyUrl = "https://partner.example.com/privacy",
                    },
                }
            )
        ).Is(200);
        var page = (await link.PageAsync()).Text;
        foreach (var name in new[] { "terms", "privacy" })
            Assert.Contains(
                $"<a href=\"https://partner.example.com/{name}\" target=\"_blank\" rel=\"noopener noreferrer\">",
                page,
                StringComparison.Ordinal
            );
        Assert.DoesNotContain("/back", page, StringComparison.Ordinal);
        await link.RevokeAsync();
        Assert.Contains(
            "href=\"https://partner.example.com/back?a=1&amp;b=2\" rel=\"noreferrer\"",
            (await link.PageAsync()).Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_page_lets_nothing_in_and_is_not_kept()
    {
        var page = await (await (await app.NewPartnerAsync()).CreateLinkAsync()).PageAsync();
        Assert.StartsWith("default-src 'none'; ", page["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", page["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Equal(
            ("no-store", "no-referrer", "nosniff"),
            (page["Cache-Control"], page["Referrer-Policy"], page["X-Content-Type-Options"])
        );
        Assert.Contains("form-action 'self'", page["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.Equal(
            ("require-corp", "cross-origin"),
            (page["Cross-Origin-Embedder-Policy"], page["Cross-Origin-Resource-Policy"])
        );
        Assert.DoesNotContain("'unsafe", page["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.DoesNotMatch("<style|<script(?! type=\"module\" src=\"/widget/assets/)| style=| on[a-z]+=", page.Text);
    }

    [Theory]
    [InlineData("/widget/{id}")]
    [InlineData("/widget/{id}/")]
    [InlineData("/widget/{id}.")]
    [InlineData("/widget/{id}/m2m-basic.")]
    [InlineData("/widget/{id}/m2m-basic)")]
    [InlineData("/widget/{id}/m2m-basic%29.")]
    [InlineData("/widget/{id}/m2m-basic%E2%80%9D")]
    [InlineData("/widget/{id}%3E/m2m-basic,")]
    public async Task An_address_that_was_cut_short_or_has_punctuation_at_its_end_leads_to_the_page(string path)
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        var reply = await app.GetAsync(path.Replace("{id}", link.Id, StringComparison.Ordinal));
        Assert.Equal((302, link.Url.ToString()), (reply.Status, reply["Location"]));
        Assert.Equal("created", await link.StatusAsync());
    }

    [Theory]
    [InlineData("/", "", "Necesitas un enlace para empezar")]
    [InlineData("/widget", "", "Este enlace está incompleto")]
    [InlineData("/widget/", "", "Este enlace está incompleto")]
    [InlineData("/widget/link_nova_k3m8q1z7t5w2", "", "Este enlace está incompleto")]
    [InlineData("/widget/link_demo_01kg0000000000000000000000)", "", Unknown)]
    [InlineData("/widget/...", "", "Este enlace está incompleto")]
    [InlineData("/widget/a/b/c", "", Unknown)]
    [InlineData(
        "/link_demo_01kg0000000000000000000000/m2m-basic",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        Unknown
    )]
    [InlineData("/favicon.ico", "text/html", Unknown)]
    public async Task Where_no_link_is_a_person_gets_a_page(string path, string accept, string title)
    {
        var page = await app.GetAsync(path, ("Accept", accept), ("Accept-Language", "es"));
        Assert.Equal((404, "text/html"), (page.Status, page.MediaType));
        Assert.Contains($"<h1>{title}</h1>", System.Net.WebUtility.HtmlDecode(page.Text), StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nothing", "*/*")]
    [InlineData("/operator/nothing", "text/html")]
    [InlineData("/health/nothing", "text/html")]
    [InlineData("/widget/links/x/nothing", "text/html")]
    public async Task A_program_gets_the_envelope(string path, string accept) =>
        (await app.GetAsync(path, ("Accept", accept))).Is(404, "RESOURCE_NOT_FOUND");

    [Fact]
    public async Task The_page_of_another_flow_is_not_there() =>
        Assert.Equal(
            404,
            (await app.GetAsync((await (await app.NewPartnerAsync()).CreateLinkAsync()).Url.AbsolutePath + "x")).Status
        );

    [Theory]
    [InlineData("link_nova_k3m8q1z7t5w2")]
    [InlineData("link_demo_01kg0000000000000000000000")]
    [InlineData("x")]
    [InlineData("%3Cscript%3E")]
    public async Task Opening_what_never_was_is_404(string id) =>
        (await app.PostAsync($"/widget/links/{id}/open")).Is(404, "RESOURCE_NOT_FOUND");
}
