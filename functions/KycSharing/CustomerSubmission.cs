using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;

namespace Serverless.Functions.KycSharing;

/// <summary>A submission with a customer's data.</summary>
internal abstract record CustomerSubmission
{
    /// <summary>The longest e-mail address of a submission.</summary>
    public const int MaxEmail = 200;

    /// <summary>
    /// Your own id of the person. If nobody is known by it, the identity is created; a new one has letters, digits and
    /// hyphens only.
    /// </summary>
    /// <example>acme-0001</example>
    [IdentityReference(Required = true)]
    public ReferenceId IdentityReference { get; init; } = null!;

    /// <summary>
    /// The person's e-mail address. If another reference of yours has it, both become one account.
    /// </summary>
    /// <example>ana@example.org</example>
    [Email(MaxLength = MaxEmail, Required = true)]
    public EmailAddress Email { get; init; } = null!;

    /// <summary>
    /// The mobile number, with its country code or as it is dialled in the country of the person's address. A whole
    /// number counts as one with its country code.
    /// </summary>
    /// <example>"+525512345678"</example>
    [Phone("customerIdentity.residentialAddress.country", Required = true)]
    public string? MobileNumber { get; init; }

    /// <summary>The customer's data, as you have verified it.</summary>
    [Nested(Required = true)]
    public CustomerIdentity CustomerIdentity { get; init; } = null!;

    /// <summary>The personal data as a person's fields.</summary>
    public Dictionary<string, string> ToFields() =>
        new(CustomerIdentity.ToFields()) { [IdentityData.Mobile] = MobileNumber! };

    /// <inheritdoc/>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>A customer's data, as the partner has verified it.</summary>
internal sealed record CustomerIdentity : PersonalData
{
    private const string TaxStateField = "taxState";

    /// <summary>The given names, in any script.</summary>
    /// <example>Ana María</example>
    [Name(Required = true)]
    public string? GivenName { get; init; }

    /// <summary>The family names.</summary>
    /// <example>Torres Ruiz</example>
    [Name(Required = true)]
    public string? Surname { get; init; }

    /// <summary>The date of birth, as YYYY-MM-DD: in the past, and less than 130 years ago.</summary>
    /// <example>1990-01-01</example>
    [BirthDate(Required = true)]
    public DateOnly? Dob { get; init; }

    /// <summary>The state of the US that the person pays taxes in, by its two letters.</summary>
    /// <example>NY</example>
    [UsState]
    public string? TaxState { get; init; }

    /// <inheritdoc/>
    protected override DateOnly? Birth => Dob;

    /// <inheritdoc/>
    protected override IEnumerable<(string Path, string? Value)> Values() =>
        [
            (IdentityData.GivenName, GivenName),
            (IdentityData.Surname, Surname),
            .. base.Values(),
            (TaxStateField, TaxState),
        ];
}
