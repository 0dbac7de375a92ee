using Serverless.Functions.Eligibility;
using Serverless.Functions.Identities;
using Serverless.Functions.Users;
using Xunit;

namespace Serverless.Tests.Eligibility;

/// <summary>Laws of tiers and limits, over random persons; the windows to the millisecond.</summary>
public sealed class AssessmentTests
{
    private static readonly EligibilityRules Rules = EligibilityRules.Parse(EligibilityRules.BuiltIn(), "rules.json");
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly string[] Kinds = [.. IdentityData.Requirements.Select(requirement => requirement.Kind)];

    [Theory]
    [InlineData("daily", 1)]
    [InlineData("weekly", 7)]
    [InlineData("monthly", 30)]
    [InlineData("annual", 365)]
    public void A_transfer_leaves_a_window_exactly_after_its_length(string window, int days)
    {
        Assert.Equal(100m, UsedAfter(TimeSpan.FromDays(days) - TimeSpan.FromMilliseconds(1)));
        Assert.Equal(0m, UsedAfter(TimeSpan.FromDays(days)));
        // Another instance's clock may be a little ahead.
        Assert.Equal(100m, UsedAfter(TimeSpan.FromMilliseconds(-5)));

        decimal UsedAfter(TimeSpan age) =>
            Assess(Applicant.New with { Transfers = [new PastTransfer(Now - age, 100m, "EUR")] })
                .Windows.Single(state => state.Window.Name == window)
                .Used;
    }

    [Fact]
    public void More_held_data_never_adds_a_requirement() =>
        ForAll(random =>
        {
            var some = RandomApplicant(random);
            var more = some with { Held = some.Held.Append(Kinds[random.Next(Kinds.Length)]).ToHashSet() };
            var amount = RandomAmount(random);
            Assert.Subset(Missing(some, amount).ToHashSet(), Missing(more, amount).ToHashSet());
        });

    [Fact]
    public void A_larger_amount_never_removes_a_requirement() =>
        ForAll(random =>
        {
            var applicant = RandomApplicant(random);
            var (one, other) = (RandomAmount(random), RandomAmount(random));
            Assert.Subset(
                Missing(applicant, Math.Max(one, other)).ToHashSet(),
                Missing(applicant, Math.Min(one, other)).ToHashSet()
            );
        });

    [Fact]
    public void One_more_transfer_never_removes_a_requirement_and_never_lifts_a_limit() =>
        ForAll(random =>
        {
            var applicant = RandomApplicant(random);
            var more = applicant with { Transfers = [.. applicant.Transfers, RandomTransfer(random)] };
            var amount = RandomAmount(random);
            Assert.Subset(Missing(more, amount).ToHashSet(), Missing(applicant, amount).ToHashSet());
            Assert.True(Assess(applicant).Exceeded(amount) is null || Assess(more).Exceeded(amount) is not null);
        });

    [Fact]
    public void An_amount_is_refused_if_and_only_if_it_is_more_than_some_window_has_left() =>
        ForAll(random =>
        {
            var assessment = Assess(RandomApplicant(random));
            var least = assessment.Windows.Min(state => state.Remaining!.Value);
            if (least > 0)
                Assert.Null(assessment.Exceeded(least));
            Assert.NotNull(assessment.Exceeded(least + 0.0000000001m));
        });

    [Fact]
    public void Requirements_are_distinct_and_in_the_fixed_order() =>
        ForAll(random =>
        {
            var missing = Missing(RandomApplicant(random), RandomAmount(random));
            Assert.Equal(Kinds.Where(missing.Contains), missing);
        });

    [Fact]
    public void Nobody_who_is_rejected_is_ready() =>
        ForAll(random =>
            Assert.Superset(
                new HashSet<string> { "DOCUMENT", "SELFIE" },
                Missing(RandomApplicant(random) with { Kyc = KycStatus.Rejected }, RandomAmount(random)).ToHashSet()
            )
        );

    private static Assessment Assess(Applicant applicant) => new(Rules, applicant, "sepa-bank-transfer", Now);

    private static IReadOnlyList<string> Missing(Applicant applicant, decimal amount) =>
        Assess(applicant).TierOf(amount).Missing;

    private static Applicant RandomApplicant(Random random) =>
        new()
        {
            Kyc = (KycStatus)random.Next(5),
            Held = Kinds.Where(_ => random.Next(2) == 0).ToHashSet(),
            Transfers = [.. Enumerable.Range(0, random.Next(4)).Select(_ => RandomTransfer(random))],
        };

    private static PastTransfer RandomTransfer(Random random) =>
        new(
            Now - (TimeSpan.FromDays(400) * Math.Pow(random.NextDouble(), 3)),
            RandomAmount(random),
            random.Next(2) == 0 ? "EUR" : "USD"
        );

    // Many around the edges.
    private static decimal RandomAmount(Random random) =>
        random.Next(3) == 0
            ? new[] { 500m, 9000m, 25000m, 50000m }[random.Next(4)] + (random.Next(-2, 3) * 0.01m)
            : decimal.Round((decimal)Math.Exp(random.NextDouble() * 11), 2);

    private static void ForAll(Action<Random> law)
    {
        for (var seed = 0; seed < 2000; seed++)
        {
            try
            {
                law(new Random(seed));
            }
            catch (Exception ex)
            {
                throw new InvalidOperationException($"Seed {seed}.", ex);
            }
        }
    }
}
