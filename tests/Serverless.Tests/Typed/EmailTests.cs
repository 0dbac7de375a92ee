using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Typed;

/// <summary>An address finds its own person or nobody.</summary>
public sealed class EmailTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task An_address_in_a_query_is_never_repaired_into_another_persons()
    {
        var identity = (await app.NewPartnerAsync()).Identity;
        (await identity.CreateAsync("plain", "ana@example.org")).Is(201);
        (await identity.CreateAsync("plus", "+ana@example.org")).Is(201);

        foreach (
            var sent in new[]
            {
                "+ana@example.org",
                "ana@example.org+",
                "%20ana@example.org",
                "a+b@example.org",
                "ana@example.org%0A",
            }
        )
        {
            var reply = (await identity.GetAsync($"/eapi/v0/identities/any?email={sent}")).Is(422);
            Assert.Equal(["email"], reply.Fields);
            Assert.DoesNotContain("ana@example.org+", reply.Text, StringComparison.Ordinal);
            if (sent.Contains('+', StringComparison.Ordinal))
                Assert.EndsWith(
                    "write + as %2B: in a query it means a space",
                    reply.Details[0].Message,
                    StringComparison.Ordinal
                );
        }
        Assert.Equal(
            "plus",
            (string)(await identity.FindAsync("any", "+ana@example.org")).Is(200).Json["identityReference"]!
        );
        Assert.Equal(
            "plain",
            (string)(await identity.FindAsync("any", "ana@example.org")).Is(200).Json["identityReference"]!
        );
    }

    [Fact]
    public async Task An_address_in_a_body_is_freed_of_what_a_copy_brings_along_unseen()
    {
        var identity = (await app.NewPartnerAsync()).Identity;
        (await identity.CreateAsync("pasted", "\u202A ana@example.org\u200B\n")).Is(201);
        Assert.Equal(
            "pasted",
            (string)(await identity.FindAsync("any", "ana@example.org")).Is(200).Json["identityReference"]!
        );
        Assert.Equal(["email"], (await identity.CreateAsync("filler", "a\u3164na@example.org")).Is(422).Fields);
        Assert.Equal(["email"], (await identity.CreateAsync("within", "a\u200Bna@example.org")).Is(422).Fields);
    }
}
