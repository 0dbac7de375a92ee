using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Serverless.Functions.Storage;
using Xunit;

namespace Serverless.Tests.Statistics;

/// <summary>What the statistics of a partner must say, counted from its rows.</summary>
internal static class CountedRows
{
    /// <summary>All that is stored of a partner, as the totals of its statistics have it.</summary>
    public static async Task<SortedDictionary<string, int>> OfAsync(TestApp app, string partner)
    {
        var persons = await app.RowsAsync("Users", $"PartitionKey ge '{partner}|' and PartitionKey lt '{partner}}}'");
        var links = persons.Where(row => row.RowKey.StartsWith("link|link_", StringComparison.Ordinal)).ToList();
        var requests = persons.Where(row => row.RowKey.StartsWith("request|", StringComparison.Ordinal)).ToList();
        var deliveries = await app.RowsAsync(
            "Deliveries",
            $"PartitionKey ge '{partner}|' and PartitionKey lt '{partner}}}'"
        );
        bool IsFellBack(TableEntity row) => row.GetDateTimeOffset("FellBackAt") is not null;
        return new(StringComparer.Ordinal)
        {
            ["links.created"] = links.Count,
            ["links.opened"] = Having(links, "OpenedAt"),
            ["links.inProgress"] = Having(links, "InProgressAt"),
            ["links.completed"] = Having(links, "CompletedAt"),
            ["links.expired"] = Having(links, "ExpiredAt"),
            ["links.revoked"] = Having(links, "RevokedAt"),
            ["dataRequests.asked"] = requests.Count,
            ["dataRequests.answered"] = requests.Count(row => row.Text("Status") == "Fulfilled" && !IsFellBack(row)),
            ["dataRequests.fellBack"] = requests.Count(IsFellBack),
            ["dataRequests.expired"] = requests.Count(row => row.Text("Status") == "Expired" && !IsFellBack(row)),
            ["deliveries.delivered"] = deliveries.Count(row => row.Text("Status") == "Delivered"),
            ["deliveries.failed"] = deliveries.Count(row => row.Text("Status") == "Failed"),
            ["deliveries.superseded"] = deliveries.Count(row => row.Text("Status") == "Superseded"),
        };
    }

    /// <summary>The totals of a partner's statistics; answers of both kinds are one.</summary>
    public static async Task<SortedDictionary<string, int>> TotalsAsync(TestPartner partner, int days = 90)
    {
        var shown = (await partner.GetAsync($"/partner/statistics?days={days}")).Is(200).Data;
        AddUp(shown);
        return Totals(shown);
    }

    public static SortedDictionary<string, int> Totals(JsonNode shown)
    {
        var totals = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var part in new[] { "links", "dataRequests", "deliveries" })
        foreach (var (name, count) in shown[part]!.AsObject())
            totals[$"{part}.{name}"] = (int)count!;
        totals["dataRequests.answered"] += totals["dataRequests.answeredInResponse"];
        totals.Remove("dataRequests.answeredInResponse");
        return totals;
    }

    /// <summary>The days make the totals, and the times of completion make the completed links.</summary>
    private static void AddUp(JsonNode shown)
    {
        foreach (var part in new[] { "links", "dataRequests", "deliveries" })
        foreach (var (name, count) in shown[part]!.AsObject())
            Assert.Equal((int)count!, shown["days"]!.AsArray().Sum(day => (int)day![part]![name]!));
        Assert.Equal(
            (int)shown["links"]!["completed"]!,
            shown["completionTimes"]!.AsArray().Sum(one => (int)one!["links"]!)
        );
    }

    private static int Having(List<TableEntity> rows, string column) =>
        rows.Count(row => row.GetDateTimeOffset(column) is not null);
}
