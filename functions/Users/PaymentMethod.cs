using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;

namespace Serverless.Functions.Users;

/// <summary>How a person is paid: a bank account or cash (contract m2m, section 4).</summary>
internal static partial class PaymentMethod
{
    /// <summary>The two types.</summary>
    public static IReadOnlyList<string> Types { get; } = ["bank_account", "cash"];

    private static readonly int[] ClabeWeights = [3, 7, 1];

    /// <summary>The method as JSON with only the members that were validated; null after noting what is wrong.</summary>
    public static string? Read(JsonInput method)
    {
        var type = method.OneOf("type", [.. Types], required: true);
        object? companion = type switch
        {
            "bank_account" => Companion(method, "bankAccount", ReadBankAccount),
            "cash" => Companion(method, "cash", ReadCash),
            _ => null,
        };
        return (type, companion) switch
        {
            (_, null) => null,
            ("bank_account", _) => JsonSerializer.Serialize(new { type, bankAccount = companion }, Answer.Json),
            _ => JsonSerializer.Serialize(new { type, cash = companion }, Answer.Json),
        };
    }

    /// <summary>True when the last digit is the check digit of the first 17 (weights 3, 7, 1; each product modulo 10).</summary>
    public static bool IsClabe(string digits) =>
        ClabeShape().IsMatch(digits)
        && (10 - digits.Take(17).Select((digit, i) => (digit - '0') * ClabeWeights[i % 3] % 10).Sum() % 10) % 10 == digits[17] - '0';

    private static object? Companion(JsonInput method, string member, Func<JsonInput, object?> read)
    {
        if (method.Object(member) is { } companion)
            return read(companion);
        if (!method.Has(member))
            method.Fail(member, "is required");
        return null;
    }

    private static object? ReadBankAccount(JsonInput account)
    {
        var country = account.Matching("country", CountryShape(), "must be a country code of ISO 3166-1: two capital letters", required: true);
        if (country is not null && !IsCountry(country))
        {
            account.Fail("country", "must be a country code of ISO 3166-1: two capital letters");
            country = null;
        }
        var number = account.Text("accountNumber", max: 34, required: true);
        if (number is null || country is null)
            return null;
        if (country == "MX" && !IsClabe(number))
            account.Fail("accountNumber", "must be a CLABE for MX: 18 digits, the last of them its check digit");
        else if (!AccountShape().IsMatch(number))
            account.Fail("accountNumber", "must have 4 to 34 capital letters or digits");
        else
            return new { country, accountNumber = number };
        return null;
    }

    private static object? ReadCash(JsonInput cash)
    {
        var provider = cash.Text("provider", required: true);
        var reference = cash.Text("reference", required: true);
        return provider is null || reference is null ? null : new { provider, reference };
    }

    private static bool IsCountry(string code)
    {
        try
        {
            return new RegionInfo(code).TwoLetterISORegionName == code;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    [GeneratedRegex(@"^[0-9]{18}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ClabeShape();

    [GeneratedRegex(@"^[A-Z]{2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex CountryShape();

    [GeneratedRegex(@"^[A-Z0-9]{4,34}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AccountShape();
}
