using System.Diagnostics;
using System.Text;
using Azure.Data.Tables;
using Serverless.Functions.HmacAuth;
using Serverless.Functions.Storage;
using Serverless.Local.Hosting;

namespace Serverless.Benchmarks;

/// <summary>
/// The identity API through HTTP: create, get by e-mail, eligibility; beside each, its bare table operations. And what
/// checking a signature costs.
/// </summary>
internal sealed class IdentityBenchmark(AzuriteProcess azurite, Report report)
{
    private const int Concurrency = 16;
    private const int Rounds = 5;

    /// <summary>
    /// Below the sandbox's limit of 120 calls a minute and partner: between rounds the app's clock is moved on.
    /// </summary>
    private const int Round = 100 * BenchApp.Partners;

    public async Task RunAsync()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var app = await BenchApp.StartAsync(azurite, receiver.Url, "Identity", followUp: false);
        var created = 0;
        await app.PassMinuteAsync();
        await Load.RunAsync(created, 40, Concurrency, app.CreateIdentityAsync);
        created += 40;
        var bare = await BareIdentities.LikeAsync(app.Tables, app.PartnerOf(0), BenchApp.IdentityOf(0));
        await Load.RunAsync(-40, 40, Concurrency, bare.CreateAsync);

        await MeasureAsync(
            app,
            "identity: create",
            "CreateIdentity",
            0,
            _ => app.CreateIdentityAsync(Interlocked.Increment(ref created) - 1),
            bare.CreateAsync,
            $"index, query, transaction of {bare.Rows} rows, nonce",
            4
        );
        await MeasureAsync(
            app,
            "identity: get by e-mail",
            "GetIdentity",
            created,
            app.GetIdentityByEmailAsync,
            bare.GetByEmailAsync,
            "index, query, nonce",
            3
        );
        await MeasureAsync(
            app,
            "identity: eligibility",
            "CheckEligibility",
            created,
            app.CheckEligibilityAsync,
            bare.CheckEligibilityAsync,
            "query, nonce",
            2
        );
        report.Note(
            "Identities: follow-up left out; tables with 2,080 identities by the end of the creations, and as many of the bare ones."
        );
        MeasureSignature();
    }

    /// <summary>
    /// Rounds of requests and of their bare operations take turns; <paramref name="existing"/> identities are asked for
    /// in turn.
    /// </summary>
    private async Task MeasureAsync(
        BenchApp app,
        string name,
        string function,
        int existing,
        Func<int, Task> request,
        Func<int, Task> operation,
        string parts,
        double partsCount
    )
    {
        await app.PassMinuteAsync();
        await Load.RunAsync(0, 40, Concurrency, number => request(number));
        var before = await app.CostsAsync();
        var (mine, limit) = (new List<Measurement>(), new List<Measurement>());
        for (var round = 0; round < Rounds; round++)
        {
            var first = existing == 0 ? round * Round : round * Round % (existing - Round + 1);
            await app.PassMinuteAsync();
            if (round % 2 == 1)
                limit.Add(await Load.RunAsync(round * Round, Round, Concurrency, operation));
            mine.Add(await Load.RunAsync(first, Round, Concurrency, request));
            if (round % 2 == 0)
                limit.Add(await Load.RunAsync(round * Round, Round, Concurrency, operation));
            Report.Say(
                $"{name}, round {round + 1} of {Rounds}: {mine[^1].PerSecond:0}/s, bare operations {limit[^1].PerSecond:0}/s"
            );
        }
        var costs = LinkBenchmark.Difference(before, await app.CostsAsync());
        var ratio = Statistics.Median(mine.Zip(limit, (one, bound) => one.PerSecond / bound.PerSecond));
        report.Add(
            name,
            Measurement.Sum(mine),
            "req/s",
            (double)costs.GetValueOrDefault(function) / (Rounds * Round),
            null,
            $"{ratio:0.00} of the bare operations (median of {Rounds} rounds)"
        );
        report.Add($"  bare: {parts}", Measurement.Sum(limit), "op/s", partsCount, null, "");
    }

    /// <summary>
    /// Header, nonce and signature of one request after the other, as the verifier checks them, without storage.
    /// </summary>
    private void MeasureSignature()
    {
        const int Checks = 20_000;
        var secret = Encoding.UTF8.GetBytes("sk_test_" + new string('5', 64));
        foreach (var size in new[] { 0, 256, 4096 })
        {
            var body = new byte[size];
            var nonce = BenchApp
                .NonceAt(DateTimeOffset.UtcNow)
                .ToString(System.Globalization.CultureInfo.InvariantCulture);
            const string Target = "/eapi/v0/identities/transactions/eligibility";
            var header =
                $"Bearer pk_test_{new string('k', 24)}:{HmacSignature.Compute(secret, "POST", Target, nonce, body)}:{nonce}";
            for (var warmUp = 0; warmUp < 2000; warmUp++)
                Check();
            var milliseconds = new double[Checks];
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < Checks; i++)
            {
                var begun = Stopwatch.GetTimestamp();
                Check();
                milliseconds[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
            }
            report.Add(
                $"signature check, body of {size:N0} bytes",
                new Measurement(Checks, Stopwatch.GetElapsedTime(started), milliseconds),
                "checks/s",
                null,
                null,
                "one thread, no storage"
            );

            void Check()
            {
                if (
                    !HmacAuthorization.TryParse(header, out var sent)
                    || !Nonce.TryParse(sent.Nonce, out var parsed)
                    || !parsed.IsNear(DateTimeOffset.UtcNow)
                    || !HmacSignature.Matches(sent.Signature, secret, "POST", Target, parsed.Text, body)
                )
                    throw new InvalidOperationException("The signature does not match.");
            }
        }
    }
}

