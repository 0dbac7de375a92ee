using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>Maps a person's fields to the requirements in eligibility answers.</summary>
internal static class IdentityData
{
    public const string Email = "email";
    public const string Mobile = "mobileNumber";
    public const string TaxIdType = "taxIdType";
    public const string TaxId = "taxId";
    public const string AddressLine = "address.addressLine";
    public const string Suburb = "address.suburb";
    public const string PostCode = "address.postCode";
    public const string State = "address.state";
    public const string Country = "address.country";
    public const string Occupation = "occupation";
    public const string OccupationIndustry = "occupationIndustry";
    public const string SourceOfFunds = "sourceOfFunds";
    public const string Purpose = "purposeOfTransaction";
    public const string Document = "document";
    public const string ProofOfAddress = "proofOfAddress";
    public const string GivenName = "name.firstName";
    public const string Surname = "name.lastName";
    public const string DateOfBirth = "dob";

    /// <summary>Each requirement with the fields that it needs, all of them, in the fixed order of answers.</summary>
    public static IReadOnlyList<(string Kind, string[] Paths)> Requirements { get; } =
    [
        ("NAME", [GivenName, Surname]),
        ("ADDRESS", [AddressLine, Suburb, PostCode, Country]),
        ("DOB", [DateOfBirth]),
        ("TIN", [TaxId]),
        ("DOCUMENT", [Document]),
        ("SELFIE", []),
        ("PURPOSE_OF_TX", [Purpose]),
        ("SOURCE_FUNDS", [SourceOfFunds]),
        ("OCCUPATION", [Occupation, OccupationIndustry]),
        ("POA", [ProofOfAddress]),
    ];

    /// <summary>
    /// The requirements that the stored fields meet. A document picture that came through a link also counts as a
    /// document.
    /// </summary>
    public static IEnumerable<string> KindsOf(IEnumerable<string> heldPaths)
    {
        var held = heldPaths.Select(path => path == UserData.IdImagePath ? Document : path).ToHashSet();
        return Requirements
            .Where(requirement => requirement.Paths.Length > 0 && requirement.Paths.All(held.Contains))
            .Select(requirement => requirement.Kind);
    }
}
