using Serverless.Functions.Identities;
using Serverless.Tests.Cip;
using Serverless.Tests.KycSharing;
using Serverless.Tests.Verifications;
using Xunit;

namespace Serverless.Tests.Identities;

/// <summary>
/// Random creations, updates, one-time codes, shared tokens, verifications, blocks and look-ups of several references
/// at once, over HTTP: whatever happens in whatever order, addresses stay unique, references resolve in one hop, and
/// what the accounts are follows from what was acknowledged alone.
/// </summary>
public sealed class MergeLawTests(TestApp app) : IClassFixture<TestApp>
{
    private const int References = 8;
    private const int Emails = 4;
    private const int Rounds = 10;
    private const int AtOnce = 4;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Accounts_are_what_the_acknowledged_arrivals_make_of_them(int seed)
    {
        var random = new Random(seed);
        var partner = await app.NewOtpPartnerAsync();
        var arrivals = new List<(string Reference, string Email)>();
        var verified = new HashSet<string>();
        var blocked = new HashSet<string>();
        for (var i = 0; i < References; i++)
        {
            // Some come through a link and know nothing of the identity API; two of them are verified there.
            if (i % 4 == 0)
                verified.Add(await VerifyAsync(partner, Reference(i)));
            else
                (await partner.Identity.CreateAsync(Reference(i))).Is(201);
            await app.AdvanceAsync(TimeSpan.FromSeconds(1));
        }

        for (var round = 0; round < Rounds; round++)
        {
            if (random.Next(5) == 0)
                blocked.Add(await BlockAsync(partner, Reference(random.Next(References))));
            var acts = Enumerable
                .Range(0, AtOnce)
                .Select(_ =>
                    (
                        Kind: Acts[random.Next(Acts.Length)],
                        Reference: Reference(random.Next(References)),
                        Email: Email(random.Next(Emails))
                    )
                )
                .ToList();
            var done = await Task.WhenAll(
                acts.Select(async act =>
                    (act, Acknowledged: await ActAsync(partner, act.Kind, act.Reference, act.Email))
                )
            );
            arrivals.AddRange(
                done.Where(one => one.Acknowledged is not null).Select(one => (one.Acknowledged!, one.act.Email))
            );
            verified.UnionWith(
                done.Where(one => one is { act.Kind: Act.ShareKyc, Acknowledged: not null })
                    .Select(one => one.Acknowledged!)
            );
            if (random.Next(3) == 0)
                await app.AdvanceAsync(TimeSpan.FromSeconds(30));
        }
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));

        var expected = Groups(arrivals);
        foreach (var group in expected)
        {
            var shown = await Task.WhenAll(
                group.References.Select(async reference => (await partner.Identity.FindAsync(reference)).Is(200).Json)
            );
            // One account, seen alike from each of its references.
            Assert.Single(shown.Select(json => json["account"]!.ToJsonString()).Distinct());
            var kyc = Assert.Single(shown.Select(json => (string)json["kyc"]!["status"]!).Distinct());
            Assert.Equal(group.References.Overlaps(verified) ? "VERIFIED" : "PENDING", kyc);
            Assert.Equal(group.References.Overlaps(blocked), (bool)shown[0]["account"]!["blocked"]!);
            foreach (var email in group.Emails)
            {
                var byEmail = (await partner.Identity.FindAsync("any-ref", email)).Is(200).Json;
                Assert.Contains((string)byEmail["identityReference"]!, group.References);
                Assert.Equal(shown[0]["account"]!.ToJsonString(), byEmail["account"]!.ToJsonString());
            }
        }
        await HoldsInStorageAsync(partner, expected);
    }

    private enum Act
    {
        Create,
        Find,
        VerifyByCode,
        ShareKyc,
        Update,
    }

    /// <summary>As often as each stands here: updates bring most addresses together.</summary>
    private static readonly Act[] Acts =
    [
        Act.Create,
        Act.Find,
        Act.VerifyByCode,
        Act.ShareKyc,
        Act.Update,
        Act.Update,
        Act.Update,
        Act.Update,
    ];

    /// <summary>Does one thing; gives the reference where it brought it an address.</summary>
    private async Task<string?> ActAsync(TestPartner partner, Act act, string reference, string email)
    {
        switch (act)
        {
            case Act.Create:
                var fresh = $"{reference}-{Guid.NewGuid():n}";
                return (await partner.Identity.CreateAsync(fresh, email)).Status == 201 ? fresh : null;
            case Act.Find:
                await partner.Identity.FindAsync(reference, email);
                return null;
            case Act.VerifyByCode:
                // The last code to this address may be another reference's: then it is none for this one.
                if ((await partner.SendCodeAsync(reference, email)).Status != 200)
                    return null;
                return Acknowledged(await partner.VerifyCodeAsync(reference, email, await app.CodeToAsync(email)), 200)
                    ? reference
                    : null;
            case Act.ShareKyc:
                return Acknowledged(await partner.Identity.ShareAsync(reference, email), 202) ? reference : null;
            case Act.Update:
                return Acknowledged(await partner.Identity.UpdateAsync(reference, email), 200) ? reference : null;
            default:
                throw new ArgumentOutOfRangeException(nameof(act));
        }
    }

    /// <summary>
    /// True for the success; what else may come is a refusal that changed nothing: verified as another person, a limit,
    /// a code that is another's.
    /// </summary>
    private static bool Acknowledged(Reply reply, int success)
    {
        if (reply.Status == success)
            return true;
        Assert.Contains(
            (string)reply.Json["code"]!,
            new[] { "IdentityMergeConflict", "OtpInvalid", "TooManyRequests" }
        );
        return false;
    }

    private async Task<string> BlockAsync(TestPartner partner, string reference)
    {
        (await app.PostAsync($"/operator/partners/{partner.Id}/identities/{reference}/block")).Is(200);
        return reference;
    }

    /// <summary>
    /// Every root is its own, every other reference points to its root and the root lists it; an address has one row,
    /// which leads to the account that holds it.
    /// </summary>
    private async Task HoldsInStorageAsync(
        TestPartner partner,
        List<(HashSet<string> References, HashSet<string> Emails)> expected
    )
    {
        var persons = (
            await app.RowsAsync("Users", $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        )
            .GroupBy(row => row.PartitionKey[(partner.Id.Length + 1)..])
            .ToDictionary(person => person.Key, person => person.ToDictionary(row => row.RowKey));
        foreach (var (reference, rows) in persons)
        {
            Assert.Null(rows["user"].GetString("MergingInto"));
            if (rows["user"].GetString("Root") is not { } root)
                continue;
            Assert.Null(persons[root]["user"].GetString("Root"));
            Assert.Contains(reference, Account.FromRow(persons[root][Account.RowKey]).Members);
            Assert.True(
                persons[root]["user"].GetDateTimeOffset("CreatedAt") <= rows["user"].GetDateTimeOffset("CreatedAt"),
                "The older account survives."
            );
        }
        var claims = (
            await app.RowsAsync("EmailIndex", $"PartitionKey ge '{partner.Id}|' and PartitionKey lt '{partner.Id}}}'")
        ).ToList();
        Assert.Equal(expected.Sum(group => group.Emails.Count), claims.Count);
        foreach (var claim in claims)
        {
            var anchor = claim.GetString("Reference")!;
            var root = persons[anchor]["user"].GetString("Root") ?? anchor;
            Assert.Single(
                Account.FromRow(persons[root][Account.RowKey]).Emails,
                email => email.Hash == claim.PartitionKey.Split('|')[1]
            );
        }
    }

    /// <summary>What shares an address is one account.</summary>
    private static List<(HashSet<string> References, HashSet<string> Emails)> Groups(
        List<(string Reference, string Email)> arrivals
    )
    {
        var groups = new List<(HashSet<string> References, HashSet<string> Emails)>();
        foreach (var (reference, email) in arrivals)
        {
            var touched = groups
                .Where(group => group.References.Contains(reference) || group.Emails.Contains(email))
                .ToList();
            groups.RemoveAll(touched.Contains);
            groups.Add(
                (
                    [reference, .. touched.SelectMany(group => group.References)],
                    [email, .. touched.SelectMany(group => group.Emails)]
                )
            );
        }
        return groups;
    }

    private async Task<string> VerifyAsync(TestPartner partner, string reference)
    {
        (await partner.PostTicketAsync(await partner.CompleteLinkAsync('0', reference))).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        return reference;
    }

    private static string Reference(int number) => $"law-{number}";

    private static string Email(int number) => $"law-{number}@example.org";
}
