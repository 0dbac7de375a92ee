using Serverless.Campaign;
using Xunit;

namespace Serverless.Tests.Crashes;

/// <summary>
/// A short campaign: random histories of the deployed build, with kills and faults, and what must hold in them. With
/// <c>CAMPAIGN=1</c>: it shows by its timing what the machine lets it see, and has not had its long run yet.
/// </summary>
public sealed class CampaignTests(ITestOutputHelper output)
{
    /// <summary>Odd seeds have two apps on one broker.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task All_invariants_hold_in_random_histories_with_faults(int seed)
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("CAMPAIGN") == "1",
            "asks for CAMPAIGN=1: random histories with kills, about a minute and a half"
        );
        var options = new CampaignOptions
        {
            Seed = seed,
            Time = TimeSpan.FromSeconds(10),
            Cutting = TimeSpan.Zero,
        };
        var campaign = new Campaign.Campaign(options, output.WriteLine);
        Assert.True(
            await campaign.RunAsync(TestContext.Current.CancellationToken),
            "An invariant did not hold: see above."
        );
    }
}
