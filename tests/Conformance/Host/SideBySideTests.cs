using System.Globalization;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>Two apps on one machine know nothing of each other.</summary>
public sealed class SideBySideTests : IDisposable
{
    private readonly DirectoryInfo _one = Directory.CreateTempSubdirectory("one-");
    private readonly DirectoryInfo _two = Directory.CreateTempSubdirectory("two-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _one.Delete(recursive: true);
        _two.Delete(recursive: true);
    }

    [Fact]
    public async Task Neithers_clock_queues_and_tables_are_the_others_and_a_data_folder_has_one_app()
    {
        await using var one = await HostProcess.StartAsync(In(_one));
        await using var two = await HostProcess.StartAsync(In(_two));

        using (await one.Http.PostAsync("/local/clock", new StringContent("{\"advance\":\"P1D\"}"), Cancel))
        using (await one.Http.PostAsync("/api/rows/mine", null, Cancel))
            await one.SendAsync("fine", new("mine"));
        await Eventually.IsAsync(() =>
            one.Notes.Lines.Any(line => line.StartsWith("fine mine", StringComparison.Ordinal))
        );

        Assert.Equal("mine", await one.Http.GetStringAsync("/api/rows", Cancel));
        Assert.Equal("", await two.Http.GetStringAsync("/api/rows", Cancel));
        // The workers follow their own host's clock.
        Assert.Equal(1, Math.Round((await NowAsync(one) - DateTimeOffset.UtcNow).TotalDays, 2));
        Assert.Equal(0, Math.Round((await NowAsync(two) - DateTimeOffset.UtcNow).TotalDays, 2));
        Assert.DoesNotContain(two.Notes.Lines, line => line.StartsWith("fine", StringComparison.Ordinal));

        var settings = HostFiles.Settings("").Concat(In(_one)).ToArray();
        var (exitCode, printed) = await HostProcess.RefuseAsync(HostFiles.App, settings);
        Assert.Equal(1, exitCode);
        Assert.Contains(_one.FullName, printed, StringComparison.Ordinal);
        Assert.Contains("another", printed, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("mine", await one.Http.GetStringAsync("/api/rows", Cancel));
    }

    private static (string, string?)[] In(DirectoryInfo folder) =>
        [("Local:DataFolder", folder.FullName), ("AzureWebJobsStorage", "UseDevelopmentStorage=true")];

    private static async Task<DateTimeOffset> NowAsync(HostProcess host) =>
        DateTimeOffset.Parse(await host.Http.GetStringAsync("/api/now", Cancel), CultureInfo.InvariantCulture);
}
