using System.Text;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Tests.Identities;
using Serverless.Tests.KycSharing;
using Serverless.Tests.Verifications;
using Xunit;

namespace Serverless.Tests.Storage;

/// <summary>
/// Table Storage has limits that its client does not check: of keys, of columns, of rows and of transactions. What
/// comes from outside is bounded where it enters: the largest that is allowed is stored, one more is a documented
/// error.
/// </summary>
public sealed class LimitTests(TestApp app) : IClassFixture<TestApp>
{
    /// <summary>A character that JSON escapes take twelve characters for, and UTF-16 two.</summary>
    private const string Wide = "😀";

    /// <summary>
    /// One character for those who read it, fifteen bytes and 42 characters of JSON escapes for those who store it.
    /// </summary>
    private const string Widest = "👨🏽‍🦰";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private const string Punctuation = ".._:@+-A";

    private static readonly string LongReference = Punctuation + new string('r', 128 - Punctuation.Length);

    /// <summary>Each member of a link's creation at its largest, and what is one too many.</summary>
    public static TheoryData<string, string> LinkMembers =>
        new()
        {
            { "referenceId", LongReference },
            { "userData.name.firstName", "Ñ" + Times(Widest, 99) },
            { "userData.name.secondName", "Ñ" + Times(Widest, 99) },
            { "userData.name.lastName", "Ñ" + Times(Widest, 99) },
            { "userData.name.secondLastName", "Ñ" + Times(Widest, 99) },
            { "userData.idNumber", Repeat("Z", 30) },
            { "userData.paymentMethod.cash.provider", Times(Widest, 100) },
            { "userData.paymentMethod.cash.reference", Times(Widest, 100) },
            { "callbackUrl", "https://127.0.0.1:1/" + Repeat("c", 2028) },
            { "theme", Repeat("t", 40) },
            { "metadata.a", Repeat("\"", 500) },
            { "metadata.b", Repeat("ñ", 500) },
            { $"metadata.{Repeat("k", 40)}", "1" },
        };

    [Theory]
    [MemberData(nameof(LinkMembers))]
    public async Task A_member_of_a_link_is_taken_at_its_largest_and_refused_with_one_more(string path, string largest)
    {
        var partner = await app.NewPartnerAsync();
        (await partner.PostLinkAsync(Body(path, largest))).Is(201);
        var isKey = path.Length > 40 && path.StartsWith("metadata", StringComparison.Ordinal);
        var more = isKey ? Body(path + "k", largest) : Body(path, largest + (path == "referenceId" ? "r" : "x"));
        (await partner.PostLinkAsync(more)).Is(400, "INVALID_REQUEST");

        static JsonObject Body(string path, string value)
        {
            var userData = Samples.LeastUserData();
            userData["idType"] = "PASSPORT";
            var body = new JsonObject { ["referenceId"] = TestPartner.NewReference(), ["userData"] = userData };
            return body.With(path, value);
        }
    }

    [Theory]
    [InlineData(4096, 201)]
    [InlineData(4097, 400)]
    public async Task Metadata_has_4096_bytes_in_all(int bytes, int status)
    {
        var metadata = new JsonObject();
        for (var i = 0; i < 8; i++)
            metadata[$"k{i}"] = Repeat("m", 500);
        metadata["rest"] = "";
        metadata["rest"] = Repeat("m", bytes - Encoding.UTF8.GetByteCount(metadata.ToJsonString()));
        var partner = await app.NewPartnerAsync();
        (await partner.PostLinkAsync(new { referenceId = TestPartner.NewReference(), metadata })).Is(status);
    }

