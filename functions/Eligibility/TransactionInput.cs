using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Eligibility;

/// <summary>A planned transaction. Exactly one of the two amounts is given.</summary>
internal sealed record Transaction(
    string Method,
    string Fiat,
    string Crypto,
    string Blockchain,
    decimal? FiatAmount,
    decimal? CryptoAmount
)
{
    /// <summary>The member that the amount came in.</summary>
    public string AmountMember => FiatAmount is null ? TransactionInput.CryptoAmount : TransactionInput.FiatAmount;
}

/// <summary>The person that a request is about: a reference, or an e-mail with a country.</summary>
internal abstract record Asked
{
    public sealed record ByReference(ReferenceId Reference) : Asked;

    public sealed record ByEmail(EmailAddress Email, string Country, string? State, DateOnly? DateOfBirth) : Asked;
}

/// <summary>
/// Reads the body of an eligibility or limits request. Every problem is noted with
/// its member.
/// </summary>
internal static partial class TransactionInput
{
    public const string FiatAmount = "fiatAmount";
    public const string CryptoAmount = "cryptoAmount";
    private const string IdentityReference = "identityReference";
    private const string Email = "email";
    private const string Country = "countryOfResidence";
    private const string State = "state";
    private const string DateOfBirth = "dateOfBirth";

    /// <summary>Reads the transaction. Use it only if the body has no error.</summary>
    public static Transaction Read(JsonInput body)
    {
        var method = body.Text("method", required: true);
        body.OneOf("transactionType", ["ONRAMP", "OFFRAMP"], required: true);
        var fiat = body.Matching("fiat", CurrencyCode.Pattern, CurrencyCode.Rule, required: true);
        var crypto = body.Matching("crypto", CurrencyCode.Pattern, CurrencyCode.Rule, required: true);
        var blockchain = body.Text("blockchain", required: true);
        var inFiat = ReadAmount(body, FiatAmount, Fiat, "at most 12 digits and 4 decimals");
        var inCrypto = ReadAmount(body, CryptoAmount, Crypto, "at most 10 digits and 18 decimals");
        if (body.Has(FiatAmount) == body.Has(CryptoAmount))
            body.Fail(FiatAmount, "must be given, or cryptoAmount instead of it: one of the two");
        return new Transaction(method ?? "", fiat ?? "", crypto ?? "", blockchain ?? "", inFiat, inCrypto);
    }

    /// <summary>Reads the person, in exactly one of the two forms; null after noting a problem.</summary>
    public static Asked? ReadAsked(JsonInput body, DateOnly today)
    {
        var email = body.Email(Email);
        var country = IdentityFields.ReadCountry(body, Country);
        var state = IdentityFields.ReadState(body, State, country);
        var birth = IdentityFields.ReadDateOfBirth(body, DateOfBirth, today);
        if (body.Has(IdentityReference))
        {
            foreach (var member in new[] { Email, Country, State, DateOfBirth }.Where(body.Has))
                body.Fail(member, "must be left out where identityReference is given");
            return ReadReference(body);
        }
        if (!body.Has(Email) && !body.Has(Country))
            body.Fail(IdentityReference, "is required, or email with countryOfResidence");
        else if (!body.Has(Email))
            body.Fail(Email, "is required with countryOfResidence");
        else if (!body.Has(Country))
            body.Fail(Country, "is required with email");
        return email is null || country is null
            ? null
            : new Asked.ByEmail(email, country, state, CalendarDate.Read(birth));
    }

    /// <summary>Reads the reference, where no other form is allowed; null after noting a problem.</summary>
    public static Asked.ByReference? ReadReference(JsonInput body) =>
        body.Matching(
            IdentityReference,
            Identities.IdentityReference.Known,
            Identities.IdentityReference.Rule,
            required: true
        )
            is { } reference
            ? new Asked.ByReference(ReferenceId.FromStorage(reference))
            : null;

    /// <summary>
    /// A decimal as a string, because many clients convert JSON numbers to binary floating point and lose precision.
    /// </summary>
    private static decimal? ReadAmount(JsonInput body, string member, Regex pattern, string size)
    {
        var rule = $"must be a decimal string such as \"100.50\": more than 0, {size}";
        if (body.Matching(member, pattern, rule) is not { } text)
            return null;
        var amount = decimal.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        if (amount > 0)
            return amount;
        body.Fail(member, rule);
        return null;
    }

    [GeneratedRegex(@"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Fiat { get; }

    // At most 28 digits, which a decimal holds without rounding.
    [GeneratedRegex(@"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,18})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Crypto { get; }
}