/// <summary>
/// The limit that storage sets: the table operations of the identity API's requests (same rows, same tables, same
/// client) and nothing else.
/// </summary>
internal sealed class BareIdentities
{
    private readonly AppTables _tables;
    private readonly List<TableEntity> _rows;
    private readonly DateOnly _today = DateOnly.FromDateTime(DateTime.UtcNow);
    private long _nonce;

    private BareIdentities(AppTables tables, List<TableEntity> rows) => (_tables, _rows) = (tables, rows);

    public int Rows => _rows.Count;

    /// <summary>Takes the rows of an identity that was created as patterns.</summary>
    public static async Task<BareIdentities> LikeAsync(AppTables tables, string partner, string reference)
    {
        var rows = new List<TableEntity>();
        var partition = $"{partner}|{reference}";
        await foreach (
            var row in tables.Users.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {partition}")
            )
        )
            rows.Add(row);
        var bare = new BareIdentities(tables, rows);
        await tables.Of(DatedTable.Nonces, bare._today).CreateIfNotExistsAsync();
        return bare;
    }

    public async Task CreateAsync(int number)
    {
        await UseNonceAsync();
        if (await CountAsync(PartitionOf(number)) != 0)
            throw new InvalidOperationException("A new identity has rows already.");
        await _tables.EmailIndex.AddEntityAsync(
            new TableEntity(EmailPartitionOf(number), "email")
            {
                ["Reference"] = $"person-{number}",
                ["At"] = DateTimeOffset.UtcNow,
            }
        );
        await _tables.Users.SubmitTransactionAsync(
            _rows.Select(row => new TableTransactionAction(
                TableTransactionActionType.Add,
                Copy(row, PartitionOf(number))
            ))
        );
    }

    public async Task GetByEmailAsync(int number)
    {
        await UseNonceAsync();
        await _tables.EmailIndex.GetEntityAsync<TableEntity>(EmailPartitionOf(number), "email");
        await RequireAsync(number);
    }

    public async Task CheckEligibilityAsync(int number)
    {
        await UseNonceAsync();
        await RequireAsync(number);
    }

    private async Task RequireAsync(int number)
    {
        if (await CountAsync(PartitionOf(number)) == 0)
            throw new InvalidOperationException("An identity has no rows.");
    }

    private async Task<int> CountAsync(string partition)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and (RowKey eq {"user"} or RowKey eq {"account"} or RowKey eq {"link|active"} or (RowKey ge {"field|"} and RowKey lt {"field}"}) or (RowKey ge {"ticket|"} and RowKey lt {"ticket}"}))"
        );
        var count = 0;
        await foreach (var _ in _tables.Users.QueryAsync<TableEntity>(filter))
            count++;
        return count;
    }

    private async Task UseNonceAsync() =>
        await _tables
            .Of(DatedTable.Nonces, _today)
            .AddEntityAsync(
                new TableEntity("bare", $"{Interlocked.Increment(ref _nonce):d16}") { ["Request"] = Guid.NewGuid() }
            );

    private static string EmailPartitionOf(int number) => $"bare-index|{number}";

    private static string PartitionOf(int number) => $"bare|person-{number}";

    private static TableEntity Copy(TableEntity pattern, string partition)
    {
        var copy = new TableEntity(partition, pattern.RowKey);
        foreach (var (name, value) in pattern)
            if (name is not ("odata.etag" or "PartitionKey" or "RowKey" or "Timestamp"))
                copy[name] = value;
        return copy;
    }
}
