using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Storage;

/// <summary>A person and a partner are one row or one partition each: who changes it at once does so in turn.</summary>
public sealed class ContentionTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly IEnumerable<int> AtOnce = Enumerable.Range(10, 60);

    [Fact]
    public async Task Each_of_60_changes_of_one_person_at_once_is_made()
    {
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync());
        Assert.All(await Task.WhenAll(AtOnce.Select(sum => payer.QuoteAsync($"{sum}"))), reply => reply.Is(201));
    }

    [Fact]
    public async Task Each_of_60_changes_of_one_partner_at_once_is_made()
    {
        var partner = await app.NewPartnerAsync();
        var replies = await Task.WhenAll(
            AtOnce.Select(i =>
                i % 2 == 0
                    ? partner.SendAsync(
                        HttpMethod.Patch,
                        "/partner/webhooks/endpoint",
                        new { description = $"number {i}" }
                    )
                    : app.SendAsync(
                        HttpMethod.Patch,
                        $"/operator/partners/{partner.Id}",
                        new { settings = new { theme = $"theme-{i}" } }
                    )
            )
        );
        Assert.All(replies, reply => reply.Is(200));
    }
}
