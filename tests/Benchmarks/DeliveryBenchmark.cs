using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Webhooks.Deliveries;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;
using Serverless.Local.Hosting;

namespace Serverless.Benchmarks;

/// <summary>
/// A backlog of webhooks is drained, beside two limits of the same run: the same bodies signed and posted by a bare
/// loop to the same endpoints, and the table transactions of the same deliveries alone. All with as many at once as the
/// trigger handles.
/// </summary>
internal sealed class DeliveryBenchmark(AzuriteProcess azurite, Report report)
{
    private const int Partners = 16;
    private const int Deliveries = 40 * Partners;
    private const int Rounds = 5;

    /// <summary>As host.json has it.</summary>
    private const int Concurrency = 32;

    private static readonly TimeSpan UntilDue = TimeSpan.FromMinutes(1);
    private int _message;

    public async Task RunAsync()
    {
        await using var endpoints = await Endpoints.StartAsync(Partners);
        await using var app = await BenchApp.StartAsync(
            azurite,
            endpoints.Urls,
            "Drain",
            followUp: true,
            [PartnerEvents.LinkCreated]
        );
        Report.Say($"{Deliveries} deliveries to {Partners} partners");
        await Load.RunAsync(0, Deliveries, 16, app.CreateAsync);
        await app.WhenIdleAsync();
        var events = await ReadEventsAsync(app);
        foreach (var latency in new[] { 0, 50 })
            await MeasureAsync(app, endpoints, events, latency);
    }

    private async Task MeasureAsync(BenchApp app, Endpoints endpoints, List<StoredEvent> events, int latency)
    {
        var answers = latency == 0 ? "answers at once" : $"answers after {latency} ms";
        endpoints.Latency = TimeSpan.FromMilliseconds(latency);
        using var http = new HttpClient(
            new SocketsHttpHandler
            {
                ActivityHeadersPropagator = null,
                UseProxy = false,
                UseCookies = false,
            }
        );
        await Load.RunAsync(0, events.Count, Concurrency, i => PostAsync(http, events[i]));

        var (drained, posted, stored, cost) = (
            new List<Measurement>(),
            new List<Measurement>(),
            new List<Measurement>(),
            0L
        );
        for (var round = 1; round <= Rounds; round++)
        {
            if (round % 2 == 0)
                await MeasureLimitsAsync();
            await QueueAsync(app, events);
            var before = await app.CostsAsync();
            var started = Stopwatch.GetTimestamp();
            await app.WakeUpLater(UntilDue);
            await WhenDeliveredAsync(app);
            drained.Add(new Measurement(events.Count, Stopwatch.GetElapsedTime(started), []));
            cost += LinkBenchmark.Difference(before, await app.CostsAsync()).GetValueOrDefault(nameof(DeliverWebhook));
            if (round % 2 == 1)
                await MeasureLimitsAsync();
            Report.Say(
                $"{answers}, round {round} of {Rounds}: {drained[^1].PerSecond:0}/s, bare posts {posted[^1].PerSecond:0}/s, bare transactions {stored[^1].PerSecond:0}/s"
            );
        }
        var toPosts = Statistics.Median(drained.Zip(posted, (mine, bound) => mine.PerSecond / bound.PerSecond));
        var toTables = Statistics.Median(drained.Zip(stored, (mine, bound) => mine.PerSecond / bound.PerSecond));
        report.Add(
            $"backlog of webhooks, receiver {answers}",
            Measurement.Sum(drained),
            "webhooks/s",
            (double)cost / Rounds / events.Count,
            null,
            $"{toPosts:0.00} of the bare posts, {toTables:0.00} of the bare transactions (medians of {Rounds} rounds)"
        );
        report.Add(
            "  bare: sign twice, post",
            Measurement.Sum(posted),
            "posts/s",
            null,
            null,
            $"{Concurrency} at once, as the trigger"
        );
        report.Add(
            "  bare: read delivery, read body, replace delivery",
            Measurement.Sum(stored),
            "op/s",
            3,
            null,
            $"{3 * Measurement.Sum(stored).PerSecond:0} transactions/s"
        );

        async Task MeasureLimitsAsync()
        {
            // Where nothing is waited for, one turn of them takes some ten milliseconds: too short to be measured.
            posted.Add(
                await Load.RunAsync(
                    0,
                    latency == 0 ? 20 * events.Count : events.Count,
                    Concurrency,
                    i => PostAsync(http, events[i % events.Count])
                )
            );
            stored.Add(
                await Load.RunAsync(0, events.Count, Concurrency, i => TouchAsync(app.Tables, events[i].Delivery))
            );
        }
    }

