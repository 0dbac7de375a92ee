using Serverless.Benchmarks;
using Serverless.Local.Hosting;

// What the app and the local host reach on this machine: compare figures of one run, not of two machines. In most
// sections load, app, host and webhook receiver share one process, and Azurite is another; in section host they are the
// processes that a user runs.
if (args is ["serve"])
{
    await BareServers.ServeAsync();
    return;
}
if (args is ["forward", var address])
{
    await BareServers.ForwardAsync(address);
    return;
}
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
if (only is null or "overview")
{
    await using var azurite = await StartAzuriteAsync();
    await new OverviewBenchmark(azurite, report).RunAsync();
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
if (only is null or "host")
    await new HostBenchmark(report).RunAsync();
if (only is null or "invocations")
    await new InvocationBenchmark(report).RunAsync();
if (only is null or "hmac")
    new HmacBenchmark(report).Run();
report.Print();

static Task<AzuriteProcess> StartAzuriteAsync()
{
    Report.Say("start Azurite");
    return AzuriteProcess.StartAsync(new AzuriteOptions { EndWithThisProcess = true }, Report.Say, default);
}
