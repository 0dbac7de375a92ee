using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;

namespace Serverless.Functions.KycSharing;

/// <summary>The person in a request to <c>reliance</c> or <c>share/documents</c>.</summary>
/// <param name="Reference">The reference.</param>
/// <param name="Email">The e-mail address.</param>
/// <param name="Fields">The personal data as a person's fields.</param>
internal sealed record CustomerIdentity(string Reference, EmailAddress Email, Dictionary<string, string> Fields)
{
    private const string TaxState = "taxState";

    /// <summary>Reads the members and notes all errors; the result is only valid without errors.</summary>
    public static async Task<CustomerIdentity> ReadAsync(
        JsonInput body,
        DateOnly today,
        PartnerId partner,
        IdentityStore identities,
        CancellationToken ct
    )
    {
        var reference = body.Matching(
            "identityReference",
            IdentityReference.Known,
            IdentityReference.Rule,
            required: true
        );
        var email = ShareToken.ReadEmail(body);
        var fields = new Dictionary<string, string>();
        var heldCountry = await identities.CountryForAsync(body, partner, reference, ct);
        if (body.Object("customerIdentity") is { } customer)
        {
            Keep(IdentityData.GivenName, customer.Name("givenName", required: true));
            Keep(IdentityData.Surname, customer.Name("surname", required: true));
            Keep(IdentityData.DateOfBirth, IdentityFields.ReadDateOfBirth(customer, "dob", today, required: true));
            IdentityFields.ReadAddress(customer, fields);
            IdentityFields.ReadTaxId(customer, fields);
            if (customer.Text(TaxState, max: 2) is { } state)
            {
                if (Countries.IsUsState(state))
                    fields[TaxState] = state;
                else
                    customer.Fail(TaxState, Countries.StateRule);
            }
        }
        else if (!body.Has("customerIdentity"))
            body.Fail("customerIdentity", "is required");
        var country = fields.GetValueOrDefault(IdentityData.Country) ?? heldCountry;
        Keep(IdentityData.Mobile, IdentityFields.ReadMobile(body, country, required: true));
        return new CustomerIdentity(reference!, email!, fields);

        void Keep(string path, string? value)
        {
            if (value is not null)
                fields[path] = value;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Reference;
}
