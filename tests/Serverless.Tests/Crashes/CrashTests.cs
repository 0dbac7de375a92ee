using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Campaign;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Tests.Crashes;

/// <summary>
/// The app is killed at random moments: what was acknowledged is there, what happened is told, and nothing is told that
/// did not happen.
/// </summary>
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Partners = 5;
    private const int Waves = 10;
    private const int LinksPerWave = 20;
    private const int LinkMinutes = 5;
    private const string TablePrefix = "Crash";
    private static readonly string[] Subscribed = ["link.created", "link.opened", "link.expired"];
    private static readonly TimeSpan PastExpiry = TimeSpan.FromMinutes(LinkMinutes + 1);

    [Fact]
    public async Task Twenty_kills_of_the_host_and_twenty_of_the_worker_lose_no_link_and_no_webhook()
    {
        var ct = TestContext.Current.CancellationToken;
        var seed = CrashSettings.Seed(output);
        var random = new Random(seed);

        await using var azurite = await AzuriteProcess.StartAsync(
            new AzuriteOptions { EndWithThisProcess = true, AllServices = Azurite.KeepsOrchestrations },
            output.WriteLine,
            ct
        );
        await using var receiver = await EventReceiver.StartAsync(ct);
        using var folder = new TemporaryFolder();
        using var app = new AppProcess(CrashSettings.FreePort(), CrashSettings.Of(azurite, folder.Path, TablePrefix));
        using var partner = new StubbornPartner(app.Address);
        try
        {
            await app.StartAsync(ct);
            var keys = new List<string>();
            for (var i = 0; i < Partners; i++)
                keys.Add(await partner.RegisterAsync($"partner-{i}", receiver.Url, Subscribed, ct));

            var links = new List<KnownLink>();
            for (var wave = 0; wave < Waves; wave++)
            {
                var first = wave * LinksPerWave;
                var created = Task.WhenAll(
                    Enumerable
                        .Range(first, LinksPerWave)
                        .Select(i => CreateAndOpenAsync(partner, keys[i % Partners], i, ct))
                );
                await app.KillWorkerSoonAsync(random, ct);
                await app.KillSoonAsync(random, ct);
                links.AddRange(await created);

                // Where time is real it passes once, for all waves together.
                var expired =
                    Azurite.KeepsOrchestrations && wave < Waves - 1
                        ? Task.CompletedTask
                        : partner.AdvanceAsync(PastExpiry, ct);
                await app.KillWorkerSoonAsync(random, ct);
                await app.KillSoonAsync(random, ct);
                await expired;
            }

            var tables = new TableServiceClient(azurite.ConnectionString);
            var stored = await StoredLinksAsync(tables, ct);
            var expected = stored.Values.SelectMany(Events).ToHashSet();
            await WaitForAsync(
                partner,
                () =>
                    receiver
                        .Arrivals.Select(arrival => (arrival.LinkId, arrival.Event))
                        .ToHashSet()
                        .IsSupersetOf(expected),
                ct
            );
            output.WriteLine(
                $"{partner.Broken} requests broke, {receiver.Arrivals.Count} webhooks for {expected.Count} events"
            );

            stored = await StoredLinksAsync(tables, ct);
            await HoldsWhatWasAcknowledgedAsync(partner, links, stored, ct);
            HasToldAllThatHappened(links, stored, receiver.Arrivals);
            Assert.Empty(partner.Unexpected);
        }
        catch
        {
            output.WriteLine(app.Output);
            throw;
        }
    }

    /// <summary>Every second link is opened as soon as it exists.</summary>
    private static async Task<KnownLink> CreateAndOpenAsync(
        StubbornPartner partner,
        string key,
        int number,
        CancellationToken ct
    )
    {
        var link = await partner.CreateAsync(key, $"person-{number}", LinkMinutes, ct);
        return number % 2 == 0 ? await partner.OpenAsync(link, ct) : link;
    }

    /// <summary>
    /// Lets the app's time pass until a condition holds: what a crash left half done comes back after a delay.
    /// </summary>
    private static async Task WaitForAsync(StubbornPartner partner, Func<bool> condition, CancellationToken ct)
    {
        for (var step = 0; step < 30 && !condition(); step++)
            await partner.AdvanceAsync(TimeSpan.FromMinutes(1), ct);
    }

    private static async Task HoldsWhatWasAcknowledgedAsync(
        StubbornPartner partner,
        List<KnownLink> links,
        Dictionary<string, TableEntity> stored,
        CancellationToken ct
    )
    {
        Assert.Equal(Waves * LinksPerWave, links.Count);
        Assert.Equal(links.Select(link => link.LinkId).Order(), stored.Keys.Order());
        foreach (var link in links)
        {
            Assert.Equal("Expired", stored[link.LinkId].GetString("Status"));
            var shown = await partner.GetAsync(link.LinkId, link.ApiKey, ct);
            Assert.Equal("expired", shown.GetProperty("status").GetString());
            Assert.Equal(link.Reference, shown.GetProperty("referenceId").GetString());
            Assert.Equal(
                link.Opened,
                shown.TryGetProperty("openedAt", out var openedAt) && openedAt.ValueKind != JsonValueKind.Null
            );
        }
    }

    private static void HasToldAllThatHappened(
        List<KnownLink> links,
        Dictionary<string, TableEntity> stored,
        IReadOnlyCollection<Arrival> arrivals
    )
    {
        var told = arrivals.ToLookup(arrival => (arrival.LinkId, arrival.Event));
        var happened = stored.Values.SelectMany(Events).ToHashSet();
        Assert.Equal(happened.Order(), told.Select(arrival => arrival.Key).Order());
        Assert.Equal(links.Count(link => link.Opened), happened.Count(occurrence => occurrence.Event == "link.opened"));
        // Whoever drops webhook ids that it has seen gets each event once, with one body.
        Assert.All(
            told,
            arrivalsOfOne =>
                Assert.Single(arrivalsOfOne.Select(arrival => (arrival.WebhookId, arrival.Body)).Distinct())
        );
        Assert.Equal(told.Count, arrivals.Select(arrival => arrival.WebhookId).Distinct().Count());
    }

    private static IEnumerable<(string LinkId, string Event)> Events(TableEntity link)
    {
        var id = link.RowKey["link|".Length..];
        yield return (id, "link.created");
        if (link.GetDateTimeOffset("OpenedAt") is not null)
            yield return (id, "link.opened");
        // All links are past their time.
        yield return (id, "link.expired");
    }

    private static async Task<Dictionary<string, TableEntity>> StoredLinksAsync(
        TableServiceClient tables,
        CancellationToken ct
    )
    {
        var links = new Dictionary<string, TableEntity>();
        await foreach (
            var row in tables
                .GetTableClient(TablePrefix + "Users")
                .QueryAsync<TableEntity>("RowKey ge 'link|link_' and RowKey lt 'link|link`'", cancellationToken: ct)
        )
            links.Add(row.RowKey["link|".Length..], row);
        return links;
    }
}
