using Serverless.Benchmarks;
using Serverless.Local.Hosting;

// What the app and the local platform reach on this machine. Load, app and webhook receiver share one process, Azurite is another: compare figures of one run, not of two machines.
var report = new Report();
var only = args.FirstOrDefault();
if (only is null or "links")
{
    await using var azurite = await StartAzuriteAsync();
    await new LinkBenchmark(azurite, report).RunAsync();
}
if (only is null or "journeys")
{
    await using var azurite = await StartAzuriteAsync();
    await new JourneyBenchmark(azurite, report).RunAsync();
}
if (only is null or "identities")
{
    await using var azurite = await StartAzuriteAsync();
    await new IdentityBenchmark(azurite, report).RunAsync();
}
if (only is null or "delivery")
{
    await using var azurite = await StartAzuriteAsync();
    await new DeliveryBenchmark(azurite, report).RunAsync();
    await new IsolationBenchmark(azurite, report).RunAsync();
}
if (only is null or "durable")
    await new DurableBenchmark(report).RunAsync();
if (only is null or "hmac")
    new HmacBenchmark(report).Run();
report.Print();

static Task<AzuriteProcess> StartAzuriteAsync()
{
    Report.Say("start Azurite");
    return AzuriteProcess.StartAsync(new AzuriteOptions { EndWithThisProcess = true }, Report.Say, default);
}
