using System.Globalization;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>
/// Countries by ISO 3166-1 alpha-2 from the framework's culture data, and the states of the only country whose
/// addresses require one.
/// </summary>
internal static class Countries
{
    public const string Rule = "must be an ISO 3166-1 alpha-2 country code in upper case, for example MX";
    public const string StateRule = "must be a two-letter state of the US";

    /// <summary>States, district and territories in US addresses (USPS publication 28).</summary>
    public static IReadOnlySet<string> StatesOfTheUs { get; } =
        new HashSet<string>
        {
            "AL",
            "AK",
            "AZ",
            "AR",
            "CA",
            "CO",
            "CT",
            "DE",
            "DC",
            "FL",
            "GA",
            "HI",
            "ID",
            "IL",
            "IN",
            "IA",
            "KS",
            "KY",
            "LA",
            "ME",
            "MD",
            "MA",
            "MI",
            "MN",
            "MS",
            "MO",
            "MT",
            "NE",
            "NV",
            "NH",
            "NJ",
            "NM",
            "NY",
            "NC",
            "ND",
            "OH",
            "OK",
            "OR",
            "PA",
            "RI",
            "SC",
            "SD",
            "TN",
            "TX",
            "UT",
            "VT",
            "VA",
            "WA",
            "WV",
            "WI",
            "WY",
            "AS",
            "GU",
            "MP",
            "PR",
            "VI",
        };

    private static readonly HashSet<string> Codes =
    [
        .. CultureInfo
            .GetCultures(CultureTypes.SpecificCultures)
            .Select(culture => new RegionInfo(culture.Name).TwoLetterISORegionName)
            .Where(code => code.Length == 2 && code.All(char.IsAsciiLetterUpper)),
        // Countries and territories without a culture in the framework's data.
        "AQ",
        "BV",
        "GS",
        "HM",
        "TF",
    ];

    public static bool IsCountry(string code) => Codes.Contains(code);

    public static bool IsUsState(string code) => StatesOfTheUs.Contains(code);

    /// <summary>
    /// Notes what is wrong with the state of an address: in the US it is required and a code, elsewhere free text.
    /// </summary>
    /// <param name="body">The object that contains it.</param>
    /// <param name="member">The member.</param>
    /// <param name="state">As it was read; null if it is absent or already found to be wrong.</param>
    /// <param name="country">The country of the address; null if it is unknown.</param>
    public static void CheckState(this JsonInput body, string member, string? state, string? country)
    {
        if (country != "US")
            return;
        if (!body.Has(member))
            body.Fail(member, "is required");
        else if (state is not null && !IsUsState(state))
            body.Fail(member, StateRule);
    }
}
