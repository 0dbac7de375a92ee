using System.Text.RegularExpressions;

namespace Serverless.Functions.Typed;

/// <summary>Bank account numbers: a CLABE in Mexico, elsewhere any number that a bank may issue.</summary>
internal static partial class AccountNumbers
{
    /// <summary>The longest is an IBAN.</summary>
    private const string AnyRule = "must have 4 to 34 letters or digits";

    /// <summary>The countries whose numbers have a rule of their own.</summary>
    private static readonly Dictionary<string, (string Rule, Func<string, bool> IsValid)> ByCountry = new()
    {
        ["MX"] = ("must be a CLABE for MX: 18 digits, the last of them its check digit", IsClabe),
    };

    /// <summary>Weights for the first 17 digits of a CLABE, repeated.</summary>
    public static IReadOnlyList<int> ClabeWeights { get; } = [3, 7, 1];

    /// <summary>The shape of a CLABE, without separators.</summary>
    [GeneratedRegex(@"^[0-9]{18}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Clabe { get; }

    /// <summary>
    /// The number as it is stored, without separators; null if it is invalid, and then the rule is the problem.
    /// </summary>
    public static string? Read(string country, string typed, out string problem)
    {
        var number = DocumentNumbers.Compact(typed);
        var isValid = ByCountry.TryGetValue(country, out var own) ? own.IsValid(number) : Any().IsMatch(number);
        problem = RuleOf(country);
        return isValid ? number : null;
    }

    /// <summary>The format that a number must have.</summary>
    public static string RuleOf(string? country) =>
        country is not null && ByCountry.TryGetValue(country, out var own) ? own.Rule : AnyRule;

    /// <summary>
    /// True when the last digit is the check digit of the first 17: each product of digit and weight modulo 10.
    /// </summary>
    public static bool IsClabe(string digits)
    {
        if (!Clabe.IsMatch(digits))
            return false;
        var sum = digits
            .Take(17)
            .Select((digit, at) => (digit - '0') * ClabeWeights[at % ClabeWeights.Count] % 10)
            .Sum();
        return (10 - (sum % 10)) % 10 == digits[17] - '0';
    }

    [GeneratedRegex(@"^[A-Z0-9]{4,34}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Any();
}
