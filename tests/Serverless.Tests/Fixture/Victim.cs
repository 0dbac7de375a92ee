using Serverless.Functions.Events;
using Xunit;

namespace Serverless.Tests;

/// <summary>A partner with one of everything, which another one must not reach.</summary>
/// <param name="App">Where it is.</param>
/// <param name="Partner">The partner.</param>
/// <param name="Values">The names of what it has, by the parameters of the routes.</param>
internal sealed record Victim(TestApp App, TestPartner Partner, IReadOnlyDictionary<string, string> Values)
{
    private static readonly string[] Tables = ["Users", "Links", "Partners", "Deliveries", "Operations", "Idempotency"];

    public string Id => Partner.Id;

    public string Key => Partner.Key;

    public static async Task<Victim> MakeAsync(TestApp app)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, [PartnerEvents.LinkCreated, PartnerEvents.DataRequest]);
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        var activity = (await partner.GetAsync($"/partner/links/{link.Id}/activity")).Is(200).Data["items"]!.AsArray();
        var request = activity.Single(item => (string)item!["type"]! == PartnerEvents.DataRequest)!["data"]!;
        var delivery = (await partner.GetAsync("/partner/webhooks/deliveries")).Is(200).Data["items"]![0]!;
        var replay = (await partner.PostAsync("/partner/webhooks/deliveries/replay", new { from = "2026-01-01" })).Is(
            202
        );
        await app.IdleAsync();
        return new Victim(
            app,
            partner,
            new Dictionary<string, string>
            {
                ["partnerRef"] = partner.Id,
                ["linkId"] = link.Id,
                ["referenceId"] = link.Reference,
                ["identityReference"] = link.Reference,
                ["dataRequestId"] = (string)request["dataRequestId"]!,
                ["deliveryId"] = (string)delivery["deliveryId"]!,
                ["replayId"] = (string)replay.Data["operationId"]!,
                ["operationId"] = link.Id.Replace("link_", "op_", StringComparison.Ordinal),
                ["userId"] = (string)(await link.GetAsync()).Data["userId"]!,
                ["keyPrefix"] = partner.Key[.."m2m_test_ab12cd".Length],
                ["identityApiKey"] = partner.Identity.Key,
            }
        );
    }

    /// <summary>Every row of it, as text.</summary>
    public async Task<List<string>> RowsAsync()
    {
        await App.IdleAsync();
        var rows = new List<string>();
        foreach (var table in Tables)
            rows.AddRange(
                (await App.RowsAsync(table))
                    .Where(row => row.PartitionKey.Split('|').Contains(Id))
                    .Select(row =>
                        $"{table} {row.RowKey} {string.Join(' ', row.Where(column => column.Key != "odata.etag").Select(column => $"{column.Key}={column.Value}"))}"
                    )
            );
        Assert.NotEmpty(rows);
        return [.. rows.Order(StringComparer.Ordinal)];
    }
}
