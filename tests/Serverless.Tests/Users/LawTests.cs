using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;
using Xunit;

namespace Serverless.Tests.Users;

/// <summary>Precedence, the person's status and the CLABE's check digit.</summary>
public sealed class LawTests
{
    private static readonly Arbitrary<FieldSource[]> Arrivals = Gen.Elements(Enum.GetValues<FieldSource>())
        .ArrayOf()
        .ToArbitrary();
    private static readonly Arbitrary<string[]> Fields = Gen.SubListOf([
            .. UserData.CipFields,
            "paymentMethod",
            "idImage",
        ])
        .Select(fields => fields.ToArray())
        .ToArbitrary();

    [Fact]
    public void Whatever_the_order_the_value_that_stands_is_the_latest_of_the_strongest_source() =>
        Prop.ForAll(
                Arrivals,
                arrivals =>
                {
                    (FieldSource Source, int Number)? standing = null;
                    foreach (var (source, number) in arrivals.Select((source, number) => (source, number)))
                        if (Precedence.Replaces(source, standing?.Source))
                            standing = (source, number);
                    return arrivals.Length == 0
                        ? standing is null
                        : standing
                            == (arrivals.Max(), Array.FindLastIndex(arrivals, source => source == arrivals.Max()));
                }
            )
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("Widget", "PartnerApi", false)]
    [InlineData("Widget", "PartnerWebhook", false)]
    [InlineData("PartnerWebhook", "PartnerApi", false)]
    [InlineData("PartnerWebhook", "Widget", true)]
    [InlineData("PartnerApi", "PartnerWebhook", true)]
    [InlineData("PartnerApi", "Widget", true)]
    [InlineData("PartnerApi", "PartnerApi", true)]
    [InlineData("Widget", "Widget", true)]
    [InlineData("Widget", null, true)]
    public void A_stronger_or_equal_source_replaces_what_stands(string arriving, string? standing, bool replaces) =>
        Assert.Equal(
            replaces,
            Precedence.Replaces(
                Enum.Parse<FieldSource>(arriving),
                standing is null ? null : Enum.Parse<FieldSource>(standing)
            )
        );

    [Fact]
    public void A_source_s_name_is_read_back()
    {
        Assert.Equal(
            ["widget", "partner_webhook", "partner_api"],
            Enum.GetValues<FieldSource>().Order().Select(source => source.WireName())
        );
        Assert.All(
            Enum.GetValues<FieldSource>(),
            source => Assert.Equal(source, FieldSources.Parse(source.WireName()))
        );
        Assert.Throws<FormatException>(() => FieldSources.Parse("PartnerApi"));
    }

    [Fact]
    public void Data_is_complete_with_the_seven_fields_and_not_before() =>
        Prop.ForAll(
                Fields,
                held =>
                    UserTransitions.AfterMerge(UserStatus.Pending, held)
                    == (UserData.CipFields.All(held.Contains) ? UserStatus.DataComplete : UserStatus.DataIncomplete)
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void More_data_never_makes_a_person_less_complete() =>
        Prop.ForAll(
                Fields,
                Fields,
                (held, more) =>
                {
                    var before = UserTransitions.AfterMerge(UserStatus.Pending, held);
                    var after = UserTransitions.AfterMerge(before, held.Union(more));
                    return after >= before && UserTransitions.AfterMerge(after, held.Union(more)) == after;
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_merge_never_touches_a_verification() =>
        Prop.ForAll(
                Fields,
                held =>
                    new[] { UserStatus.CipPending, UserStatus.CipVerified, UserStatus.CipFailed }.All(status =>
                        UserTransitions.AfterMerge(status, held) == status
                    )
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Of_the_ten_last_digits_exactly_one_makes_a_CLABE() =>
        Prop.ForAll(
                Digits(17).ToArbitrary(),
                digits => "0123456789".Count(last => AccountNumbers.IsClabe(digits + last)) == 1
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void One_wrong_digit_is_always_found() =>
        Prop.ForAll(
                (
                    from digits in Digits(17)
                    from at in Gen.Choose(0, 17)
                    from shift in Gen.Choose(1, 9)
                    select (digits, at, shift)
                ).ToArbitrary(),
                change =>
                {
                    var clabe = "0123456789".Select(last => change.digits + last).Single(AccountNumbers.IsClabe);
                    var wrong = clabe.ToCharArray();
                    wrong[change.at] = (char)('0' + (wrong[change.at] - '0' + change.shift) % 10);
                    return !AccountNumbers.IsClabe(new string(wrong));
                }
            )
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("032180000118359719", true)]
    [InlineData("002010077777777771", true)]
    [InlineData("002010077777777770", false)]
    [InlineData("03218000011835971", false)]
    [InlineData("03218000011835971 ", false)]
    [InlineData("03218000011835971\n", false)]
    [InlineData(
        "\u0660\u0663\u0662\u0661\u0668\u0660\u0660\u0660\u0660\u0661\u0661\u0668\u0663\u0665\u0669\u0667\u0661\u0669",
        false
    )]
    [InlineData("", false)]
    public void Known_numbers_are_told_apart(string number, bool isClabe) =>
        Assert.Equal(isClabe, AccountNumbers.IsClabe(number));

    private static Gen<string> Digits(int count) =>
        Gen.Choose(0, 9).ArrayOf(count).Select(digits => string.Concat(digits));
}
