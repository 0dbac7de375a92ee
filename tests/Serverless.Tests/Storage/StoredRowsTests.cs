using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Serverless.Tests.Cip;
using Serverless.Tests.Identities;
using Serverless.Tests.KycSharing;
using Serverless.Tests.Verifications;
using Xunit;

namespace Serverless.Tests.Storage;

/// <summary>
/// Rows that stand in the tables were written by earlier versions, and nothing rewrites them. Those of
/// <c>rows-2026-11.json</c> were written by the build of commit cd36c80 in the course of a journey over HTTP (partners
/// and their keys, links of every end, data requests, verifications, transfers, merges and an undone one, shared KYC,
/// blocks, an erased person, webhooks that failed), and dumped as they stood; <c>answers-2026-11.json</c> is what that
/// build answered about them. Neither is ever regenerated: a later format gets files of its own beside them.
/// </summary>
public sealed class StoredRowsTests
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// What an erasure leaves of each kind of row in a person's partition. A sealed value that is left cannot be
    /// opened: the data key is gone from the user row.
    /// </summary>
    private static readonly SortedDictionary<string, string> AfterErasure = new(StringComparer.Ordinal)
    {
        // The addresses' hashes stay while other references have the account in common.
        ["account"] = "kept, rewritten: Emails0",
        ["block"] = "kept, without: Note",
        ["document"] = "deleted",
        // Without metadata, reason and device.
        ["event"] = "kept, rewritten: Body",
        ["field"] = "deleted",
        ["file"] = "deleted",
        ["history"] = "deleted",
        // The active link is closed.
        ["link"] = "kept, without: Device Metadata RevokeReason, rewritten: Status",
        ["link|active"] = "deleted",
        ["merge"] = "kept",
        ["merging"] = "kept",
        ["operation"] = "kept, without: CancelReason Method",
        ["quotes"] = "kept",
        ["reliance"] = "deleted",
        ["request"] = "kept, without: AnswerHash",
        ["review"] = "kept, without: Note",
        ["share"] = "deleted",
        ["ticket"] = "kept",
        ["user"] = "kept, without: DataKey KycChangedAt KycEvent MayVerifyAgain StatusVersion, rewritten: UpdatedAt",
    };

    /// <summary>What the partner, the device and the operator told of Ana, as far as it stands in clear.</summary>
    private static readonly string[] ToldOfAna = ["A-1", "A-5", "iPhone", "Changed my mind", "the wrong Ana"];

    /// <summary>Values of Ana's, which stand nowhere in clear.</summary>
    private static readonly string[] ValuesOfAna =
    [
        "Ruiz",
        "Díaz",
        "ana@example.org",
        "ann@example.org",
        "PASS-4711",
        "GOMC900514HDFRRL02",
        "1990-05-14",
        Samples.Clabe,
        "Ring 1",
        "Baker",
        "showed her passport",
        "is another one",
    ];

    [Fact]
    public async Task Rows_that_an_earlier_version_wrote_are_answered_as_it_answered_them()
    {
        var (app, partner) = await StoredRows.StartAsync();
        await using var _ = app;
        foreach (var question in StoredRows.Answers())
        {
            var (status, body) = await StoredRows.AskAsync(app, partner, question!);
            var call = (string)question!["call"]!;
            Assert.Equal(
                $"{call}\n{question["status"]} {question["answer"]!.ToJsonString(Readable)}",
                $"{call}\n{status} {body.ToJsonString(Readable)}"
            );
        }
    }

    [Fact]
    public async Task Requests_that_an_earlier_version_answered_are_answered_the_same_when_they_come_again()
    {
        var (app, partner) = await StoredRows.StartAsync();
        await using var _ = app;

        var created = await partner.PostLinkAsync(StoredRows.Known["createBody"]!.ToJsonString(), "create-1");
        Assert.Equal("true", created.Is(201)["Idempotency-Replayed"]);
        AssertSame("createAnswer", created.Data);
        (await partner.PostLinkAsync(new { referenceId = "bob" }, "create-1")).Is(409, "IDEMPOTENCY_KEY_REUSED");
        var refused = await partner.PostLinkAsync(new { referenceId = "ana" }, "refused-1");
        Assert.Equal("true", refused.Is(409, "ACTIVE_LINK_EXISTS")["Idempotency-Replayed"]);

        var ticket = await partner.SendAsync(
            HttpMethod.Post,
            $"/partner/links/{StoredRows.Text("firstLink")}/cip/tickets",
            null,
            ("Idempotency-Key", "ticket-1")
        );
        Assert.Equal((string)StoredRows.Known["ticketAnswer"]!["ticketId"]!, (string)ticket.Is(201).Data["ticketId"]!);
        var rotated = await partner.SendAsync(
            HttpMethod.Post,
            "/partner/webhooks/endpoint/rotate-secret",
            new { overlapHours = 100 },
            ("Idempotency-Key", "rotate-1")
        );
        AssertSame("rotateAnswer", rotated.Is(200).Data);
        AssertSame(
            "kimAnswer",
            (await partner.PostAsync("/acme/v2/kyc/sessions", new { externalCustomerId = "kim" })).Is(200).Json
        );

        Assert.Equal(StoredRows.Text("evaReceipt"), (string)(await EraseAsync(partner, "eva")).Data["receiptId"]!);
        (await partner.PostLinkAsync(new { referenceId = "eva" })).Is(409, "USER_ERASED");

        (await partner.Identity.ShareAsync("gina", "gina@example.org", "_act-gina-1-pending-2m")).Is(202);
        (await partner.Identity.ShareAsync("bob", "bob@example.org", "_act-gina-1-pending-2m")).Is(
            422,
            "TokenAlreadyUsed"
        );
    }

    [Fact]
    public async Task Keys_that_an_earlier_version_made_open_what_they_opened()
    {
        var (app, partner) = await StoredRows.StartAsync();
        await using var _ = app;
        (await app.GetAsync("/partner/me", ("X-API-Key", StoredRows.Text("secondApiKey")))).Is(200);
        (await app.GetAsync("/partner/me", ("X-API-Key", StoredRows.Text("suspendedApiKey")))).Is(
            403,
            "PARTNER_SUSPENDED"
        );
        var second = partner.Identity.With(
            StoredRows.Text("secondIdentityKey"),
            StoredRows.Text("secondIdentitySecret")
        );
        (await second.FindAsync("ana")).Is(200);
        (await app.PostAsync("/operator/partners/sleepy/resume")).Is(200);
        (await app.GetAsync("/partner/me", ("X-API-Key", StoredRows.Text("suspendedApiKey")))).Is(200);
        var prefix = StoredRows.Text("secondApiKey")[..15];
        (await app.SendAsync(HttpMethod.Delete, $"/operator/partners/acme/keys/{prefix}", null)).Is(200);
        (await app.GetAsync("/partner/me", ("X-API-Key", StoredRows.Text("secondApiKey")))).Is(401);
    }

    [Fact]
    public async Task What_an_earlier_version_began_with_a_person_goes_on()
    {
        var (app, partner) = await StoredRows.StartAsync();
        await using var _ = app;
        var inbox = await RedirectWebhooksAsync(app, partner);

        // A quote, an open link and its session: the transfer is confirmed and paid.
        var link = StoredRows.Text("activeLink");
        var confirmed = await app.PostAsync(
            $"/widget/links/{link}/confirm",
            new { quoteId = StoredRows.Text("anaQuote") },
            ("Authorization", $"Bearer {StoredRows.Text("anaSession")}")
        );
        var operation = (string)confirmed.Is(201).Data["operationId"]!;
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        Assert.Equal(
            "completed",
            (string)(await partner.GetAsync($"/partner/operations/{operation}")).Is(200).Data["status"]!
        );
        Assert.Equal("completed", (string)(await partner.GetAsync($"/partner/links/{link}")).Data["status"]!);
        Assert.Contains(inbox.Received, webhook => !webhook.IsKyc() && webhook.Event == "operation.completed");

        // Another link of the same person, of whom everything is known.
        var another = await partner.CreateLinkAsync("ana");
        var session = (string)(await another.OpenAsync()).Is(200).Data["session"]!;
        var state = await app.GetAsync($"/widget/links/{another.Id}/state", ("Authorization", $"Bearer {session}"));
        Assert.Equal("amount", (string)state.Is(200).Data["step"]!);

        // A data request that nobody had answered.
        var hugo = StoredRows.Text("hugoLink");
        var answer = await partner.PutAsync(
            $"/partner/data-requests/dr_{hugo["link_".Length..]}",
            new { referenceId = "hugo", userData = new { dob = "1990-05-14" } }
        );
        Assert.Equal("fulfilled", (string)answer.Is(200).Data["status"]!);
        (await partner.PostAsync($"/partner/links/{hugo}/revoke")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Contains(
            inbox.Received,
            webhook => !webhook.IsKyc() && webhook.Event == "link.revoked" && About(webhook, hugo)
        );

        // A verification that waits for an operator, and one that failed and may be tried with other data.
        (await partner.ReviewAsync("carla", "approve")).Is(200);
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("carla"));
        var bob = await partner.CompleteLinkAsync('0', "bob");
        (await partner.PostTicketAsync(bob)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(("cip_verified", "verified"), await partner.StandingAsync("bob"));
        await app.IdleAsync();
        Assert.Contains(
            "bob",
            (await partner.GetAsync("/partner/users?status=cip_verified")).Is(200).Text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_an_earlier_version_began_with_an_identity_goes_on()
    {
        var (app, partner) = await StoredRows.StartAsync();
        await using var _ = app;
        var inbox = await RedirectWebhooksAsync(app, partner);

        // A code that was sent and not yet typed.
        (await partner.VerifyCodeAsync("finn", "finn@example.org", StoredRows.Text("finnCode").Other())).Is(422);
        (await partner.VerifyCodeAsync("finn", "finn@example.org", StoredRows.Text("finnCode"))).Is(200);
        Assert.Equal(
            "finn",
            (string)(await partner.Identity.FindAsync("x", "finn@example.org")).Is(200).Json["identityReference"]!
        );

        // Merges that can be undone, the newest first.
        foreach (var reference in new[] { "dan-new", "ana-3", "ana-2" })
        {
            var merges = (await app.GetAsync("/operator/merges?partnerId=acme")).Is(200).Data["items"]!.AsArray();
            var merge = merges.Single(item => (string)item!["from"]! == reference)!;
            (await app.PostAsync($"/operator/merges/{merge["mergeId"]}/undo")).Is(200);
            Assert.False((bool)(await partner.Identity.FindAsync(reference)).Json["account"]!["exists"]!);
            await app.IdleAsync();
        }
        Assert.Equal("PENDING", await partner.Identity.KycAsync("dan-old"));
        Assert.Equal(
            "dan-old",
            (string)(await partner.Identity.FindAsync("x", "dan@example.org")).Json["identityReference"]!
        );

        // A block after a screening.
        (await app.PostAsync("/operator/partners/acme/identities/rita/unblock")).Is(200);
        (await app.PostAsync("/operator/partners/acme/identities/rita/review", new { decision = "approve" })).Is(200);
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("rita"));
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        Assert.Contains("VERIFIED", inbox.Kycs());
    }

    [Fact]
    public async Task A_delivery_that_an_earlier_version_gave_up_can_be_sent_again()
    {
        var (app, partner) = await StoredRows.StartAsync();
        await using var _ = app;
        var inbox = await RedirectWebhooksAsync(app, partner);
        foreach (var name in new[] { "failedDelivery", "retriedDelivery" })
        {
            var id = StoredRows.Text(name);
            (await partner.PostAsync($"/partner/webhooks/deliveries/{id}/replay")).Is(202);
            await app.AdvanceAsync(TimeSpan.FromSeconds(10));
            var delivery = (await partner.GetAsync($"/partner/webhooks/deliveries/{id}")).Is(200).Data;
            Assert.Equal("delivered", (string)delivery["status"]!);
            var webhook = inbox.Received.Single(webhook => webhook.Headers["webhook-id"] == id);
            Assert.Equal("link.created", webhook.Event);
            Assert.Equal(
                Signature(StoredRows.Text("webhookSecret"), webhook),
                webhook.Headers["X-M2M-Signature"].Split(' ')[0]
            );
        }
    }

    [Fact]
    public async Task An_erasure_takes_from_each_kind_of_row_what_this_table_says()
    {
        var (app, partner) = await StoredRows.StartAsync();
        await using var _ = app;
        await RedirectWebhooksAsync(app, partner);
        var before = await RowsOfAnaAsync(app);
        var clear = await InClearAsync(app, "acme|ana");
        Assert.All(ToldOfAna, value => Assert.Contains(value, clear, StringComparison.Ordinal));
        Assert.Contains("thanks", await AnswersOfReceiversAsync(app), StringComparison.Ordinal);

        await EraseAsync(partner, "ana");
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var after = await RowsOfAnaAsync(app);

        Assert.Equal(
            AfterErasure.Select(kind => $"{kind.Key}: {kind.Value}"),
            before
                .GroupBy(row => KindOf(row.Key))
                .OrderBy(kind => kind.Key, StringComparer.Ordinal)
                .Select(kind => $"{kind.Key}: {FateOf([.. kind.Select(row => row.Value)], after)}")
        );
        clear = await InClearAsync(app, "acme|ana");
        Assert.All(ToldOfAna, value => Assert.DoesNotContain(value, clear, StringComparison.Ordinal));
        clear = await InClearAsync(app, "");
        Assert.All(ValuesOfAna, value => Assert.DoesNotContain(value, clear, StringComparison.Ordinal));
        Assert.DoesNotContain("thanks", await AnswersOfReceiversAsync(app), StringComparison.Ordinal);

        // Her other references are not erased with her.
        (await partner.Identity.FindAsync("ana")).Is(404);
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync("ana-2"));
    }

    private static string Signature(string secret, Webhook webhook) =>
        "sha256="
        + Convert.ToHexStringLower(
            HMACSHA256.HashData(
                Encoding.UTF8.GetBytes(secret),
                Encoding.UTF8.GetBytes($"{webhook.Headers["X-M2M-Timestamp"]}.{webhook.Text}")
            )
        );

    private static bool About(Webhook webhook, string link) => (string?)webhook.Data["linkId"] == link;

    /// <summary>Nobody listens any more where the partner's webhooks went.</summary>
    private static async Task<Inbox> RedirectWebhooksAsync(TestApp app, TestPartner partner)
    {
        var inbox = await app.NewInboxAsync();
        (await partner.SendAsync(HttpMethod.Patch, "/partner/webhooks/endpoint", new { url = inbox.Url })).Is(200);
        (
            await app.SendAsync(
                HttpMethod.Patch,
                "/operator/partners/acme",
                new { settings = new { kycWebhookUrl = inbox.Url } }
            )
        ).Is(200);
        return inbox;
    }

    private static async Task<Reply> EraseAsync(TestPartner partner, string reference) =>
        (await partner.SendAsync(HttpMethod.Delete, $"/partner/users/{reference}", null)).Is(200);

    private static void AssertSame(string known, JsonNode answer) =>
        Assert.Equal(StoredRows.Known[known]!.ToJsonString(Readable), answer.ToJsonString(Readable));

    private static async Task<Dictionary<string, TableEntity>> RowsOfAnaAsync(TestApp app) =>
        (await app.RowsAsync("Users", "PartitionKey eq 'acme|ana'")).ToDictionary(row => row.RowKey);

    /// <summary>What became of the rows of one kind.</summary>
    private static string FateOf(List<TableEntity> rows, Dictionary<string, TableEntity> after)
    {
        if (rows.TrueForAll(row => !after.ContainsKey(row.RowKey)))
            return "deleted";
        var pairs = rows.Select(row => (Before: row, After: after[row.RowKey])).ToList();
        return "kept"
            + Named("without", pairs.SelectMany(pair => pair.Before.Keys.Except(pair.After.Keys)))
            + Named(
                "rewritten",
                pairs.SelectMany(pair =>
                    pair.Before.Keys.Where(column =>
                        column is not ("odata.etag" or "Timestamp")
                        && pair.After.TryGetValue(column, out var left)
                        && Text(left) != Text(pair.Before[column])
                    )
                )
            );
    }

    private static string Named(string how, IEnumerable<string> columns) =>
        columns.Distinct().Order(StringComparer.Ordinal).ToList() is { Count: > 0 } some
            ? $", {how}: {string.Join(' ', some)}"
            : "";

    private static string? Text(object cell) =>
        cell is byte[] bytes ? Encoding.Latin1.GetString(bytes) : cell.ToString();

    /// <summary>Every cell of a partition of the persons or, without one, of all tables; binary ones as text.</summary>
    private static async Task<string> InClearAsync(TestApp app, string partition)
    {
        var text = new StringBuilder();
        foreach (var table in partition.Length > 0 ? ["Users"] : StoredRows.Tables)
        foreach (var row in await app.RowsAsync(table, partition.Length > 0 ? $"PartitionKey eq '{partition}'" : null))
        foreach (var (_, cell) in row)
            text.Append(cell is null ? "" : Text(cell)).Append('\n');
        return text.ToString();
    }

    /// <summary>What receivers answered to webhooks about Ana.</summary>
    private static async Task<string> AnswersOfReceiversAsync(TestApp app) =>
        string.Join(
            '\n',
            (await app.RowsAsync("Deliveries", "EventPartition eq 'acme|ana'")).Select(row => row.GetString("Attempts"))
        );

    private static string KindOf(string rowKey) => rowKey == "link|active" ? rowKey : rowKey.Split('|')[0];
}
