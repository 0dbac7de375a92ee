using System.Text.RegularExpressions;
using Serverless.Functions.Http;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Identities;

/// <summary>
/// Reads the personal data of a body under <c>/eapi</c> into a person's fields. Every problem is noted with its member.
/// </summary>
internal static partial class IdentityFields
{
    private const int OldestAge = 130;

    /// <summary>The members of a creation: name, date of birth, tax id, address.</summary>
    public static Dictionary<string, string> ReadBasic(JsonInput body, DateOnly today)
    {
        var fields = new Dictionary<string, string>();
        Keep(fields, IdentityData.GivenName, body.Name("givenName"));
        Keep(fields, IdentityData.Surname, body.Name("surname"));
        Keep(fields, IdentityData.DateOfBirth, ReadDateOfBirth(body, "dateOfBirth", today));
        ReadAddress(body, fields);
        ReadTaxId(body, fields);
        return fields;
    }

    /// <summary>
    /// The members of an update: those of a creation, and occupation, source of funds, purpose, phone number.
    /// </summary>
    /// <param name="body">The body.</param>
    /// <param name="today">The current date, to check dates.</param>
    /// <param name="country">The person's stored country, used where the body has none.</param>
    public static Dictionary<string, string> ReadAll(JsonInput body, DateOnly today, string? country)
    {
        var fields = ReadBasic(body, today);
        Keep(fields, IdentityData.Occupation, body.Text(IdentityData.Occupation));
        Keep(fields, IdentityData.OccupationIndustry, body.Text(IdentityData.OccupationIndustry));
        Keep(fields, IdentityData.SourceOfFunds, body.Text(IdentityData.SourceOfFunds, max: 200));
        Keep(fields, IdentityData.Purpose, body.Text(IdentityData.Purpose, max: 200));
        Keep(fields, IdentityData.Mobile, ReadMobile(body, fields.GetValueOrDefault(IdentityData.Country) ?? country));
        return fields;
    }

    /// <summary>A past calendar date.</summary>
    public static string? ReadDateOfBirth(JsonInput body, string member, DateOnly today, bool required = false) =>
        body.Birth(
            member,
            date =>
            {
                if (date >= today)
                    return "must be in the past";
                return date <= today.AddYears(-OldestAge) ? $"must be less than {OldestAge} years ago" : null;
            },
            required
        );

    /// <summary>A phone number: in the person's national format, or international with its country code.</summary>
    public static string? ReadMobile(JsonInput body, string? country, bool required = false) =>
        body.Phone(IdentityData.Mobile, country, required);

    /// <summary>The members of an address: all or none, but the state is required only in the US.</summary>
    public static void ReadAddress(JsonInput body, Dictionary<string, string> fields)
    {
        if (body.Object("residentialAddress") is not { } address)
            return;
        Keep(fields, IdentityData.AddressLine, address.Text("addressLine", max: 200, required: true));
        Keep(fields, IdentityData.Suburb, address.Text("suburb", required: true));
        Keep(fields, IdentityData.PostCode, address.Text("postCode", max: 20, required: true));
        var country = ReadCountry(address, "country", required: true);
        Keep(fields, IdentityData.Country, country);
        Keep(fields, IdentityData.State, ReadState(address, "state", country));
    }

    /// <summary>A country's code.</summary>
    public static string? ReadCountry(JsonInput body, string member, bool required = false)
    {
        if (body.String(member, Countries.Rule, required) is not { } typed)
            return null;
        if (Countries.IsCountry(typed.Trim()))
            return typed.Trim();
        body.Fail(member, Countries.Rule);
        return null;
    }

    /// <summary>A state: in the US required and a valid code, elsewhere free text.</summary>
    public static string? ReadState(JsonInput body, string member, string? country)
    {
        var state = body.Text(member, required: country == "US");
        if (state is null || country != "US" || Countries.IsUsState(state))
            return state;
        body.Fail(member, Countries.StateRule);
        return null;
    }

    /// <summary>A tax id and its kind, which must fit the country and date of birth in the same body.</summary>
    public static void ReadTaxId(JsonInput body, Dictionary<string, string> fields)
    {
        var type = body.Matching(IdentityData.TaxIdType, TaxIdType(), "must have 2 to 30 letters, digits or _")
            ?.ToLowerInvariant();
        if (DocumentNumbers.CheckCountry(type, fields.GetValueOrDefault(IdentityData.Country)) is { } foreign)
            body.Fail(IdentityData.TaxIdType, foreign);
        if (body.String(IdentityData.TaxId, DocumentNumbers.RuleOf(type)) is { } typed)
        {
            var id = DocumentNumbers.Read(type, typed, out var rule);
            if (id is null)
                body.Fail(IdentityData.TaxId, rule);
            else if (
                DocumentNumbers.CheckBirth(type, id, fields.GetValueOrDefault(IdentityData.DateOfBirth)) is
                { } contradiction
            )
                body.Fail(IdentityData.TaxId, contradiction);
            Keep(fields, IdentityData.TaxId, id);
        }
        else if (type is not null && !body.Has(IdentityData.TaxId))
            body.Fail(IdentityData.TaxId, "is required with taxIdType");
        Keep(fields, IdentityData.TaxIdType, type);
    }

    private static void Keep(Dictionary<string, string> fields, string path, string? value)
    {
        if (value is not null)
            fields[path] = value;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_]{2,30}\z", RegexOptions.CultureInvariant)]
    private static partial Regex TaxIdType();
}
