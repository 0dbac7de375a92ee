using System.Globalization;
using Xunit;

namespace Serverless.Tests.Portal;

/// <summary>
/// The session that a browser gets for an API key: what it opens, and that it opens nothing without its anti-forgery
/// token, after its end, and of another partner.
/// </summary>
public sealed class PortalSessionTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_key_is_exchanged_for_a_cookie_that_scripts_and_other_sites_cannot_use()
    {
        var partner = await app.NewPartnerAsync();
        var reply = (await app.PostAsync("/portal/session", null, ("X-API-Key", partner.Key))).Is(201);
        Assert.Equal("no-store", reply["Cache-Control"]);
        Assert.Equal(partner.Id, (string)reply.Data["partner"]!["partnerId"]!);
        Assert.Equal("sandbox", (string)reply.Data["environment"]!);
        var parts = reply["Set-Cookie"]!.Split("; ");
        Assert.StartsWith("portal=", parts[0], StringComparison.Ordinal);
        Assert.Contains("httponly", parts);
        Assert.Contains("samesite=strict", parts);
        Assert.Contains("path=/", parts);
        Assert.DoesNotContain(parts, part => part.StartsWith("domain", StringComparison.OrdinalIgnoreCase));
        var until = DateTimeOffset.Parse((string)reply.Data["expiresAt"]!, CultureInfo.InvariantCulture);
        Assert.InRange((until - app.Clock.GetUtcNow()).TotalHours, 7.9, 8);

        // Neither the token nor the key is stored.
        var secret = parts[0].Split('.')[1];
        var row = Assert.Single(await app.RowsAsync("Sessions", $"PartitionKey eq '{partner.Id}'"));
        foreach (var text in row.Select(column => column.Value?.ToString() ?? ""))
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(partner.Key, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Over_TLS_the_cookie_is_bound_to_the_host()
    {
        await using var secure = await TestApp.StartAsync(("PublicBaseUrl", "https://links.example.com"));
        var partner = await secure.NewPartnerAsync();
        var signedIn = await SignedIn.AsAsync(secure, partner.Key);
        Assert.StartsWith("__Host-portal=", signedIn.Cookie, StringComparison.Ordinal);
        (await signedIn.GetAsync("/partner/me")).Is(200);
        var again = (await secure.PostAsync("/portal/session", null, ("X-API-Key", partner.Key))).Is(201);
        Assert.Contains("secure", again["Set-Cookie"]!.Split("; "));
        // The name that a site without TLS could set counts for nothing.
        var plain = signedIn with
        {
            Cookie = signedIn.Cookie.Replace("__Host-portal", "portal", default),
        };
        (await plain.GetAsync("/partner/me")).Is(401, "UNAUTHORIZED");
        // A page of this address is this site's own, one of another is not.
        foreach (var (origin, status) in new[] { ("https://links.example.com", 201), ("https://evil.example", 403) })
            (
                await signedIn.SendAsync(
                    HttpMethod.Post,
                    "/partner/links",
                    new { referenceId = TestPartner.NewReference() },
                    ("Origin", origin)
                )
            ).Is(status);
    }

    [Fact]
    public async Task A_page_that_is_loaded_again_gets_the_same_session_until_it_signs_out()
    {
        var partner = await app.NewPartnerAsync();
        var signedIn = await SignedIn.AsAsync(app, partner.Key);
        var again = (await signedIn.GetAsync("/portal/session")).Is(200);
        Assert.Equal(signedIn.CsrfToken, (string)again.Data["csrfToken"]!);

        (await signedIn.BareAsync(HttpMethod.Delete, "/portal/session")).Is(403, "CSRF_TOKEN_INVALID");
        (await signedIn.GetAsync("/partner/me")).Is(200);
        var out_ = (await signedIn.SendAsync(HttpMethod.Delete, "/portal/session")).Is(200);
        Assert.Contains("expires=Thu, 01 Jan 1970 00:00:00 GMT", out_["Set-Cookie"]!.Split("; "));
        (await signedIn.GetAsync("/portal/session")).Is(401);
        (await signedIn.GetAsync("/partner/me")).Is(401, "UNAUTHORIZED");
        // Once more does no harm.
        (await signedIn.SendAsync(HttpMethod.Delete, "/portal/session")).Is(200);
    }

    [Fact]
    public async Task A_sign_in_without_a_good_key_begins_nothing()
    {
        var partner = await app.NewPartnerAsync();
        (await app.PostAsync("/portal/session")).Is(401, "UNAUTHORIZED");
        (await app.PostAsync("/portal/session", null, ("X-API-Key", partner.Key[..^1] + "_"))).Is(
            401,
            "INVALID_API_KEY"
        );
        (await app.PostAsync("/portal/session", null, ("X-API-Key", partner.Key), ("Sec-Fetch-Site", "cross-site"))).Is(
            403,
            "CSRF_TOKEN_INVALID"
        );
        (await app.PostAsync($"/operator/partners/{partner.Id}/suspend")).Is(200);
        (await app.PostAsync("/portal/session", null, ("X-API-Key", partner.Key))).Is(403, "PARTNER_SUSPENDED");
        Assert.Empty(await app.RowsAsync("Sessions", $"PartitionKey eq '{partner.Id}'"));
    }

    [Fact]
    public async Task A_session_does_nothing_to_another_partner_on_any_route()
    {
        var victim = await Victim.MakeAsync(app);
        var partner = await app.NewPartnerAsync();
        var signedIn = await SignedIn.AsAsync(app, partner.Key);
        var before = await victim.RowsAsync();
        var routes = await PartnerRoute.AllAsync(app);
        Assert.True(routes.Count > 25, "The document has fewer routes than there are.");
        foreach (var route in routes)
        {
            var target = route.Target(victim.Values);
            Assert.DoesNotContain('{', target);
            var reply = await signedIn.SendAsync(route.Method, target, route.Body?.ToJsonString());
            Assert.True(
                !route.NamesSomething || reply.Status == 404,
                $"{route.Method} {target}: {reply.Status} for what is another partner's"
            );
            Assert.DoesNotContain(victim.Id, reply.Text, StringComparison.Ordinal);
        }
        (
            await signedIn.SendAsync(
                HttpMethod.Post,
                "/partner/identities/search",
                new { identityReference = victim.Values["referenceId"] }
            )
        ).Is(404);
        Assert.Equal(before, await victim.RowsAsync());
    }

    [Fact]
    public async Task No_route_takes_a_change_without_the_anti_forgery_token_or_from_another_site()
    {
        var victim = await Victim.MakeAsync(app);
        var signedIn = await SignedIn.AsAsync(app, victim.Key);
        var other = await SignedIn.AsAsync(app, victim.Key);
        var before = await victim.RowsAsync();
        foreach (var route in (await PartnerRoute.AllAsync(app)).Where(route => route.IsChange))
        {
            Task<Reply> TryAsync(params (string, string)[] headers) =>
                signedIn.BareAsync(route.Method, route.Target(victim.Values), route.Body?.ToJsonString(), headers);
            (await TryAsync()).Is(403, "CSRF_TOKEN_INVALID");
            (await TryAsync(("X-CSRF-Token", other.CsrfToken))).Is(403, "CSRF_TOKEN_INVALID");
            (await TryAsync(("X-CSRF-Token", signedIn.CsrfToken + "A"))).Is(403, "CSRF_TOKEN_INVALID");
            foreach (var site in new[] { "cross-site", "same-site" })
                (await TryAsync(("X-CSRF-Token", signedIn.CsrfToken), ("Sec-Fetch-Site", site))).Is(
                    403,
                    "CSRF_TOKEN_INVALID"
                );
            (await TryAsync(("X-CSRF-Token", signedIn.CsrfToken), ("Origin", "https://evil.example"))).Is(
                403,
                "CSRF_TOKEN_INVALID"
            );
        }
        Assert.Equal(before, await victim.RowsAsync());
    }

    [Fact]
    public async Task No_route_takes_a_session_whose_key_was_revoked()
    {
        var partner = await app.NewPartnerAsync();
        var issued = (await app.PostAsync($"/operator/partners/{partner.Id}/keys")).Is(201);
        var signedIn = await SignedIn.AsAsync(app, (string)issued.Data["apiKey"]!);
        (await signedIn.GetAsync("/partner/me")).Is(200);
        (
            await app.SendAsync(
                HttpMethod.Delete,
                $"/operator/partners/{partner.Id}/keys/{issued.Data["keyPrefix"]}",
                null
            )
        ).Is(200);
        foreach (var route in await PartnerRoute.AllAsync(app))
        {
            var values = route
                .Template.Split('/')
                .Where(part => part.StartsWith('{'))
                .ToDictionary(part => part.Trim('{', '}'), _ => "any");
            (await signedIn.SendAsync(route.Method, route.Target(values), route.Body?.ToJsonString())).Is(
                401,
                "UNAUTHORIZED"
            );
        }
        (await signedIn.GetAsync("/portal/session")).Is(401);
        // The partner's other key goes on.
        (await partner.GetAsync("/partner/me")).Is(200);
    }

    [Fact]
    public async Task A_suspended_partners_session_is_refused_and_works_again_after_its_return()
    {
        var partner = await app.NewPartnerAsync();
        var signedIn = await SignedIn.AsAsync(app, partner.Key);
        (await app.PostAsync($"/operator/partners/{partner.Id}/suspend")).Is(200);
        (await signedIn.GetAsync("/partner/me")).Is(403, "PARTNER_SUSPENDED");
        (await signedIn.GetAsync("/portal/session")).Is(403, "PARTNER_SUSPENDED");
        (await app.PostAsync($"/operator/partners/{partner.Id}/resume")).Is(200);
        (await signedIn.GetAsync("/partner/me")).Is(200);
    }

    [Fact]
    public async Task A_session_opens_the_partners_routes_alone()
    {
        var partner = await app.NewPartnerAsync(settings: new { standaloneKyc = true });
        var signedIn = await SignedIn.AsAsync(app, partner.Key);
        (
            await signedIn.SendAsync(
                HttpMethod.Post,
                $"/{partner.Id}/v2/kyc/sessions",
                new { externalCustomerId = "customer-1" }
            )
        ).Is(401);
        (await signedIn.GetAsync("/eapi/v0/identities/basic/customer-1")).Is(401);
        foreach (
            var token in new[]
            {
                "",
                ".",
                "portal",
                partner.Id,
                $"{partner.Id}.",
                $"{partner.Id}.{new string('A', 43)}",
                new string('A', 5000),
            }
        )
            (await (signedIn with { Cookie = $"portal={token}" }).GetAsync("/partner/me")).Is(401, "UNAUTHORIZED");
        // Another partner's name before the token leads to another partition.
        var other = await app.NewPartnerAsync();
        var moved = signedIn with { Cookie = signedIn.Cookie.Replace(partner.Id, other.Id, default) };
        (await moved.GetAsync("/partner/me")).Is(401, "UNAUTHORIZED");
    }

    [Fact]
    public async Task A_page_does_not_use_up_the_calls_of_the_partners_servers()
    {
        var partner = await app.NewPartnerAsync();
        var signedIn = await SignedIn.AsAsync(app, partner.Key);
        var before = (await partner.GetAsync("/partner/me")).Is(200).Number("X-RateLimit-Remaining");
        for (var call = 0; call < 5; call++)
            (await signedIn.GetAsync("/partner/me")).Is(200);
        Assert.Equal(before - 1, (await partner.GetAsync("/partner/me")).Is(200).Number("X-RateLimit-Remaining"));
        Assert.Equal(994, (await signedIn.GetAsync("/partner/me")).Is(200).Number("X-RateLimit-Remaining"));
    }

    [Fact]
    public async Task A_session_ends_after_eight_hours_and_its_row_goes_with_the_daily_clean_up()
    {
        var partner = await app.NewPartnerAsync();
        var signedIn = await SignedIn.AsAsync(app, partner.Key);
        await app.AdvanceAsync(TimeSpan.FromHours(8) - TimeSpan.FromSeconds(30));
        (await signedIn.GetAsync("/partner/me")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
        (await signedIn.GetAsync("/partner/me")).Is(401, "UNAUTHORIZED");
        await app.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Empty(await app.RowsAsync("Sessions", $"PartitionKey eq '{partner.Id}'"));
    }

    [Fact]
    public async Task The_page_may_not_be_framed_and_runs_nothing_of_others()
    {
        var page = (await app.GetAsync("/portal")).Is(200);
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
            page["Content-Security-Policy"]
        );
        Assert.Equal("DENY", page["X-Frame-Options"]);
        Assert.Equal("no-referrer", page["Referrer-Policy"]);
        Assert.Equal("nosniff", page["X-Content-Type-Options"]);
        foreach (
            var address in System
                .Text.RegularExpressions.Regex.Matches(page.Text, "/console/assets/[^\"]+")
                .Select(found => found.Value)
        )
        {
            var asset = (await app.GetAsync(address)).Is(200);
            Assert.Equal("public, max-age=31536000, immutable", asset["Cache-Control"]);
        }
        (await app.GetAsync("/console/assets/none.js")).Is(404);
    }
}