    /// <summary>
    /// Puts all deliveries back to the queue, in the partners' turn, due together a little later: as a replay does, but
    /// without its work at the same time.
    /// </summary>
    private async Task QueueAsync(BenchApp app, List<StoredEvent> events)
    {
        var due = app.Time.GetUtcNow() + UntilDue;
        await Load.RunAsync(
            0,
            events.Count,
            Concurrency,
            async i =>
            {
                var of = events[i].Delivery;
                var delivery = (await app.Service<DeliveryLog>().FindAsync(of.Partner, of.Id, default))!;
                var begun = delivery with
                {
                    Status = DeliveryStatus.Pending,
                    Cycle = delivery.Cycle + 1,
                    ReplayId = "benchmark",
                    Attempts = [],
                };
                await app.Tables.Deliveries.UpdateEntityAsync(begun.ToRow(), delivery.ETag, TableUpdateMode.Replace);
                await app.Service<AppQueues>()
                    .Webhooks.SendAsync(
                        new DeliveryTask(of.Partner.Value, of.Id.Text, 1)
                        {
                            Cycle = begun.Cycle,
                            ReplayId = "benchmark",
                        },
                        $"benchmark-{Interlocked.Increment(ref _message)}",
                        due,
                        default
                    );
            }
        );
    }

    /// <summary>Ends with the last record, also of what was held back for want of a place.</summary>
    private static async Task WhenDeliveredAsync(BenchApp app)
    {
        while (true)
        {
            await app.WhenIdleAsync();
            var isPending = false;
            await foreach (var _ in app.Tables.Deliveries.QueryAsync<TableEntity>("Status eq 'Pending'", 1, ["RowKey"]))
            {
                isPending = true;
                break;
            }
            if (!isPending)
                return;
            await Task.Delay(50);
        }
    }

    private static async Task PostAsync(HttpClient http, StoredEvent happened)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, happened.Delivery.Url)
        {
            Content = new ByteArrayContent(happened.Body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(WebhookSender.ContentType);
        foreach (
            var (name, value) in SignedHeaders.Of(
                happened.Delivery.Event,
                happened.Delivery.WebhookId,
                happened.Body,
                happened.Secrets,
                DateTimeOffset.UtcNow
            )
        )
            request.Headers.Add(name, value);
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task TouchAsync(AppTables tables, Delivery of)
    {
        var row = (
            await tables.Deliveries.GetEntityAsync<TableEntity>(Delivery.PartitionOf(of.Partner, of.Id), of.Id.Inverted)
        ).Value;
        await tables.Users.GetEntityAsync<TableEntity>(of.EventPartition, EventRow.RowKeyOf(of.Id), ["Body"]);
        await tables.Deliveries.UpdateEntityAsync(
            Delivery.FromRow(row, of.Partner, of.Id).ToRow(),
            row.ETag,
            TableUpdateMode.Replace
        );
    }

    /// <summary>Everything that was delivered, in the partners' turn.</summary>
    private static async Task<List<StoredEvent>> ReadEventsAsync(BenchApp app)
    {
        var byPartner = new List<List<StoredEvent>>();
        for (var number = 0; number < Partners; number++)
        {
            var partner = (
                await app.Service<PartnerDirectory>().FindAsync(PartnerId.FromStorage($"bench-{number}"), default)
            )!;
            var secrets = await SigningSecrets.ReadAsync(
                app.Service<KeyRing>(),
                partner,
                app.Time.GetUtcNow(),
                default
            );
            var page = await app.Service<DeliveryLog>()
                .ReadForwardAsync(
                    partner.Id,
                    Ulid.First(partner.CreatedAt),
                    app.Time.GetUtcNow(),
                    filter: null,
                    Deliveries,
                    default
                );
            var events = new List<StoredEvent>();
            foreach (var delivery in page.Items)
            {
                var row = await app.Tables.Users.GetEntityAsync<TableEntity>(
                    delivery.EventPartition,
                    EventRow.RowKeyOf(delivery.Id),
                    ["Body"]
                );
                events.Add(new StoredEvent(delivery, Encoding.UTF8.GetBytes(row.Value.Text("Body")), secrets));
            }
            byPartner.Add(events);
        }
        return [.. Enumerable.Range(0, Deliveries).Select(i => byPartner[i % Partners][i / Partners])];
    }

    private sealed record StoredEvent(Delivery Delivery, byte[] Body, SigningSecrets Secrets);
}
