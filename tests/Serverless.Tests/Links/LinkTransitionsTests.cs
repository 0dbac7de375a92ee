using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Xunit;

namespace Serverless.Tests.Links;

/// <summary>Which moves of a link there are, and that no others happen.</summary>
public sealed class LinkTransitionsTests
{
    private static readonly string[] Contract =
    [
        "Created>Opened",
        "Opened>InProgress",
        "InProgress>Completed",
        "Created>Expired",
        "Opened>Expired",
        "InProgress>Expired",
        "Created>Revoked",
        "Opened>Revoked",
    ];

    private static readonly LinkStatus[] All = Enum.GetValues<LinkStatus>();

    [Fact]
    public void The_moves_are_the_contract_s() =>
        Assert.Equal(
            Contract.Order(),
            (
                from before in All
                from after in All
                where LinkTransitions.Allows(before, after)
                select $"{before}>{after}"
            ).Order()
        );

    [Fact]
    public void Completed_expired_and_revoked_are_final() =>
        Assert.Equal(
            [LinkStatus.Completed, LinkStatus.Expired, LinkStatus.Revoked],
            All.Where(LinkTransitions.IsFinal)
        );

    [Fact]
    public void No_sequence_of_wishes_leaves_the_table_or_a_final_state() =>
        Prop.ForAll(
                Gen.Elements(All).ArrayOf().ToArbitrary(),
                wishes =>
                {
                    var path = new List<LinkStatus> { LinkStatus.Created };
                    foreach (var wish in wishes)
                        if (LinkTransitions.Allows(path[^1], wish))
                            path.Add(wish);
                    return path.Distinct().Count() == path.Count
                        && path.Zip(path.Skip(1))
                            .All(move =>
                                Contract.Contains($"{move.First}>{move.Second}") && !LinkTransitions.IsFinal(move.First)
                            );
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_link_past_its_time_is_expired_unless_it_ended_otherwise_and_never_comes_back() =>
        Prop.ForAll(
                (
                    from stored in Gen.Elements(All)
                    from seconds in Gen.Choose(-10_000, 10_000)
                    select (stored, seconds)
                ).ToArbitrary(),
                given =>
                {
                    var expiry = DateTimeOffset.FromUnixTimeSeconds(1_767_225_600);
                    var status = Sample(given.stored, expiry).StatusAt(expiry.AddSeconds(given.seconds));
                    return status
                        == (
                            given.seconds >= 0 && !LinkTransitions.IsFinal(given.stored)
                                ? LinkStatus.Expired
                                : given.stored
                        );
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_link_is_stored_and_read_back_as_it_was()
    {
        var link = Sample(LinkStatus.Opened, DateTimeOffset.FromUnixTimeSeconds(1_767_225_600)) with
        {
            Theme = "dark",
            Language = "es",
            CallbackUrl = "https://partner.example.com",
            Metadata = "{\"a\":1}",
            OpenedAt = DateTimeOffset.FromUnixTimeSeconds(1_767_225_000),
            RevokeReason = "none",
            Device = new DeviceInfo("agent", "iOS", "en-US"),
        };
        Assert.Equal(link, Link.FromRow(link.ToRow()));
    }

    [Theory]
    [InlineData("link_nova_01kg0000000000000000000000", true)]
    [InlineData("link_a-b_01kg0000000000000000000000", true)]
    [InlineData("link__01kg0000000000000000000000", false)]
    [InlineData("link_nova01kg0000000000000000000000", false)]
    [InlineData("LINK_nova_01kg0000000000000000000000", false)]
    [InlineData("link_nova_01KG0000000000000000000000", false)]
    [InlineData("dr_nova_01kg0000000000000000000000", false)]
    [InlineData("link_no_va_01kg0000000000000000000000", false)]
    [InlineData("link_nova_01kg0000000000000000000000\n", false)]
    [InlineData("link_", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void An_id_is_read_in_its_one_spelling(string? text, bool valid)
    {
        Assert.Equal(valid, LinkId.TryParse(text, out var id));
        if (valid)
            Assert.Equal(text, id!.Value);
    }

    private static Link Sample(LinkStatus stored, DateTimeOffset expiry)
    {
        var partner = PartnerId.FromStorage("nova");
        return new Link
        {
            Owner = new PersonKey(partner, ReferenceId.FromStorage("cust-1")),
            Id = LinkId.New(partner, expiry.AddHours(-1)),
            Stored = stored,
            Url = "http://localhost/",
            Flow = "m2m-basic",
            CreatedAt = expiry.AddHours(-1),
            ExpiresAt = expiry,
            TokenHash = "00",
            UserId = "user_nova_1",
        };
    }
}
