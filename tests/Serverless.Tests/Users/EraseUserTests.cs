using System.Text;
using Azure.Data.Tables;
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
        Assert.Equal("cancelled", (string)(await partner.GetAsync($"/partner/data-requests/dr_{link.Id["link_".Length..]}")).Is(200).Data["status"]!);
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
                var userData = Samples.LeastUserData()
                    .With("name.firstName", canaries[0]).With("name.lastName", canaries[1])
                    .With("paymentMethod.cash.provider", canaries[2]).With("paymentMethod.cash.reference", canaries[3]);
                var link = await partner.CreateLinkAsync(userData: userData, metadata: new { note = "CanaryMetadata" });
                (await link.OpenAsync(("User-Agent", "CanaryAgent/1.0"))).Is(200);
                await app.IdleAsync();
                var everything = await EverythingAsync(app);
                Assert.All(canaries, canary => Assert.DoesNotContain(canary, everything, StringComparison.Ordinal));

                (await EraseAsync(partner, link.Reference)).Is(200);
                await app.IdleAsync();
                everything = await EverythingAsync(app);
                Assert.All([.. canaries, "CanaryMetadata", "CanaryAgent"], canary => Assert.DoesNotContain(canary, everything, StringComparison.Ordinal));

                // What was delivered can still be audited by id.
                var delivered = inbox.Received[0].Headers["webhook-id"]["evt_".Length..];
                Assert.Contains($"event|{delivered}", everything, StringComparison.Ordinal);
            }
            foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
                Assert.DoesNotContain("Canary", await File.ReadAllTextAsync(file, Encoding.Latin1, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static Task<Reply> EraseAsync(TestPartner partner, string reference) => partner.SendAsync(HttpMethod.Delete, $"/partner/users/{reference}", null);

    /// <summary>Every cell of every table, binary ones as text, and every line that was logged.</summary>
    private static async Task<string> EverythingAsync(TestApp app)
    {
        var text = new StringBuilder();
        foreach (var table in new[] { "Users", "Links", "Partners", "Idempotency", "Deliveries", "RateLimits" })
            foreach (TableEntity row in await app.RowsAsync(table))
                foreach (var cell in row)
                    text.Append(cell.Value is byte[] bytes ? Encoding.Latin1.GetString(bytes) : cell.Value).Append('\n');
        foreach (var line in app.Log.Lines)
            text.Append(line).Append('\n');
        return text.ToString();
    }
}
