using System.Text.RegularExpressions;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Verifications;

/// <summary>A code is in its mail and nowhere else.</summary>
public sealed class SecrecyTests
{
    private static readonly string[] Tables =
    [
        "Users",
        "UserIndex",
        "Partners",
        "RateLimits",
        "EmailIndex",
        "Merges",
        "OneTimeCodes",
    ];

    [Fact]
    public async Task No_code_is_in_any_row_answer_or_log()
    {
        // Four digits come about by chance in times and ids: a place that gives codes away has every one of these.
        HashSet<string>? suspects = null;
        for (var i = 0; i < 4; i++)
        {
            await using var app = await TestApp.StartAsync();
            var partner = await app.NewOtpPartnerAsync();
            var (reference, email, code) = await app.WithCodeAsync(partner);
            List<(string Place, string Text)> places = [.. await RowsAsync(app)];
            places.Add(("answer", (await partner.VerifyCodeAsync(reference, email, code.Other())).Text));
            places.Add(("answer", (await partner.VerifyCodeAsync(reference, email, code)).Is(200).Text));
            places.Add(("answer", (await partner.VerifyCodeAsync(reference, email, code)).Text));
            places.Add(("answer", (await partner.Identity.FindAsync(reference)).Text));
            await app.IdleAsync();
            places.AddRange(await RowsAsync(app));
            places.AddRange(app.Log.Lines.Select(line => ($"log {line.Split(' ')[1]}", line)));
            Assert.DoesNotContain(places, place => place.Text.Contains(email, StringComparison.OrdinalIgnoreCase));

            // The search finds what is there.
            places.Add(("mail", await app.MailboxAsync()));

            var found = places
                .Where(place => Regex.IsMatch(place.Text, $"(?<![0-9A-Za-z]){code}(?![0-9A-Za-z])"))
                .Select(place => place.Place)
                .ToHashSet();
            suspects = suspects is null ? found : [.. suspects.Intersect(found)];
            Assert.Contains(places, place => place.Place == "OneTimeCodes Mac");
        }
        Assert.Equal(["mail"], suspects!);
    }

    private static async Task<IEnumerable<(string Place, string Text)>> RowsAsync(TestApp app)
    {
        var places = new List<(string, string)>();
        foreach (var table in Tables)
        {
            foreach (var row in await app.RowsAsync(table))
                places.AddRange(
                    row.Select(column =>
                        (
                            $"{table} {column.Key}",
                            column.Value is byte[] bytes
                                ? System.Text.Encoding.Latin1.GetString(bytes)
                                : $"{column.Value}"
                        )
                    )
                );
        }
        return places;
    }
}
