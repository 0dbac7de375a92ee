using System.Text.Json;
using System.Text.RegularExpressions;
using PhoneNumbers;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>
/// Reads a telephone number in national or international format into E.164. Number ranges change faster than the
/// library, so any number of a possible length is accepted.
/// </summary>
internal static partial class PhoneNumber
{
    /// <summary>The most characters, separators included.</summary>
    public const int MaxLength = 40;

    private const string Example = "must be a telephone number with its country code, for example +525512345678";
    private static readonly PhoneNumberUtil Library = PhoneNumberUtil.GetInstance();

    /// <summary>True if a number can only be parsed with the person's country.</summary>
    public static bool NeedsCountry(JsonInput body, string member) =>
        body.Find(member) is { ValueKind: JsonValueKind.String } value
        && JsonInput.TextOf(value) is { Length: <= MaxLength } typed
        && Written().IsMatch(typed)
        && !IsInternational(Strip(typed));

    /// <summary>The number in E.164; null if it is absent or, after an error was noted, invalid.</summary>
    /// <param name="body">The object that contains it.</param>
    /// <param name="member">
    /// The member. A JSON integer is read as a number with country code, as in the contract's sample.
    /// </param>
    /// <param name="country">The person's country, by ISO 3166-1; null if unknown.</param>
    /// <param name="required">True where it must be given.</param>
    public static string? Phone(this JsonInput body, string member, string? country, bool required = false)
    {
        var isNumber = body.Find(member)?.ValueKind == JsonValueKind.Number;
        var typed = isNumber ? body.Find(member)!.Value.GetRawText() : body.String(member, Example, required);
        if (typed is null)
            return null;
        var number = isNumber ? OfJsonNumber(typed, country) : Of(typed, country);
        if (number is not null)
            return Library.Format(number, PhoneNumberFormat.E164);
        body.Fail(member, isNumber ? $"must be a string: it {Example}" : RuleFor(country));
        return null;
    }

    /// <summary>The format that a number must have, in the person's own country if it is known.</summary>
    private static string RuleFor(string? country) =>
        country is not null && Library.GetExampleNumberForType(country, PhoneNumberType.MOBILE) is { } example
            ? $"must be a telephone number of {country}, for example "
                + $"{Library.Format(example, PhoneNumberFormat.NATIONAL)}, "
                + $"or one with its country code, for example {Library.Format(example, PhoneNumberFormat.E164)}"
            : Example;

    private static PhoneNumbers.PhoneNumber? Of(string typed, string? country)
    {
        if (typed.Length > MaxLength || !Written().IsMatch(typed))
            return null;
        var number = Strip(typed);
        if (!IsInternational(number))
            return country is null ? null : Parse(number, country);
        if (number[0] == '+')
            return Parse(number, country);
        // 00 means + in most countries; elsewhere the country's own prefix decides.
        var withPlus = Parse("+" + number[2..], country);
        var isReal = withPlus is not null && Library.IsValidNumber(withPlus);
        return isReal || country is null ? withPlus : Parse(number, country);
    }

    /// <summary>
    /// Only digits: no fraction, no exponent. Without a country it must be in a range that is in use.
    /// </summary>
    private static PhoneNumbers.PhoneNumber? OfJsonNumber(string raw, string? country)
    {
        if (!Digits().IsMatch(raw))
            return null;
        if (Parse("+" + raw, country) is { } full && Library.IsValidNumber(full))
            return full;
        return country is null ? null : Parse(raw, country);
    }

    private static PhoneNumbers.PhoneNumber? Parse(string number, string? country)
    {
        try
        {
            var parsed = Library.Parse(number, country);
            // Until 2019 mobile numbers of Mexico had a 1 after the country code, and many are still passed on so.
            if (parsed.CountryCode == 52 && parsed.NationalNumber is >= 10_000_000_000 and < 20_000_000_000)
                parsed = Library.Parse($"{parsed.NationalNumber - 10_000_000_000}", "MX");
            return Library.IsPossibleNumberWithReason(parsed) == PhoneNumberUtil.ValidationResult.IS_POSSIBLE
                ? parsed
                : null;
        }
        catch (NumberParseException)
        {
            return null;
        }
    }

    private static bool IsInternational(string number) =>
        number is ['+', ..] || number.StartsWith("00", StringComparison.Ordinal);

    /// <summary>Keeps the digits and a leading plus.</summary>
    private static string Strip(string typed) =>
        (typed.IndexOfAny(['+', '\uFF0B']) >= 0 ? "+" : "") + PhoneNumberUtil.NormalizeDigitsOnly(typed);

    // Digits of any script and common separators; a plus only at the beginning. No letters, no extension.
    [GeneratedRegex(
        @"^[\s\p{Z}\p{Cf}(]*[+\uFF0B]?[\p{Nd}\s\p{Z}\p{Cf}\p{Pd}()./]*\p{Nd}[\s\p{Z}\p{Cf}]*\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Written();

    [GeneratedRegex(@"^[1-9][0-9]{6,14}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();
}
