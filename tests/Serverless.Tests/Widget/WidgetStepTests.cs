using Serverless.Functions.Users;
using Serverless.Functions.Widget;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>The one function that decides the step, over everything that it can be asked.</summary>
public sealed class WidgetStepTests
{
    private static readonly bool[] Both = [false, true];

    private static IEnumerable<WidgetFacts> All =>
        from status in Enum.GetValues<UserStatus>()
        from missing in Both
        from picture in Both
        from operation in Both
        select new WidgetFacts(status, missing, picture, operation);

    [Fact]
    public void A_transfer_shows_its_receipt_whatever_else_is_so() =>
        Assert.All(All.Where(facts => facts.HasOperation), facts => Assert.Equal(WidgetStep.Receipt, facts.Step));

    [Fact]
    public void A_verified_person_goes_straight_to_the_amount_and_nobody_else_does() =>
        Assert.All(
            All.Where(facts => !facts.HasOperation),
            facts => Assert.Equal(facts.Status == UserStatus.CipVerified, facts.Step == WidgetStep.Amount)
        );

    [Fact]
    public void Before_verification_first_the_data_and_then_the_picture_are_asked_for() =>
        Assert.All(
            All.Where(facts => !facts.HasOperation && facts.Status < UserStatus.CipPending),
            facts =>
                Assert.Equal(
                    facts.DataIsMissing ? WidgetStep.Data
                        : facts.HasPicture ? WidgetStep.Verify
                        : WidgetStep.Document,
                    facts.Step
                )
        );

    [Fact]
    public void A_link_for_the_verification_alone_ends_with_it() =>
        Assert.All(
            All.Where(facts => !facts.HasOperation).Select(facts => facts with { KycOnly = true }),
            facts => Assert.Equal(facts.Status == UserStatus.CipVerified, facts.Step == WidgetStep.Done)
        );
}
