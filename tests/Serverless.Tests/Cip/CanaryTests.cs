using System.Text;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Xunit;

namespace Serverless.Tests.Cip;

/// <summary>
/// Personal values stay where they are sealed: a journey with values that cannot come about by chance, and a search for
/// them everywhere.
/// </summary>
public sealed class CanaryTests
{
    private const string Clabe = "646180157098765433";

    private static readonly JsonObject UserData = (JsonObject)
        JsonNode.Parse(
            """
            {"name":{"firstName":"Canaryfirst","secondName":"Canarysecond","lastName":"Canarylast","secondLastName":"Canarymother"},
             "idNumber":"CANA870321HDFRRL02","idType":"CURP","dob":"1987-03-21"}
            """
        )!;

    private static readonly string[] Canaries = ["Canary", "CANA870321", "1987-03-21", Clabe[..14], "CanaryNote"];

    [Fact]
    public async Task No_value_is_in_any_answer_event_history_log_or_row()
    {
        var folder = Directory.CreateTempSubdirectory("cip-canary");
        try
        {
            var (places, known) = await JourneyAsync(folder.FullName);
            foreach (var (place, text) in places)
                Assert.True(
                    Canaries.All(canary => !text.Contains(canary, StringComparison.OrdinalIgnoreCase)),
                    $"A value is in clear in {place}."
                );

            // The search sees what is there: the ticket's id stands in each kind of place but the answers about the
            // person.
            foreach (var kind in new[] { "answer", "row", "journal" })
                Assert.Contains(
                    places,
                    place =>
                        place.Place.StartsWith(kind, StringComparison.Ordinal)
                        && place.Text.Contains(known, StringComparison.Ordinal)
                );
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<(List<(string Place, string Text)> Places, string Known)> JourneyAsync(string folder)
    {
        var places = new List<(string Place, string Text)>();
        await using var app = await TestApp.StartAsync(("Local:DataFolder", folder));
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, [.. Functions.Events.PartnerEvents.All]);
        Reply Seen(Reply reply)
        {
            places.Add(("answer", reply.Text));
            return reply;
        }

        var created = await partner.PostLinkAsync(new { referenceId = "cust-1" });
        var link = new TestLink(partner, Seen(created).Is(201).Data);
        var session = (string)(await link.OpenAsync()).Is(200).Data["session"]!;
        var userData = UserData.DeepClone().AsObject();
        userData["paymentMethod"] = JsonNode.Parse(
            $$"""{"type":"bank_account","bankAccount":{"country":"MX","accountNumber":"{{WithCheckDigit(Clabe)}}"} }"""
        );
        Seen(
                await partner.PutAsync(
                    $"/partner/data-requests/{link.Id.Replace("link_", "dr_", StringComparison.Ordinal)}",
                    new { referenceId = "cust-1", userData }
                )
            )
            .Is(200);
        Seen(await partner.GetAsync($"/partner/links/{link.Id}/cip/readiness")).Is(200);
        var ticket = (string)
            Seen(await app.PostAsync($"/widget/links/{link.Id}/cip", null, ("Authorization", $"Bearer {session}")))
                .Is(201)
                .Data["ticketId"]!;
        Seen(await partner.PostTicketAsync(link)).Is(200);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        Seen(await partner.PostTicketAsync(link)).Is(409);
        Seen(await partner.ReviewAsync("cust-1", "approve", "CanaryNote")).Is(200);
        Seen(await partner.PostTicketAsync(link)).Is(409, "CIP_ALREADY_VERIFIED");
        foreach (
            var path in new[]
            {
                "/partner/users/cust-1",
                "/partner/users",
                "/partner/me",
                $"/partner/links/{link.Id}/activity",
            }
        )
            Seen(await partner.GetAsync(path)).Is(200);
        await app.AdvanceAsync(TimeSpan.FromHours(2));

        places.AddRange(inbox.Received.Select(webhook => ("webhook", webhook.Text)));
        places.AddRange(app.Log.Lines.Select(line => ("log", line)));
        foreach (var table in new[] { "Users", "UserIndex", "Links", "Deliveries", "Idempotency", "Partners" })
            places.AddRange((await app.RowsAsync(table)).Select(row => ($"row of {table}", TextOf(row))));
        await app.App.StopAsync();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            places.Add(
                (
                    "journal",
                    Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken))
                )
            );
        return (places, ticket);
    }

    private static string TextOf(TableEntity row) =>
        string.Join(
            '\n',
            row.Select(column =>
                column.Key + "=" + (column.Value is byte[] bytes ? Encoding.Latin1.GetString(bytes) : column.Value)
            )
        );

    private static string WithCheckDigit(string clabe) =>
        Enumerable.Range(0, 10).Select(digit => clabe[..17] + digit).Single(Functions.Typed.AccountNumbers.IsClabe);
}