    /// <summary>Everything at its largest in one person's partition and on its way to a receiver.</summary>
    [Fact]
    public async Task The_largest_link_is_opened_answered_for_and_revoked()
    {
        var inbox = await app.NewInboxAsync();
        var answer = Encoding.UTF8.GetBytes(Repeat("\u0001", 16 * 1024));
        inbox.Answer = (_, http) => http.Response.Body.WriteAsync(answer).AsTask();
        var partner = await app.NewPartnerAsync(inbox, events: [.. Functions.Events.PartnerEvents.All]);
        var metadata = new JsonObject();
        for (var i = 0; i < 20; i++)
            metadata[$"{i}{Repeat("k", 38)}"] = Repeat("\"", 75);
        var link = await partner.CreateLinkAsync(LongReference, metadata: metadata);
        (await link.OpenAsync(("User-Agent", Repeat("u", 8000)), ("Accept-Language", Repeat("l", 8000)))).Is(200);
        var userData = Samples.FullUserData().With("idImage", Image(5 * 1024 * 1024));
        var request = "/partner/data-requests/dr_" + link.Id["link_".Length..];
        (await partner.PutAsync(request, new { referenceId = LongReference, userData })).Is(200);
        userData = userData.With("idImage", Image((5 * 1024 * 1024) + 1));
        (await partner.PutAsync(request, new { referenceId = LongReference, userData })).Is(400);
        (await link.RevokeAsync(new { reason = Times(Wide, 501) })).Is(400);
        (await link.RevokeAsync($$"""{"reason":"{{Times(Widest, 500)}}"}""")).Is(200);
        await app.IdleAsync();
        Assert.Contains("link.revoked", inbox.Events);
        // Each attempt keeps a kilobyte that JSON makes six of: a row holds only so many.
        // Not of the request for data: once it is answered, nobody is asked again.
        var told = inbox.Received.First(webhook => webhook.Event == "link.created");
        var delivery = "/partner/webhooks/deliveries/" + told.Headers["webhook-id"];
        for (var i = 0; i < 12; i++)
        {
            (await partner.PostAsync(delivery + "/replay")).Is(202);
            await app.IdleAsync();
        }
        Assert.Equal(13, (int)(await partner.GetAsync(delivery)).Is(200).Data["attemptCount"]!);
        var user = $"/partner/users/{Uri.EscapeDataString(LongReference)}";
        (await partner.GetAsync(user)).Is(200);
        (await partner.SendAsync(HttpMethod.Delete, user, null)).Is(200);
        (await partner.GetAsync($"/partner/users/{LongReference}r")).Is(404);
        await app.IdleAsync();
    }

    /// <summary>The longest keys are made of the longest partner's id and the longest reference.</summary>
    [Fact]
    public async Task The_longest_partner_and_the_longest_reference_make_keys_that_are_stored()
    {
        var id = $"longest-{app.Prefix}".PadRight(32, 'x');
        var settings = new
        {
            otpEnabled = true,
            standaloneKyc = true,
            kycWebhooks = true,
            reliance = true,
        };
        (await app.PostAsync("/operator/partners", new { partnerId = id + "x", name = "x" })).Is(400);
        (await app.PostAsync("/operator/partners", new { partnerId = id, name = Times(Wide, 101) })).Is(400);
        var largest = new
        {
            partnerId = id,
            name = Times(Widest, 100),
            settings,
        };
        var created = (await app.PostAsync("/operator/partners", largest)).Is(201).Data;
        string Shown(string name) => (string)created[name]!;
        var identity = new TestIdentityClient(app, Shown("identityApiKey"), Shown("identityApiSecret"));
        var partner = new TestPartner(app, id, Shown("apiKey"), Shown("webhookSecret")) { Identity = identity };

        var reference = Repeat("R", 255);
        (await identity.CreateAsync(reference + "R")).Is(422);
        (await identity.CreateAsync(reference)).Is(201);
        var email = $"{Repeat("e", 64)}@{string.Join('.', Repeat("d", 60), Repeat("d", 60), Repeat("d", 60), "org")}";
        Assert.Equal(251, email.Length);
        (await partner.SendCodeAsync(reference, email)).Is(200);
        (await partner.VerifyCodeAsync(reference, email, await app.CodeToAsync(email))).Is(200);
        (await partner.SendCodeAsync(reference + "R", email)).Is(422);
        (await identity.UpdateAsync(reference, Repeat("e", 65) + "@example.org")).Is(422);
        (await identity.ShareAsync(reference, "short@example.org", KycSteps.NewToken())).Is(202);
        var body = new { externalCustomerId = reference, returnUrl = "https://127.0.0.1:1/" + Repeat("u", 2028) };
        (await partner.PostAsync($"/{id}/v2/kyc/sessions", body)).Is(200);
        (await partner.PostAsync($"/{id}/v2/kyc/sessions", body with { externalCustomerId = reference + "R" })).Is(422);
        (await partner.PostAsync($"/{id}/v2/kyc/sessions", body with { returnUrl = body.returnUrl + "u" })).Is(422);
        var account = $"/operator/partners/{id}/identities/{reference}";
        (await app.PostAsync(account + "/block", new { note = Times(Wide, 1000) })).Is(200);
        (await app.PostAsync(account + "/unblock", new { note = Times(Wide, 1001) })).Is(400);
        (await app.PostAsync(account + "R/block")).Is(404);
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
    }

