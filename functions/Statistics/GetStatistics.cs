using Azure;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Statistics;

/// <summary><c>GET /partner/statistics</c>: from the counts, one storage transaction for each quarter.</summary>
internal sealed class GetStatistics(AppTables tables, RequestReader requests, TimeProvider time)
{
    /// <summary>Get your statistics</summary>
    /// <remarks>
    /// What happened to your links, data requests and webhooks over the last days, in all and day by day. Everything
    /// counts on the day on which it happened, in UTC, and within moments. A link that is created today and completed
    /// tomorrow so counts once today and once tomorrow.
    /// </remarks>
    [Function(nameof(GetStatistics))]
    [Takes(typeof(StatisticsQuery))]
    [Answers(200, typeof(StatisticsView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/statistics")] HttpRequest http
    )
    {
        var query = new QueryInput(http.Query);
        var asked = requests.Read<StatisticsQuery>(query);
        if (query.Error is { } error)
            return Answer.Error(error);
        var last = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var days = Enumerable.Range(0, asked.Days).Select(back => last.AddDays(back + 1 - asked.Days)).ToList();
        var counts = await ReadAsync(http.Partner().Id, days, http.HttpContext.RequestAborted);
        return Answer.Ok(StatisticsView.Of(days, counts));
    }

    private async Task<ILookup<DateOnly, DayCount>> ReadAsync(
        PartnerId partner,
        List<DateOnly> days,
        CancellationToken ct
    )
    {
        var first = DayCount.FirstKeyOf(days[0]);
        var end = DayCount.FirstKeyOf(days[^1].AddDays(1));
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partner.Value} and RowKey ge {first} and RowKey lt {end}"
        );
        var quarters = days.DistinctBy(DatedTable.Statistics.NameOf);
        var found = await Task.WhenAll(quarters.Select(quarter => ReadAsync(quarter, filter, ct)));
        return found.SelectMany(counts => counts).ToLookup(count => count.Day);
    }

    private async Task<List<DayCount>> ReadAsync(DateOnly quarter, string filter, CancellationToken ct)
    {
        var counts = new List<DayCount>();
        try
        {
            await foreach (
                var row in tables
                    .Of(DatedTable.Statistics, quarter)
                    .QueryAsync<TableEntity>(filter, cancellationToken: ct)
            )
                counts.Add(DayCount.FromRow(row));
        }
        catch (RequestFailedException ex) when (ex.Status == 404)
        {
            // Nothing was counted in this quarter: it has no table.
        }
        return counts;
    }
}

/// <summary>Over which time.</summary>
internal sealed record StatisticsQuery
{
    /// <summary>Over how many days, in UTC; the last one is today.</summary>
    /// <example>30</example>
    [WholeNumber(1, Tally.DaysShown)]
    public int Days { get; init; } = 30;
}
