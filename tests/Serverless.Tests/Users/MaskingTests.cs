using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Users;
using Xunit;

namespace Serverless.Tests.Users;

/// <summary>What is shown of a value is never enough to know it.</summary>
public sealed class MaskingTests
{
    [Theory]
    [InlineData("name.firstName", "Carlos", "C•••")]
    [InlineData("name.lastName", "Ñúñez", "Ñ•••")]
    [InlineData("name.secondName", "", "")]
    [InlineData("idNumber", "GOMC900514HDFRRL09", "•••RL09")]
    [InlineData("idNumber", "12345", "•••45")]
    [InlineData("idNumber", "1", "•••")]
    [InlineData("dob", "1990-05-14", "1990")]
    [InlineData("idType", "CURP", "CURP")]
    [InlineData("idImage", "image/jpeg", "held")]
    [InlineData(
        "paymentMethod",
        """{"type":"bank_account","bankAccount":{"country":"MX","accountNumber":"032180000118359719"}}""",
        "bank_account MX •••9719"
    )]
    [InlineData(
        "paymentMethod",
        """{"type":"cash","cash":{"provider":"Oxxo","reference":"R-123456"}}""",
        "cash Oxxo •••3456"
    )]
    public void Each_kind_of_value_has_its_rule(string path, string value, string shown) =>
        Assert.Equal(shown, Masking.Mask(path, value));

    [Fact]
    public void No_number_shows_more_than_half_of_itself_nor_more_than_four_characters() =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(1000),
            Prop.ForAll(
                ArbMap.Default.ArbFor<NonEmptyString>(),
                text =>
                {
                    var shown = Masking.Mask("idNumber", text.Get)["•••".Length..];
                    return shown.Length <= 4
                        && shown.Length <= text.Get.Length / 2
                        && text.Get.EndsWith(shown, StringComparison.Ordinal);
                }
            )
        );
}
