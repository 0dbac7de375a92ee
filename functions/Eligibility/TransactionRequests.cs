using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Eligibility;

/// <summary>A planned transaction. Exactly one of the two amounts is given.</summary>
internal abstract record TransactionRequest : ICheckedBody
{
    private const string InFiat = "fiatAmount";
    private const string InCrypto = "cryptoAmount";

    /// <summary>
    /// The payment method, by its name. One without limits of its own has those that most have, and the answer's header
    /// <c>X-Warnings</c> says so.
    /// </summary>
    /// <example>sepa-bank-transfer</example>
    [Text(1, 100, Required = true)]
    public string Method { get; init; } = "";

    /// <summary>Whether the person buys crypto (<c>ONRAMP</c>) or sells it (<c>OFFRAMP</c>).</summary>
    /// <example>ONRAMP</example>
    [OneOf("ONRAMP", "OFFRAMP", Required = true)]
    public string TransactionType { get; init; } = "";

    /// <summary>The currency, by its ISO 4217 code in upper case.</summary>
    /// <example>EUR</example>
    [CurrencyCode(Required = true)]
    public string Fiat { get; init; } = "";

    /// <summary>The crypto asset, by its symbol in upper case.</summary>
    /// <example>USDC</example>
    [CurrencyCode(Required = true)]
    public string Crypto { get; init; } = "";

    /// <summary>The blockchain that the asset is moved on. It is not case-sensitive.</summary>
    /// <example>ETH</example>
    [Text(1, 100, Required = true)]
    public string Blockchain { get; init; } = "";

    /// <summary>
    /// The amount in <c>fiat</c>, as a decimal string: more than 0, at most 12 digits and 4 decimals. Either it or
    /// <c>cryptoAmount</c> is given.
    /// </summary>
    /// <example>100.50</example>
    [DecimalString(12, 4)]
    public decimal? FiatAmount { get; init; }

    /// <summary>
    /// The amount in <c>crypto</c>, as a decimal string: more than 0, at most 10 digits and 18 decimals. Either it or
    /// <c>fiatAmount</c> is given.
    /// </summary>
    /// <example>0.05</example>
    [DecimalString(10, 18)]
    public decimal? CryptoAmount { get; init; }

    /// <summary>The member that the amount came in.</summary>
    public string AmountMember => FiatAmount is null ? InCrypto : InFiat;

    /// <inheritdoc/>
    public virtual void Check(JsonInput body)
    {
        if (body.Has(InFiat) == body.Has(InCrypto))
            body.Fail(InFiat, "must be given, or cryptoAmount instead of it: one of the two");
    }

    /// <inheritdoc/>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>
/// Who wants to make which transaction: a known person by <c>identityReference</c>, or somebody by <c>email</c> and
/// <c>countryOfResidence</c>.
/// </summary>
internal sealed record CheckEligibilityRequest : TransactionRequest
{
    /// <summary>Your own id of the person. With it, the members about the person are left out.</summary>
    /// <example>acme-0001</example>
    [IdentityReference]
    public ReferenceId? IdentityReference { get; init; }

    /// <summary>
    /// The person's e-mail address, instead of a reference and together with <c>countryOfResidence</c>. If nobody has
    /// it, the answer is that for a new person.
    /// </summary>
    /// <example>ana@example.org</example>
    [Email]
    public EmailAddress? Email { get; init; }

    /// <summary>
    /// The country that the person lives in, by ISO 3166-1 alpha-2 in upper case. Required with <c>email</c>.
    /// </summary>
    /// <example>US</example>
    [Country]
    public string? CountryOfResidence { get; init; }

    /// <summary>
    /// The state that the person lives in: in the US required, as its two letters; elsewhere free text, which may be
    /// left out.
    /// </summary>
    /// <example>CA</example>
    [Text(1, 100)]
    public string? State { get; init; }

    /// <summary>The date of birth, as YYYY-MM-DD, where you know it: who is too young is refused.</summary>
    /// <example>1990-01-01</example>
    [BirthDate]
    public DateOnly? DateOfBirth { get; init; }

    /// <summary>The person that it is about.</summary>
    public Asked ToAsked() =>
        IdentityReference is { } reference
            ? new Asked.ByReference(reference)
            : new Asked.ByEmail(Email!, CountryOfResidence!, State, DateOfBirth);

    /// <inheritdoc/>
    public override void Check(JsonInput body)
    {
        const string Reference = "identityReference";
        const string Address = "email";
        const string Country = "countryOfResidence";
        const string Place = "state";
        body.CheckState(Place, State, CountryOfResidence);
        if (body.Has(Reference))
        {
            foreach (var member in new[] { Address, Country, Place, "dateOfBirth" }.Where(body.Has))
                body.Fail(member, "must be left out where identityReference is given");
        }
        else if (!body.Has(Address) && !body.Has(Country))
            body.Fail(Reference, "is required, or email with countryOfResidence");
        else if (!body.Has(Address))
            body.Fail(Address, "is required with countryOfResidence");
        else if (!body.Has(Country))
            body.Fail(Country, "is required with email");
        base.Check(body);
    }
}

/// <summary>Whose limits are asked for, for which transaction.</summary>
internal sealed record GetLimitsRequest : TransactionRequest
{
    /// <summary>Your own id of the person.</summary>
    /// <example>acme-0001</example>
    [IdentityReference(Required = true)]
    public ReferenceId IdentityReference { get; init; } = null!;
}

/// <summary>The person that a request is about: a reference, or an e-mail with a country.</summary>
internal abstract record Asked
{
    public sealed record ByReference(ReferenceId Reference) : Asked;

    public sealed record ByEmail(EmailAddress Email, string Country, string? State, DateOnly? DateOfBirth) : Asked;
}
