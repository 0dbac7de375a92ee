using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Serverless.Functions.Http;
using Serverless.Functions.Outbound;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Tests.Architecture;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.Portal;

/// <summary>What the API says in English is shown in Spanish to who reads Spanish.</summary>
public sealed partial class ToldTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Every_error_has_words_by_its_code()
    {
        var words = (await app.GetAsync("/console/assets/words.js")).Text;
        var codes = typeof(ErrorCodes)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(code => (string)code.GetRawConstantValue()!);
        Assert.All(codes, code => Assert.Contains($"\"error.{code}\": [", words, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_desk_names_every_act()
    {
        var words = (await app.GetAsync("/console/assets/desk-audit.js")).Text;
        var acts = FunctionApis.Acts.Values.Select(act => act.OperationId);
        Assert.All(acts, act => Assert.Contains($"\"act.{act}\": [", words, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_wrong_with_a_field_of_a_form_is_told_in_Spanish()
    {
        var partner = await app.NewPartnerAsync();
        var said = new HashSet<string>();
        async Task SendAsync(HttpMethod method, string path, object body)
        {
            var reply = path.StartsWith("/operator", StringComparison.Ordinal)
                ? await app.SendAsync(method, path, body)
                : await partner.SendAsync(method, path, body);
            Assert.InRange(reply.Status, 400, 413);
            said.UnionWith(reply.Details.Select(detail => detail.Message));
        }
        var badTexts = new[] { "", " ", "\u200b", new string('a', 3000), "a\u0007b", "a\u202eb" };
        foreach (var text in badTexts)
        {
            await SendAsync(HttpMethod.Post, "/partner/links", new { referenceId = text });
            await SendAsync(HttpMethod.Post, "/partner/keys", new { name = text });
            await SendAsync(HttpMethod.Post, "/partner/identity-keys", new { name = text });
            await SendAsync(HttpMethod.Post, "/partner/identities/search", new { email = text });
            await SendAsync(HttpMethod.Post, "/partner/identities/search", new { identityReference = text });
            await SendAsync(HttpMethod.Patch, "/partner/webhooks/endpoint", new { url = text });
            await SendAsync(
                HttpMethod.Post,
                "/operator/partners",
                new
                {
                    partnerId = text,
                    name = text,
                    webhookUrl = text,
                }
            );
        }
        await SendAsync(HttpMethod.Post, "/operator/partners", new { partnerId = "portal", name = "A" });
        await SendAsync(HttpMethod.Post, "/partner/identities/search", new { });
        await SendAsync(HttpMethod.Patch, "/partner/webhooks/endpoint", new { });
        await SendAsync(HttpMethod.Patch, "/partner/webhooks/endpoint", new { events = new[] { "no.such" } });
        await SendAsync(HttpMethod.Patch, "/partner/webhooks/endpoint", new { enabled = "yes" });
        foreach (var url in BadUrls)
        {
            await SendAsync(HttpMethod.Patch, "/partner/webhooks/endpoint", new { url });
            await SendAsync(HttpMethod.Post, "/partner/links", new { referenceId = "a", callbackUrl = url });
        }
        foreach (var hours in new object[] { -1, 169, 1.5, "a" })
            await SendAsync(HttpMethod.Post, "/partner/webhooks/endpoint/rotate-secret", new { overlapHours = hours });
        await SendAsync(HttpMethod.Post, "/partner/webhooks/deliveries/replay", new { });
        await SendAsync(HttpMethod.Post, "/partner/webhooks/deliveries/replay", new { failedSince = "yesterday" });
        await SendAsync(
            HttpMethod.Post,
            "/partner/webhooks/deliveries/replay",
            new { from = "2026-11-02", to = "2026-11-01" }
        );
        await SendAsync(HttpMethod.Post, "/partner/links", BadLink);
        foreach (var (type, number) in BadNumbers)
            await SendAsync(
                HttpMethod.Post,
                "/partner/links",
                new
                {
                    referenceId = "a",
                    userData = Samples.FullUserData().With("idType", type).With("idNumber", number),
                }
            );
        foreach (var dob in new[] { "1990-02-30", "2999-01-01", "2020-01-01", "1850-01-01" })
            await SendAsync(
                HttpMethod.Post,
                "/partner/links",
                new { referenceId = "a", userData = Samples.FullUserData().With("dob", dob) }
            );
        var settings = new
        {
            theme = "NO THEME",
            fiats = new[] { "e" },
            allowedOrigins = new[] { "http://a" },
            emailVerification = "never",
            otpEnabled = "yes",
        };
        await SendAsync(HttpMethod.Patch, $"/operator/partners/{partner.Id}", new { settings });
        await SendAsync(
            HttpMethod.Post,
            $"/operator/partners/{partner.Id}/identities/merge",
            new { reference = "a", otherReference = "a" }
        );
        await AreKnownAsync(said, atLeast: 30);
    }

    [Fact]
    public async Task How_an_attempt_ended_is_told_in_Spanish()
    {
        var whole =
            from method in Compiled.Methods
            let type = Compiled.Outermost(method.DeclaringType).FullName
            where Attempts.Contains(type)
            from text in Compiled.Texts(method)
            where Sentence().IsMatch(text)
            select text;
        string[] made =
        [
            "no complete answer within 10 s",
            "the answer is not usable HTTP (InvalidResponse)",
            "the endpoint answered 410",
            "the certificate is for another host name, and the certificate has expired",
            "The data request is fulfilled.",
            "The answer's userData was merged.",
            "The answer's userData was not accepted: userData.dob must be a calendar date as YYYY-MM-DD.",
            "The answer's userData was merged, but look at this: userData.nme is no field, so it was ignored.",
            "The answer's body has no member userData, so it only says that the request was received. An answer is "
                + "{ \"userData\": { … } }, in UTF-8.",
        ];
        await AreKnownAsync(whole.Concat(made), atLeast: 20);
    }

    [Fact]
    public async Task A_sentence_that_is_not_known_stays_and_says_that_it_is_English()
    {
        await using var tab = await VisitAsync("es-MX");
        var html = await tab.Page.EvaluateAsync<string>(
            "async address => (await import(address)).said('must be blue').outerHTML",
            await AddressAsync(tab.Page)
        );
        Assert.Equal("<span lang=\"en\">must be blue</span>", html);
    }

    private static readonly HashSet<string> Attempts =
    [
        typeof(WebhookSender).FullName!,
        typeof(AnswerBody).FullName!,
        typeof(TlsTrust).FullName!,
        "Serverless.Functions.Outbound.TlsOpening",
    ];

    private static readonly string[] BadUrls =
    [
        "not an address",
        "ftp://example.com/",
        "https://",
        "https://a b.example.com/",
        "https://example.com/a b",
        "https://example.com/a|b",
        "https://example.com/%zz",
        "https://user:pass@example.com/",
    ];

    private static readonly (string Type, string Number)[] BadNumbers =
    [
        ("CURP", "GOMC"),
        ("SSN", "123"),
        ("ITIN", "123"),
        ("PASSPORT", "1"),
        ("LIBRARY", "1"),
    ];

    private static readonly object BadLink = new
    {
        referenceId = "a",
        expiresInMinutes = 1,
        language = "xx",
        theme = "NO THEME",
        flow = "none",
        metadata = new { a = new[] { 1 } },
        userData = new
        {
            nme = "a",
            name = new { firstName = "", lastName = "12" },
            paymentMethod = new { type = "bank_account", bankAccount = new { country = "mx", accountNumber = "1" } },
        },
    };

    /// <summary>The page, which has the module's address in its document.</summary>
    private Task<WidgetTab> VisitAsync(string locale) =>
        WidgetTab.VisitAsync(browser, new Uri(app.Address, "/portal"), locale);

    private static async Task<string> AddressAsync(IPage page)
    {
        var script = await page.Locator("script[type=module]").GetAttributeAsync("src");
        return script!.Replace("/portal.js", "/told.js", StringComparison.Ordinal);
    }

    private async Task AreKnownAsync(IEnumerable<string> sentences, int atLeast)
    {
        string[] all = [.. sentences.Distinct()];
        Assert.True(all.Length >= atLeast, $"only {all.Length} sentences were found");
        await using var tab = await VisitAsync("es-MX");
        var unknown = await tab.Page.EvaluateAsync<string[]>(
            """
            async ([address, ...sentences]) => {
              const { inSpanish } = await import(address);
              return sentences.filter((sentence) => inSpanish(sentence) === null);
            }
            """,
            all.Prepend(await AddressAsync(tab.Page)).ToArray()
        );
        Assert.True(unknown.Length == 0, "told.js has no Spanish for:\n" + string.Join('\n', unknown));
    }

    /// <summary>Whole sentences: what goes on with a value ends in a space or a bracket.</summary>
    [GeneratedRegex("^(the|no|has|is) .*[^ (]$")]
    private static partial Regex Sentence();
}
