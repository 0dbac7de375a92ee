using System.Text;
using Xunit;

namespace Serverless.Tests.Users;

/// <summary>What a person tells and what a partner is given lies nowhere in clear.</summary>
public sealed class PersonalDataTests
{
    [Fact]
    public async Task Personal_data_and_secrets_are_neither_stored_nor_logged_in_clear()
    {
        var folder = Directory.CreateTempSubdirectory("serverless-");
        try
        {
            var console = new StringWriter();
            var (stdout, stderr) = (Console.Out, Console.Error);
            var picture = new byte[] { 0xFF, 0xD8, 0xFF }
                .Concat(Encoding.ASCII.GetBytes("CanaryPicture"))
                .ToArray();
            var data = Samples
                .FullUserData()
                .With("name.firstName", "CanaryFirst")
                .With("name.secondName", "CanarySecond")
                .With("name.lastName", "CanaryLast")
                .With("name.secondLastName", "CanaryOther")
                .With("idNumber", "CANA851112HDFRRL07")
                .With("dob", "1985-11-12")
                .With("idImage", "data:image/jpeg;base64," + Convert.ToBase64String(picture));
            string[] markers =
            [
                "Canary",
                "CANA851112",
                "1985-11-12",
                Samples.Clabe,
                Convert.ToBase64String(picture)[6..],
            ];

            await using var app = await TestApp.StartAsync(
                ("Local:DataFolder", folder.FullName),
                ("Logging:LogLevel:Default", "Trace"),
                ("Logging:LogLevel:Microsoft.AspNetCore", "Trace"),
                ("Logging:LogLevel:Azure.Core", "Trace")
            );
            var inbox = await app.NewInboxAsync();
            inbox.Answer = (_, http) =>
            {
                http.Response.StatusCode = inbox.Received.Count % 2 == 1 ? 500 : 200;
                return Task.CompletedTask;
            };
            TestPartner partner;
            string token;
            try
            {
                Console.SetOut(console);
                Console.SetError(console);
                partner = await app.NewPartnerAsync(inbox, ["link.created", "link.opened", "link.expired"]);
                var created = (
                    await partner.PostLinkAsync(
                        new
                        {
                            referenceId = "cust-1",
                            expiresInMinutes = 5,
                            userData = data,
                        },
                        "idempotency-key-canary"
                    )
                ).Is(201);
                token = (string)created.Data["token"]!;
                (await partner.PostLinkAsync(new { referenceId = "cust-1", userData = data })).Is(409);
                (
                    await partner.PostLinkAsync(
                        new { referenceId = "cust-2", userData = data.With("dob", "1985-11-12x") }
                    )
                ).Is(400);
                await partner.ListAsync();
                await app.PostAsync($"/widget/links/{created.Data["linkId"]}/open");
                await app.AdvanceAsync(TimeSpan.FromHours(3));
                Assert.Equal(
                    "expired",
                    (string?)(await partner.GetAsync($"/partner/links/{created.Data["linkId"]}")).Data["status"]
                );
                Assert.Equal(
                    ["link.created", "link.expired", "link.opened"],
                    inbox.Events.Distinct().Order(StringComparer.Ordinal)
                );
            }
            finally
            {
                Console.SetOut(stdout);
                Console.SetError(stderr);
            }
            string[] secrets = [partner.Key[15..], partner.Secret[6..], token, "idempotency-key-canary"];

            var stored = await StoredAsync(app);
            Assert.True(stored.Length > 5000, "The search has nothing to look through.");
            Assert.True(app.Log.Lines.Count > 50, "The log was not captured.");
            await app.App.StopAsync();
            var journal = Encoding.Latin1.GetString(
                await File.ReadAllBytesAsync(
                    Path.Combine(folder.FullName, "journal"),
                    TestContext.Current.CancellationToken
                )
            );
            Assert.Contains("cust-1", journal, StringComparison.Ordinal);
            foreach (var marker in markers.Concat(secrets))
            {
                foreach (
                    var spelling in new[]
                    {
                        marker,
                        Convert.ToBase64String(Encoding.UTF8.GetBytes(marker)).TrimEnd('=')[..^1],
                    }
                )
                {
                    Assert.DoesNotContain(spelling, stored, StringComparison.OrdinalIgnoreCase);
                    Assert.DoesNotContain(spelling, journal, StringComparison.OrdinalIgnoreCase);
                    Assert.DoesNotContain(
                        app.Log.Lines,
                        line => line.Contains(spelling, StringComparison.OrdinalIgnoreCase)
                    );
                    Assert.DoesNotContain(spelling, console.ToString(), StringComparison.OrdinalIgnoreCase);
                    Assert.All(
                        inbox.Received,
                        webhook => Assert.DoesNotContain(spelling, webhook.Text, StringComparison.OrdinalIgnoreCase)
                    );
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>All rows of all tables of the app, binary values as text too.</summary>
    private static async Task<string> StoredAsync(TestApp app)
    {
        var text = new StringBuilder();
        var tables = 0;
        await foreach (var table in Azurite.Tables.QueryAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            if (!table.Name.StartsWith(app.Prefix, StringComparison.Ordinal))
                continue;
            tables++;
            foreach (var row in await app.RowsAsync(table.Name[app.Prefix.Length..]))
            foreach (var (name, value) in row)
                text.Append(name)
                    .Append('=')
                    .AppendLine(value is byte[] bytes ? Encoding.Latin1.GetString(bytes) : value?.ToString());
        }
        Assert.True(tables >= 10, "Some tables were not read.");
        return text.ToString();
    }
}
