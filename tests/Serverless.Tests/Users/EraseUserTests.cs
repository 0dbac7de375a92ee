using System.Text;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Serverless.Tests.Users;

/// <summary><c>DELETE /partner/users/{referenceId}</c>.</summary>
public sealed class EraseUserTests
{
    private static readonly string[] AllEvents = ["link.created", "link.opened", "link.revoked", "user.data_request"];

    [Fact]
    public async Task An_erasure_closes_the_link_and_its_request_and_answers_the_same_receipt_again()
    {
        await using var app = await TestApp.StartAsync();
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, AllEvents);
        var link = await partner.CreateLinkAsync(userData: Samples.LeastUserData());
        (await link.OpenAsync()).Is(200);
        var first = (await EraseAsync(partner, link.Reference)).Is(200);
        Assert.Equal(link.Reference, (string)first.Data["referenceId"]!);
        Assert.StartsWith("erasure_", (string)first.Data["receiptId"]!, StringComparison.Ordinal);
        Assert.Equal(first.Text, (await EraseAsync(partner, link.Reference)).Is(200).Text);
        await app.IdleAsync();
        Assert.Equal("revoked", await link.StatusAsync());
        Assert.Contains("link.revoked", inbox.Events);
        Assert.Equal(
            "cancelled",
            (string)
                (await partner.GetAsync($"/partner/data-requests/dr_{link.Id["link_".Length..]}")).Is(200).Data[
                    "status"
                ]!
        );
    }

    [Fact]
    public async Task Until_an_erased_persons_values_are_cleaned_up_they_are_as_good_as_gone()
    {
        await using var app = await TestApp.StartAsync();
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(userData: Samples.FullUserData());
        await app.IdleAsync();
        var values = await app.RowsAsync(
            "Users",
            $"PartitionKey eq '{partner.Id}|{link.Reference}' and RowKey ge 'field|' and RowKey lt 'field~'"
        );
        Assert.NotEmpty(values);
        (await EraseAsync(partner, link.Reference)).Is(200);
        await app.IdleAsync();
        // As if the clean-up, which follows the erasure, were still to come.
        foreach (var value in values)
            await app.Table("Users").AddEntityAsync(value, TestContext.Current.CancellationToken);

        Assert.Null((await partner.GetAsync($"/partner/links/{link.Id}")).Is(200).Data["userData"]);
        Assert.Null(
            Assert.Single((await partner.GetAsync("/partner/links")).Is(200).Data["items"]!.AsArray())!["userData"]
        );
        var readiness = (await partner.GetAsync($"/partner/links/{link.Id}/cip/readiness")).Is(200).Data;
        Assert.False((bool)readiness["ready"]!);
        Assert.Empty(app.Log.Errors);
    }

    [Fact]
    public async Task An_erased_reference_is_not_silently_reborn()
    {
        await using var app = await TestApp.StartAsync();
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        (await EraseAsync(partner, link.Reference)).Is(200);
        (await partner.PostLinkAsync(new { referenceId = link.Reference })).Is(409, "USER_ERASED");
        (await partner.PostLinkAsync(new { referenceId = link.Reference }, "again")).Is(409, "USER_ERASED");
        (await partner.PostLinkAsync(new { referenceId = link.Reference }, "again")).Is(409, "USER_ERASED");
    }

    [Fact]
    public async Task Unknown_and_foreign_persons_are_404()
    {
        await using var app = await TestApp.StartAsync();
        var partner = await app.NewPartnerAsync();
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        (await EraseAsync(partner, link.Reference)).Is(404);
        (await EraseAsync(partner, "nobody")).Is(404);
        Assert.Equal("created", await link.StatusAsync());
    }

    [Fact]
    public async Task No_value_is_ever_stored_or_logged_in_clear_and_after_the_erasure_nothing_of_the_person_is_left()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"erase-{Guid.NewGuid():N}");
        try
        {
            await using (var app = await TestApp.StartAsync(("Local:DataFolder", folder)))
            {
                var inbox = await app.NewInboxAsync();
                var partner = await app.NewPartnerAsync(inbox, AllEvents);
                string[] canaries = ["CanaryFirst", "CanaryLast", "CanaryProvider", "CanaryReference"];
                var userData = Samples
                    .LeastUserData()
                    .With("name.firstName", canaries[0])
                    .With("name.lastName", canaries[1])
                    .With("paymentMethod.cash.provider", canaries[2])
                    .With("paymentMethod.cash.reference", canaries[3]);
                var link = await partner.CreateLinkAsync(userData: userData, metadata: new { note = "CanaryMetadata" });
                (await link.OpenAsync(("User-Agent", "CanaryAgent/1.0"))).Is(200);
                await app.IdleAsync();
                var everything = await EverythingAsync(app);
                Assert.All(canaries, canary => Assert.DoesNotContain(canary, everything, StringComparison.Ordinal));

                (await EraseAsync(partner, link.Reference)).Is(200);
                await app.IdleAsync();
                everything = await EverythingAsync(app);
                Assert.All(
                    [.. canaries, "CanaryMetadata", "CanaryAgent"],
                    canary => Assert.DoesNotContain(canary, everything, StringComparison.Ordinal)
                );

                // What was delivered can still be audited by id.
                var delivered = inbox.Received[0].Headers["webhook-id"]["evt_".Length..];
                Assert.Contains($"event|{delivered}", everything, StringComparison.Ordinal);
            }
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
                Assert.DoesNotContain(
                    "Canary",
                    await File.ReadAllTextAsync(file, Encoding.Latin1, TestContext.Current.CancellationToken),
                    StringComparison.Ordinal
                );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_whole_transaction_leaves_no_value_in_clear_and_its_erasure_leaves_nothing()
    {
        var folder = Path.Combine(Path.GetTempPath(), $"erase-{Guid.NewGuid():N}");
        string[] canaries =
        [
            "CanaryFirst",
            "CanarySecond",
            "CanaryLast",
            "CanarySurname",
            "CANARYPASSPORT9",
            "1981-02-03",
            Samples.Clabe,
        ];
        try
        {
            await using (var app = await TestApp.StartAsync(("Local:DataFolder", folder)))
            {
                var inbox = await app.NewInboxAsync();
                inbox.Answer = (webhook, http) =>
                    webhook.Event == "user.data_request"
                        ? http.Response.WriteAsJsonAsync(
                            new
                            {
                                userData = new
                                {
                                    idType = "PASSPORT",
                                    idNumber = canaries[4],
                                    dob = canaries[5],
                                },
                            }
                        )
                        : Task.CompletedTask;
                var partner = await app.NewPartnerAsync(inbox, [.. Serverless.Functions.Events.PartnerEvents.All]);
                var link = await partner.CreateLinkAsync(
                    userData: new
                    {
                        name = new { firstName = canaries[0], lastName = canaries[2] },
                        paymentMethod = new
                        {
                            type = "bank_account",
                            bankAccount = new { country = "MX", accountNumber = canaries[6] },
                        },
                    }
                );
                var session = (string)(await link.OpenAsync()).Is(200).Data["session"]!;
                Task<Reply> InWidgetAsync(HttpMethod method, string route, object body) =>
                    app.SendAsync(
                        method,
                        $"/widget/links/{link.Id}/{route}",
                        body,
                        ("Authorization", $"Bearer {session}")
                    );
                await app.IdleAsync();
                var answers = new StringBuilder();
                answers.Append(
                    (
                        await InWidgetAsync(
                            HttpMethod.Put,
                            "data",
                            new
                            {
                                userData = new
                                {
                                    name = new { secondName = canaries[1], secondLastName = canaries[3] },
                                },
                            }
                        )
                    ).Is(200)["X-Request-Id"]
                );
                answers.Append(
                    (
                        await InWidgetAsync(
                            HttpMethod.Put,
                            "data",
                            new { userData = new { dob = "CanaryFirst 1981-02-03" } }
                        )
                    )
                        .Is(400)
                        .Text
                );
                answers.Append(
                    (
                        await partner.PutAsync(
                            $"/partner/data-requests/dr_{link.Id["link_".Length..]}",
                            new { referenceId = link.Reference, userData = new { dob = canaries[5] } }
                        )
                    )
                        .Is(409)
                        .Text
                );
                answers.Append((await InWidgetAsync(HttpMethod.Post, "cip", new { })).Is(201).Text);
                await app.AdvanceAsync(TimeSpan.FromSeconds(15));
                var quote = (await InWidgetAsync(HttpMethod.Post, "quote", new { send = 100 })).Is(201).Data;
                answers.Append(
                    (await InWidgetAsync(HttpMethod.Post, "confirm", new { quoteId = (string)quote["quoteId"]! }))
                        .Is(201)
                        .Text
                );
                await app.AdvanceAsync(TimeSpan.FromMinutes(2));
                Assert.Contains("operation.completed", inbox.Events);
                answers.Append((await partner.GetAsync($"/partner/users/{link.Reference}")).Is(200).Text);
                foreach (var webhook in inbox.Received)
                    answers.Append(webhook.Text);
                var everything = await EverythingAsync(app) + answers;
                Assert.All(canaries, canary => Assert.DoesNotContain(canary, everything, StringComparison.Ordinal));

                (await EraseAsync(partner, link.Reference)).Is(200);
                await app.IdleAsync();
                var left = await app.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|{link.Reference}'");
                Assert.DoesNotContain(
                    left,
                    row =>
                        row.RowKey.StartsWith("field|", StringComparison.Ordinal)
                        || row.RowKey.StartsWith("history|", StringComparison.Ordinal)
                        || row.RowKey.StartsWith("file|", StringComparison.Ordinal)
                );
                Assert.DoesNotContain(left, row => row.ContainsKey("DataKey"));
            }
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            {
                var text = await File.ReadAllTextAsync(file, Encoding.Latin1, TestContext.Current.CancellationToken);
                Assert.All(canaries, canary => Assert.DoesNotContain(canary, text, StringComparison.Ordinal));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<Reply> EraseAsync(TestPartner partner, string reference) =>
        partner.SendAsync(HttpMethod.Delete, $"/partner/users/{reference}", null);

    /// <summary>Every cell of every table, binary ones as text, and every line that was logged.</summary>
    private static async Task<string> EverythingAsync(TestApp app)
    {
        var text = new StringBuilder();
        var tables = new List<string>();
        await foreach (var table in Azurite.Tables.QueryAsync(cancellationToken: TestContext.Current.CancellationToken))
            if (table.Name.StartsWith(app.Prefix, StringComparison.OrdinalIgnoreCase))
                tables.Add(table.Name[app.Prefix.Length..]);
        foreach (var table in tables)
        foreach (TableEntity row in await app.RowsAsync(table))
        foreach (var cell in row)
            text.Append(cell.Value is byte[] bytes ? Encoding.Latin1.GetString(bytes) : cell.Value).Append('\n');
        foreach (var line in app.Log.Lines)
            text.Append(line).Append('\n');
        return text.ToString();
    }
}