    public static TheoryData<string, int> IdentityMembers =>
        new()
        {
            { "givenName", 100 },
            { "surname", 100 },
            { "occupation", 100 },
            { "occupationIndustry", 100 },
            { "sourceOfFunds", 200 },
            { "purposeOfTransaction", 200 },
            { "residentialAddress.addressLine", 200 },
            { "residentialAddress.suburb", 100 },
            { "residentialAddress.state", 100 },
        };

    [Theory]
    [MemberData(nameof(IdentityMembers))]
    public async Task A_member_of_an_identity_is_taken_at_its_largest_and_refused_with_one_more(string path, int length)
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        (await partner.CreateAsync("member-1", "member@example.org")).Is(201);
        (await partner.UpdateAsync("member-1", "member@example.org", Body(length))).Is(200);
        (await partner.UpdateAsync("member-1", "member@example.org", Body(length + 1))).Is(422);

        JsonObject Body(int characters) =>
            new JsonObject
            {
                ["residentialAddress"] = new JsonObject
                {
                    ["addressLine"] = "1",
                    ["suburb"] = "s",
                    ["postCode"] = "1",
                    ["country"] = "MX",
                },
            }.With(path, Repeat("ñ", characters));
    }

    [Theory]
    [InlineData(4096, 202)]
    [InlineData(4097, 422)]
    public async Task A_share_token_has_4096_characters(int length, int status)
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        (await partner.ShareAsync("token-1", "token@example.org", KycSteps.NewToken().PadLeft(length, 'a'))).Is(status);
        await app.AdvanceAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task The_settings_of_a_partner_fit_into_its_row()
    {
        var partner = await app.NewPartnerAsync();
        var origins = Enumerable.Range(10, 20).Select(i => $"https://{Repeat("o", 250)}{i}:8443").ToArray();
        var fiats = Enumerable
            .Range(0, 200)
            .Select(i => $"{(char)('A' + (i / 26))}{(char)('A' + (i % 26))}X")
            .ToArray();
        await PatchAsync(
            new
            {
                allowedOrigins = origins,
                fiats,
                theme = Repeat("t", 40),
            },
            200
        );
        await PatchAsync(new { allowedOrigins = origins.Append("https://one.example").ToArray() }, 400);
        await PatchAsync(new { allowedOrigins = new[] { $"https://{Repeat("o", 260)}" } }, 400);
        await PatchAsync(new { fiats = fiats.Append("ZZZ").ToArray() }, 400);
        await PatchAsync(new { theme = Repeat("t", 41) }, 400);
        (
            await partner.PutAsync(
                "/partner/webhooks/endpoint",
                new { url = "https://partner.example.com/hook", description = Times(Widest, 200) }
            )
        ).Is(200);
        (
            await partner.PutAsync(
                "/partner/webhooks/endpoint",
                new { url = "https://partner.example.com/hook", description = Times(Wide, 201) }
            )
        ).Is(400);

        async Task PatchAsync(object settings, int status) =>
            (await app.SendAsync(HttpMethod.Patch, $"/operator/partners/{partner.Id}", new { settings })).Is(status);
    }

    [Fact]
    public async Task An_idempotency_key_has_255_characters()
    {
        var partner = await app.NewPartnerAsync();
        var body = new { referenceId = TestPartner.NewReference() };
        (await partner.PostLinkAsync(body, Repeat("~", 256))).Is(400, "INVALID_REQUEST");
        (await partner.PostLinkAsync(body, Repeat("~", 255))).Is(201);
    }

    /// <summary>Without a configured address, the host of a request becomes part of what is stored.</summary>
    [Theory]
    [InlineData(261, 201)]
    [InlineData(262, 400)]
    [InlineData(20_000, 400)]
    public async Task A_host_name_has_an_end(int length, int status)
    {
        var partner = await app.NewPartnerAsync();
        using var raw = await RawHttp.ConnectAsync(app.Address);
        const string Body = """{"referenceId":"a-host1"}""";
        string[] request =
        [
            "POST /partner/links HTTP/1.1",
            $"Host: {Repeat("h", length)}",
            $"X-API-Key: {partner.Key}",
            "Content-Type: application/json",
            $"Content-Length: {Body.Length}",
            "",
            Body,
        ];
        Assert.Equal(status, (await raw.SendAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", request)))).Status);
    }

    /// <summary>Table Storage knows no moment before 1601.</summary>
    [Theory]
    [InlineData("from=0001-01-01")]
    [InlineData("to=0001-01-01")]
    [InlineData("from=0001-01-01&to=0001-01-02")]
    [InlineData("from=9999-12-31&to=9999-12-31")]
    [InlineData("to=9999-12-31T23:59:59.999Z")]
    public async Task Moments_that_storage_does_not_know_find_what_was_then(string span)
    {
        var partner = await app.NewPartnerAsync();
        await partner.CreateLinkAsync();
        foreach (var list in new[] { "/partner/links", "/partner/operations", "/partner/webhooks/deliveries" })
            (await partner.GetAsync($"{list}?{span}")).Is(200);
    }

    /// <summary>What an undone merge gives back is remembered, and long references are long.</summary>
    [Fact]
    public async Task A_merge_of_many_long_references_can_be_undone()
    {
        const int Members = 70;
        var partner = await app.NewPartnerAsync();
        var identity = partner.Identity;
        string Long(string name) => name + Repeat("x", 255 - name.Length);
        (await identity.CreateAsync(Long("oldest"))).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        (await identity.CreateAsync(Long("root"), "root@example.org")).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        for (var i = 0; i < Members; i++)
        {
            (await identity.CreateAsync(Long($"member-{i}-"))).Is(201);
            (await identity.UpdateAsync(Long($"member-{i}-"), "root@example.org")).Is(200);
            // Within the calls of a minute.
            if (i % 40 == 39)
                await app.AdvanceAsync(TimeSpan.FromSeconds(61));
        }
        (await identity.UpdateAsync(Long("oldest"), "root@example.org")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromSeconds(61));
        var merges = (await app.GetAsync($"/operator/merges?partnerId={partner.Id}")).Is(200).Data["items"]!.AsArray();
        var last = merges.Single(merge => (string)merge!["into"]! == Long("oldest"))!;
        (await app.PostAsync($"/operator/merges/{(string)last["mergeId"]!}/undo")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        var linked = (string)(await identity.FindAsync("x", "root@example.org")).Is(200).Json["identityReference"]!;
        Assert.Equal(Long($"member-{Members - 1}-"), linked);
        (await identity.FindAsync(Long("oldest"))).Is(200);
    }

    /// <summary>As many references and addresses as an account may have, each as long as it may be.</summary>
    [Fact]
    public async Task An_account_at_its_limits_fits_into_its_row()
    {
        static string Long(string name, int number) => $"{name}{number}-".PadRight(255, 'x');
        var at = DateTimeOffset.UnixEpoch;
        var root = new PersonKey(PartnerId.FromStorage(Repeat("p", 32)), ReferenceId.FromStorage(Long("root", 0)));
        var account = new Account(root) with
        {
            Members = [.. Enumerable.Range(0, Account.MaxMembers).Select(i => Long("member", i))],
            Released = Enumerable
                .Range(0, Account.MaxReleased)
                .ToDictionary(i => Long("given", i), i => Long("given", i % 900)),
            Emails =
            [
                .. Enumerable
                    .Range(0, Account.MaxEmails)
                    .Select(i => new EmailLink(
                        Repeat("0", 64),
                        Long("on", i),
                        at,
                        EmailTrust.Unverified,
                        Long("anchor", i)
                    )),
            ],
        };
        var row = account.ToRow();
        await app.Table("Users").UpsertEntityAsync(row, cancellationToken: Cancel);
        var read = await app.Table("Users")
            .GetEntityAsync<TableEntity>(row.PartitionKey, row.RowKey, cancellationToken: Cancel);
        var kept = Account.FromRow(read);
        Assert.Equal(account.Members, kept.Members);
        Assert.Equal(account.Released.OrderBy(given => given.Key), kept.Released.OrderBy(given => given.Key));
        Assert.Equal(account.Emails, kept.Emails);
    }

    private static string Repeat(string text, int characters) =>
        string.Concat(Enumerable.Repeat(text, (characters / text.Length) + 1))[..characters];

    private static string Times(string text, int times) => string.Concat(Enumerable.Repeat(text, times));

    private static string Image(int bytes)
    {
        var image = new byte[bytes];
        new byte[] { 0xFF, 0xD8, 0xFF }.CopyTo(image, 0);
        return "data:image/jpeg;base64," + Convert.ToBase64String(image);
    }
}
