using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Typed;

/// <summary>
/// Numbers of documents and of taxpayers: kinds, issuing countries and formats. One rule for each kind, whichever API
/// the number comes through.
/// </summary>
internal static partial class DocumentNumbers
{
    /// <summary>
    /// Separators and invisible characters that a copied number may contain, in .NET and JavaScript syntax.
    /// </summary>
    public const string Separators = @"[\s\u0085\p{Z}\p{Cf}\p{Pd}\u2212./_]";

    private const string AnyRule = "must have 4 to 30 letters or digits";

    /// <param name="Country">The issuing country; null for any country.</param>
    /// <param name="Rule">For error messages.</param>
    /// <param name="Pattern">Its shape, in capitals and without separators.</param>
    /// <param name="IsValid">Checks its check digits or date, if any.</param>
    /// <param name="Write">Its stored format, if that differs from the plain characters.</param>
    private sealed record Kind(
        string? Country,
        string Rule,
        Regex Pattern,
        Func<string, bool>? IsValid = null,
        Func<string, string>? Write = null
    );

    private const string CurpRule =
        "must be a CURP of 18 characters: 4 letters, date of birth (YYMMDD), H, M or X, 5 letters, 1 letter or "
        + "digit, 1 digit";

    private static readonly Dictionary<string, Kind> Kinds = new()
    {
        ["ssn"] = new("US", "must be a social security number as AAA-GG-SSSS", Ssn(), Write: InGroups),
        ["itin"] = new("US", "must be an individual taxpayer number as 9AA-GG-SSSS", Itin(), Write: InGroups),
        ["cpf"] = new("BR", "must be a CPF of 11 digits with valid check digits", Cpf(), HasCpfDigits),
        // The check digit is not verified: the documented samples fail it.
        ["curp"] = new("MX", CurpRule, Curp(), HasDate),
        ["rfc"] = new(
            "MX",
            "must be an RFC of 13 characters: 4 letters, date of birth (YYMMDD), 3 letters or digits",
            Rfc(),
            HasDate
        ),
        ["nino"] = new("GB", "must be a national insurance number, for example AB123456C", Nino()),
        ["tfn"] = new("AU", "must be a tax file number of 9 digits with a valid check sum", Tfn(), HasTfnSum),
        ["nif"] = new("ES", "must be a NIF or NIE with a valid letter, for example 12345678Z", Nif(), HasNifLetter),
        ["steuerid"] = new(
            "DE",
            "must be a tax id of 11 digits with a valid check digit",
            SteuerId(),
            HasSteuerIdDigit
        ),
        ["ine"] = new("MX", AnyRule, Document()),
        ["passport"] = new(null, AnyRule, Document()),
        ["drivers_license"] = new(null, AnyRule, Document()),
    };

    /// <summary>The pattern of each kind, for clients that check before sending.</summary>
    public static IReadOnlyDictionary<string, string> Shapes { get; } =
        Kinds.ToDictionary(kind => kind.Key.ToUpperInvariant(), kind => kind.Value.Pattern.ToString());

    /// <summary>A number's characters for comparison: upper case without separators.</summary>
    public static string Compact(string typed) =>
        Separator().Replace(typed.Normalize(System.Text.NormalizationForm.FormC), "").ToUpperInvariant();

    /// <summary>
    /// The number as it is stored; null, with the problem, if it is invalid. For an unknown kind only the length is
    /// checked.
    /// </summary>
    /// <param name="kind">In any case; null if it was not given.</param>
    /// <param name="typed">As received.</param>
    /// <param name="problem">The rule that it breaks.</param>
    public static string? Read(string? kind, string typed, out string problem)
    {
        var known = Find(kind);
        var number = Compact(typed);
        var isValid = (known?.Pattern ?? Any()).IsMatch(number) && known?.IsValid?.Invoke(number) != false;
        problem = RuleOf(kind);
        return isValid ? known?.Write?.Invoke(number) ?? number : null;
    }

    /// <summary>The form that a number of this kind has to have.</summary>
    public static string RuleOf(string? kind) => Find(kind)?.Rule ?? AnyRule;

    /// <summary>What is wrong with a kind of number for a country; null if it is fine.</summary>
    public static string? CheckCountry(string? kind, string? country) =>
        country is not null && Find(kind) is { Country: { } issuer } && issuer != country
            ? $"is issued in {issuer}, which is not the country of the address"
            : null;

