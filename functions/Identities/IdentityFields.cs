using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;

namespace Serverless.Functions.Identities;

/// <summary>Reads the personal data of a body under <c>/eapi</c> into a person's fields (contract identities, sections 3.1, 3.3 and 3.7). Every problem is noted with its member.</summary>
internal static partial class IdentityFields
{
    private const int OldestAge = 130;

    /// <summary>The members of a creation: name, date of birth, tax id, address.</summary>
    public static Dictionary<string, string> ReadBasic(JsonInput body, DateOnly today)
    {
        var fields = new Dictionary<string, string>();
        Keep(fields, IdentityData.GivenName, body.Text("givenName"));
        Keep(fields, IdentityData.Surname, body.Text("surname"));
        Keep(fields, IdentityData.DateOfBirth, ReadDateOfBirth(body, "dateOfBirth", today));
        var address = ReadAddress(body);
        foreach (var (path, value) in address)
            fields[path] = value;
        ReadTaxId(body, fields, address.GetValueOrDefault(IdentityData.Country));
        return fields;
    }

    /// <summary>Those and what else an update may carry: occupation, source of funds, purpose, phone number.</summary>
    public static Dictionary<string, string> ReadAll(JsonInput body, DateOnly today)
    {
        var fields = ReadBasic(body, today);
        Keep(fields, IdentityData.Occupation, body.Text(IdentityData.Occupation));
        Keep(fields, IdentityData.OccupationIndustry, body.Text(IdentityData.OccupationIndustry));
        Keep(fields, IdentityData.SourceOfFunds, body.Text(IdentityData.SourceOfFunds, max: 200));
        Keep(fields, IdentityData.Purpose, body.Text(IdentityData.Purpose, max: 200));
        Keep(fields, IdentityData.Mobile, ReadMobile(body));
        return fields;
    }

    /// <summary>A past calendar date.</summary>
    public static string? ReadDateOfBirth(JsonInput body, string member, DateOnly today, bool required = false)
    {
        if (body.Text(member, min: 0, required: required) is not { } text)
            return null;
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            body.Fail(member, "must be a calendar date as YYYY-MM-DD");
        else if (date >= today)
            body.Fail(member, "must be in the past");
        else if (date <= today.AddYears(-OldestAge))
            body.Fail(member, $"must be less than {OldestAge} years ago");
        else
            return text;
        return null;
    }

    /// <summary>A phone number with its country code (E.164), as text or, as the contract's own sample has it, as a number.</summary>
    public static string? ReadMobile(JsonInput body, bool required = false)
    {
        const string Member = IdentityData.Mobile;
        var number = body.Find(Member) is { ValueKind: System.Text.Json.JsonValueKind.Number } bare ? bare.GetRawText() : body.Text(Member, min: 0, required: required);
        if (number is null)
            return null;
        var digits = Separators().Replace(number, "").TrimStart('+');
        if (E164().IsMatch(digits))
            return "+" + digits;
        body.Fail(Member, "must be a phone number with its country code, for example +525512345678");
        return null;
    }

    /// <summary>The members of an address: all or none, the state where the country has it in its addresses.</summary>
    public static Dictionary<string, string> ReadAddress(JsonInput body)
    {
        var fields = new Dictionary<string, string>();
        if (body.Object("residentialAddress") is not { } address)
            return fields;
        Keep(fields, IdentityData.AddressLine, address.Text("addressLine", max: 200, required: true));
        Keep(fields, IdentityData.Suburb, address.Text("suburb", required: true));
        Keep(fields, IdentityData.PostCode, address.Text("postCode", max: 20, required: true));
        var country = ReadCountry(address, "country", required: true);
        Keep(fields, IdentityData.Country, country);
        Keep(fields, IdentityData.State, ReadState(address, "state", country));
        return fields;
    }

    /// <summary>A country's code.</summary>
    public static string? ReadCountry(JsonInput body, string member, bool required = false)
    {
        if (body.Text(member, min: 0, required: required) is not { } code || Countries.IsCountry(code))
            return body.Text(member, min: 0);
        body.Fail(member, Countries.Rule);
        return null;
    }

    /// <summary>A state: required and one of them in the US, free text elsewhere.</summary>
    public static string? ReadState(JsonInput body, string member, string? country)
    {
        var state = body.Text(member, required: country == "US");
        if (state is null || country != "US" || Countries.IsUsState(state))
            return state;
        body.Fail(member, Countries.StateRule);
        return null;
    }

    /// <summary>A tax id and its kind, for an address in a country.</summary>
    public static void ReadTaxId(JsonInput body, Dictionary<string, string> fields, string? country)
    {
        var type = body.Matching(IdentityData.TaxIdType, TaxIdType(), "must have 2 to 30 letters, digits or _")?.ToLowerInvariant();
        var id = body.Text(IdentityData.TaxId, max: 30)?.ToUpperInvariant();
        if (TaxIds.CheckCountry(type, country) is { } foreign)
            body.Fail(IdentityData.TaxIdType, foreign);
        if (id is not null && TaxIds.Check(type, id) is { } problem)
            body.Fail(IdentityData.TaxId, problem);
        else
            Keep(fields, IdentityData.TaxId, id);
        if (id is null && type is not null && !body.Has(IdentityData.TaxId))
            body.Fail(IdentityData.TaxId, "is required with taxIdType");
        Keep(fields, IdentityData.TaxIdType, type);
    }

    private static void Keep(Dictionary<string, string> fields, string path, string? value)
    {
        if (value is not null)
            fields[path] = value;
    }

    [GeneratedRegex(@"[ ().-]", RegexOptions.CultureInvariant)]
    private static partial Regex Separators();

    [GeneratedRegex(@"^[1-9]\d{6,14}\z", RegexOptions.CultureInvariant | RegexOptions.ECMAScript)]
    private static partial Regex E164();

    [GeneratedRegex(@"^[A-Za-z0-9_]{2,30}\z", RegexOptions.CultureInvariant)]
    private static partial Regex TaxIdType();
}
