using System.Text.RegularExpressions;

namespace Serverless.Functions.Identities;

/// <summary>Tax and government ids: which kinds there are, whose they are and what they look like (contract identities, sections 3.1 and 3.7).</summary>
internal static partial class TaxIds
{
    /// <param name="Country">Where it is issued.</param>
    /// <param name="Rule">For error messages.</param>
    /// <param name="Pattern">Its shape, without spaces.</param>
    /// <param name="IsValid">Its check digits, where it has some; null where it has none.</param>
    private sealed record Kind(string Country, string Rule, Regex Pattern, Func<string, bool>? IsValid = null);

    private static readonly Dictionary<string, Kind> Kinds = new()
    {
        ["ssn"] = new("US", "must be a social security number as AAA-GG-SSSS", Ssn()),
        ["itin"] = new("US", "must be an individual taxpayer number as 9AA-GG-SSSS", Itin()),
        ["cpf"] = new("BR", "must be a CPF of 11 digits with valid check digits", Cpf(), HasCpfDigits),
        ["curp"] = new("MX", "must be a CURP of 18 characters", Curp()),
        ["rfc"] = new("MX", "must be an RFC of 13 characters", Rfc()),
        ["nino"] = new("GB", "must be a national insurance number, for example AB123456C", Nino()),
        ["tfn"] = new("AU", "must be a tax file number of 9 digits with a valid check sum", Tfn(), HasTfnSum),
        ["nif"] = new("ES", "must be a NIF or NIE with a valid letter, for example 12345678Z", Nif(), HasNifLetter),
        ["steuerid"] = new("DE", "must be a tax id of 11 digits with a valid check digit", SteuerId(), HasSteuerIdDigit),
    };

    /// <summary>The known kinds.</summary>
    public static IReadOnlyCollection<string> Types => Kinds.Keys;

    /// <summary>What is wrong with a tax id; null when nothing is. One without a kind, or of a kind that only its country knows, needs to look like one.</summary>
    public static string? Check(string? type, string value) => type is not null && Kinds.TryGetValue(type, out var kind)
        ? kind.Pattern.IsMatch(value) && kind.IsValid?.Invoke(value) != false ? null : kind.Rule
        : AnyTaxId().IsMatch(value) ? null : "must have 4 to 30 letters, digits, spaces or . / -";

    /// <summary>What is wrong with a kind for an address in a country; null when nothing is.</summary>
    public static string? CheckCountry(string? type, string? country) => type is not null && country is not null && Kinds.TryGetValue(type, out var kind) && kind.Country != country
        ? $"is issued in {kind.Country}, which is not the country of the address"
        : null;

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

    private static bool HasTfnSum(string tfn) => Digits(tfn).Zip([1, 4, 3, 7, 5, 8, 6, 9, 10], (digit, weight) => digit * weight).Sum() % 11 == 0;

    private static bool HasNifLetter(string nif)
    {
        var number = nif[..^1].Replace('X', '0').Replace('Y', '1').Replace('Z', '2');
        return "TRWAGMYFPDXBNJZSQVHLCKE"[int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) % 23] == nif[^1];
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

    [GeneratedRegex(@"^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Ssn();

    [GeneratedRegex(@"^9\d{2}-\d{2}-\d{4}\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Itin();

    [GeneratedRegex(@"^\d{3}\.?\d{3}\.?\d{3}-?\d{2}\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Cpf();

    [GeneratedRegex(@"^[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z0-9]\d\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Curp();

    [GeneratedRegex(@"^[A-Z&]{4}\d{6}[A-Z0-9]{3}\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Rfc();

    [GeneratedRegex(@"^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]\z", RegexOptions.CultureInvariant)]
    private static partial Regex Nino();

    [GeneratedRegex(@"^\d{3} ?\d{3} ?\d{3}\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Tfn();

    [GeneratedRegex(@"^[0-9XYZ]\d{7}[A-Z]\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex Nif();

    [GeneratedRegex(@"^[1-9]\d{10}\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex SteuerId();

    [GeneratedRegex(@"^[A-Za-z0-9 ./-]{4,30}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AnyTaxId();
}
