using Serverless.Functions.Http;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Identities;

/// <summary>Where a person lives.</summary>
internal sealed record ResidentialAddress : ICheckedBody
{
    /// <summary>Street and number.</summary>
    /// <example>Av. Insurgentes Sur 1602</example>
    [Text(1, 200, Required = true)]
    public string? AddressLine { get; init; }

    /// <summary>The town, or the part of it.</summary>
    /// <example>Ciudad de México</example>
    [Text(1, 100, Required = true)]
    public string? Suburb { get; init; }

    /// <summary>The postal code.</summary>
    /// <example>03940</example>
    [Text(1, 20, Required = true)]
    public string? PostCode { get; init; }

    /// <summary>
    /// The state: in the US required, as its two letters; elsewhere free text, which may be left out.
    /// </summary>
    /// <example>CDMX</example>
    [Text(1, 100)]
    public string? State { get; init; }

    /// <summary>The country by ISO 3166-1 alpha-2, in upper case.</summary>
    /// <example>MX</example>
    [Country(Required = true)]
    public string? Country { get; init; }

    /// <inheritdoc/>
    public void Check(JsonInput body) => body.CheckState("state", State, Country);

    /// <inheritdoc/>
    public override string ToString() => nameof(ResidentialAddress);
}

/// <summary>What every request about a person's data may have.</summary>
internal abstract record PersonalData : ICheckedBody
{
    /// <summary>
    /// Where the person lives. Leave out what you do not know: an address is complete, or it is left out.
    /// </summary>
    [Nested]
    public ResidentialAddress? ResidentialAddress { get; init; }

    /// <summary>
    /// The kind of <c>taxId</c>. <c>ssn</c>, <c>itin</c>, <c>cpf</c>, <c>curp</c>, <c>rfc</c>, <c>nino</c>,
    /// <c>tfn</c>, <c>nif</c> and <c>steuerid</c> are checked by their own rules, and must fit the country of the
    /// address; of any other only the length is checked. It is not case-sensitive.
    /// </summary>
    /// <example>curp</example>
    [TaxIdType]
    public string? TaxIdType { get; init; }

    /// <summary>
    /// The number that the tax authority knows the person by; spaces, hyphens, dots and slashes are taken away. A CURP
    /// or RFC must hold the date of birth of the same request.
    /// </summary>
    /// <example>TORA900101MDFRNN09</example>
    [TaxId]
    public string? TaxId { get; init; }

    /// <summary>The date of birth in this request.</summary>
    protected abstract DateOnly? Birth { get; }

    /// <inheritdoc/>
    public void Check(JsonInput body) => TaxIds.Check(body, TaxIdType, TaxId, ResidentialAddress?.Country, Birth);

    /// <summary>The data as a person's fields.</summary>
    public Dictionary<string, string> ToFields() =>
        Values().Where(field => field.Value is not null).ToDictionary(field => field.Path, field => field.Value!);

    /// <inheritdoc/>
    public sealed override string ToString() => GetType().Name;

    /// <summary>The fields, with null for what is not given.</summary>
    protected virtual IEnumerable<(string Path, string? Value)> Values() =>
        [
            (IdentityData.DateOfBirth, Birth is { } date ? CalendarDate.Write(date) : null),
            (IdentityData.AddressLine, ResidentialAddress?.AddressLine),
            (IdentityData.Suburb, ResidentialAddress?.Suburb),
            (IdentityData.PostCode, ResidentialAddress?.PostCode),
            (IdentityData.Country, ResidentialAddress?.Country),
            (IdentityData.State, ResidentialAddress?.State),
            (IdentityData.TaxId, TaxId),
            (IdentityData.TaxIdType, TaxIdType),
        ];
}