    /// <summary>
    /// What is wrong with a number that contains its owner's date of birth, if that date is known; null if it is fine.
    /// </summary>
    /// <param name="kind">In any case.</param>
    /// <param name="number">As it is stored.</param>
    /// <param name="birth">As YYYY-MM-DD.</param>
    public static string? CheckBirth(string? kind, string? number, string? birth) =>
        number is not null
        && birth is not null
        && (kind?.ToLowerInvariant() is "curp" or "rfc")
        && DigitsOfDate(number) != birth[2..].Replace("-", "", StringComparison.Ordinal)
            ? "holds another date of birth than the one given"
            : null;

    private static Kind? Find(string? kind) => kind is null ? null : Kinds.GetValueOrDefault(kind.ToLowerInvariant());

    /// <summary>AAA-GG-SSSS.</summary>
    private static string InGroups(string digits) => $"{digits[..3]}-{digits[3..5]}-{digits[5..]}";

    /// <summary>True if the fifth to tenth characters are a date in any century.</summary>
    private static bool HasDate(string number)
    {
        return IsDay("19") || IsDay("20");

        bool IsDay(string century) =>
            DateOnly.TryParseExact(
                century + DigitsOfDate(number),
                "yyyyMMdd",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out _
            );
    }

    private static string DigitsOfDate(string number) => number[4..10];

    private static bool HasCpfDigits(string cpf)
    {
        var digits = Digits(cpf);
        return digits.Distinct().Count() > 1 && Mod11(digits, 9) == digits[9] && Mod11(digits, 10) == digits[10];

        static int Mod11(int[] digits, int count)
        {
            var rest = Enumerable.Range(0, count).Sum(i => digits[i] * (count + 1 - i)) * 10 % 11;
            return rest == 10 ? 0 : rest;
        }
    }

    private static bool HasTfnSum(string tfn) =>
        Digits(tfn).Zip([1, 4, 3, 7, 5, 8, 6, 9, 10], (digit, weight) => digit * weight).Sum() % 11 == 0;

    private static bool HasNifLetter(string nif)
    {
        var number = nif[..^1].Replace('X', '0').Replace('Y', '1').Replace('Z', '2');
        return "TRWAGMYFPDXBNJZSQVHLCKE"[int.Parse(number, CultureInfo.InvariantCulture) % 23] == nif[^1];
    }

    // ISO 7064, mod 11,10.
    private static bool HasSteuerIdDigit(string id)
    {
        var digits = Digits(id);
        var product = 10;
        foreach (var digit in digits[..10])
        {
            var sum = (digit + product) % 10;
            product = (sum == 0 ? 10 : sum) * 2 % 11;
        }
        var check = 11 - product;
        return (check == 10 ? 0 : check) == digits[10];
    }

    private static int[] Digits(string text) => [.. text.Where(char.IsAsciiDigit).Select(c => c - '0')];

    [GeneratedRegex(Separators, RegexOptions.CultureInvariant)]
    private static partial Regex Separator();

    [GeneratedRegex(@"^(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Ssn();

    [GeneratedRegex(@"^9[0-9]{8}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Itin();

    [GeneratedRegex(@"^[0-9]{11}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Cpf();

    [GeneratedRegex(@"^[A-Z]{4}[0-9]{6}[HMX][A-Z]{5}[A-Z0-9][0-9]\z", RegexOptions.CultureInvariant)]
    private static partial Regex Curp();

    // Names may begin with Ñ, and those of companies or their founders with &.
    [GeneratedRegex(@"^[A-ZÑ&]{4}[0-9]{6}[A-Z0-9]{3}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Rfc();

    [GeneratedRegex(
        @"^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D]\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Nino();

    [GeneratedRegex(@"^[0-9]{9}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Tfn();

    [GeneratedRegex(@"^[0-9XYZ][0-9]{7}[A-Z]\z", RegexOptions.CultureInvariant)]
    private static partial Regex Nif();

    [GeneratedRegex(@"^[1-9][0-9]{10}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SteuerId();

    [GeneratedRegex(@"^[A-Z0-9]{4,30}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Document();

    [GeneratedRegex(@"^[\p{L}\p{Nd}&-[\u115F\u1160\u3164\uFFA0]]{4,30}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Any();
}
