using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;

namespace Serverless.Functions.Eligibility;

/// <summary>
/// An amount of more than 0, as a string: many clients convert JSON numbers to binary floating point and lose
/// precision. With at most 28 digits in all a decimal holds it without rounding.
/// </summary>
/// <param name="digits">The most digits before the point.</param>
/// <param name="decimals">The most digits after it.</param>
internal sealed class DecimalStringAttribute(int digits, int decimals)
    : PatternAttribute(FormOf(digits, decimals), RuleOf(digits, decimals))
{
    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (base.Read(body, member, context) is not string text)
            return null;
        var amount = decimal.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        if (amount > 0)
            return amount;
        body.Fail(member, RuleOf(digits, decimals));
        return null;
    }

    private static Regex FormOf(int digits, int decimals) =>
        new($@"^(0|[1-9][0-9]{{0,{digits - 1}}})(\.[0-9]{{1,{decimals}}})?\z", RegexOptions.CultureInvariant);

    private static string RuleOf(int digits, int decimals) =>
        $"must be a decimal string such as \"100.50\": more than 0, at most {digits} digits and {decimals} decimals";
}
