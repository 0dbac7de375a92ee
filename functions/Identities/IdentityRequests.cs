using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Identities;

/// <summary>What a new identity may have, and what an update may change.</summary>
internal abstract record BasicData : PersonalData
{
    /// <summary>The given names, in any script.</summary>
    /// <example>Ana María</example>
    [Name]
    public string? GivenName { get; init; }

    /// <summary>The family names.</summary>
    /// <example>Torres Ruiz</example>
    [Name]
    public string? Surname { get; init; }

    /// <summary>The date of birth, as YYYY-MM-DD: in the past, and less than 130 years ago.</summary>
    /// <example>1990-01-01</example>
    [BirthDate]
    public DateOnly? DateOfBirth { get; init; }

    /// <inheritdoc/>
    protected override DateOnly? Birth => DateOfBirth;

    /// <inheritdoc/>
    protected override IEnumerable<(string Path, string? Value)> Values() =>
        [(IdentityData.GivenName, GivenName), (IdentityData.Surname, Surname), .. base.Values()];
}

/// <summary>A request to create an identity: only the reference is needed.</summary>
internal sealed record CreateIdentityRequest : BasicData
{
    /// <summary>
    /// Your own stable id of the person: 1 to 255 letters, digits and hyphens. It is case-sensitive, and never changes.
    /// </summary>
    /// <example>acme-0001</example>
    [NewIdentityReference(Required = true)]
    public ReferenceId IdentityReference { get; init; } = null!;

    /// <summary>
    /// The person's e-mail address. An identity without one has no account yet: add it by an update as soon as you know
    /// it.
    /// </summary>
    /// <example>ana@example.org</example>
    [Email]
    public EmailAddress? Email { get; init; }
}

/// <summary>What an update may change.</summary>
internal abstract record IdentityUpdate : BasicData
{
    /// <summary>
    /// The person's e-mail address, also where it is the same as before. If another reference of yours has it, both
    /// become one account.
    /// </summary>
    /// <example>ana@example.org</example>
    [Email(Required = true)]
    public EmailAddress? Email { get; init; }

    /// <summary>
    /// The mobile number, with its country code or as it is dialled in the country of the person's address. A whole
    /// number counts as one with its country code.
    /// </summary>
    /// <example>"+525512345678"</example>
    [Phone("residentialAddress.country")]
    public string? MobileNumber { get; init; }

    /// <summary>What the person works as.</summary>
    /// <example>Engineer</example>
    [Text(1, 100)]
    public string? Occupation { get; init; }

    /// <summary>The industry that the person works in.</summary>
    /// <example>Construction</example>
    [Text(1, 100)]
    public string? OccupationIndustry { get; init; }

    /// <summary>Where the person's money comes from.</summary>
    /// <example>Salary</example>
    [Text(1, 200)]
    public string? SourceOfFunds { get; init; }

    /// <summary>What the person transfers money for.</summary>
    /// <example>Support of the family</example>
    [Text(1, 200)]
    public string? PurposeOfTransaction { get; init; }

    /// <inheritdoc/>
    protected override IEnumerable<(string Path, string? Value)> Values() =>
        [
            .. base.Values(),
            (IdentityData.Occupation, Occupation),
            (IdentityData.OccupationIndustry, OccupationIndustry),
            (IdentityData.SourceOfFunds, SourceOfFunds),
            (IdentityData.Purpose, PurposeOfTransaction),
            (IdentityData.Mobile, MobileNumber),
        ];
}

/// <summary>A request to update an identity: what is left out stays as it is.</summary>
internal sealed record UpdateIdentityRequest : IdentityUpdate
{
    /// <summary>Your own id of the person.</summary>
    /// <example>acme-0001</example>
    [IdentityReference(Required = true)]
    public ReferenceId? IdentityReference { get; init; }
}

/// <summary>A request to update the identity that the path names: what is left out stays as it is.</summary>
internal sealed record UpdateIdentityByReferenceRequest : IdentityUpdate
{
    /// <summary>The reference of the path once more. It may be left out.</summary>
    /// <example>acme-0001</example>
    [IdentityReference]
    public ReferenceId? IdentityReference { get; init; }
}

/// <summary>By what an identity is found.</summary>
internal sealed record GetIdentityQuery
{
    /// <summary>
    /// The person's e-mail address, percent-encoded (<c>+</c> as <c>%2B</c>). The account that holds it is found,
    /// whatever the path says; where none holds it, the reference of the path decides.
    /// </summary>
    /// <example>ana@example.org</example>
    [Email]
    public EmailAddress? Email { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(GetIdentityQuery);
}
