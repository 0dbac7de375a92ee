using System.Globalization;
using System.Text.Json.Serialization;
using Serverless.Functions.Ids;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>An identity. No personal data is shown, not even the e-mail.</summary>
internal sealed record IdentityView
{
    /// <summary>
    /// The reference that was asked for; for a look-up by e-mail, the reference with which the address came last.
    /// </summary>
    /// <example>acme-0001</example>
    public required string IdentityReference { get; init; }

    /// <summary>The account that the identity belongs to, perhaps with other references of the same person.</summary>
    public required AccountView Account { get; init; }

    /// <summary>The account's verification.</summary>
    public required KycView Kyc { get; init; }

    /// <param name="reference">The requested reference, or the one found by e-mail.</param>
    /// <param name="identity">Its identity.</param>
    public static IdentityView Of(ReferenceId reference, Identity identity) =>
        new()
        {
            IdentityReference = reference.Value,
            Account = new AccountView
            {
                Exists = identity.Account.Exists,
                Blocked = identity.Account.Blocked,
                CreatedAt = identity.Root.User.CreatedAt.UtcDateTime.ToString(
                    "yyyy-MM-dd'T'HH:mm:ss'Z'",
                    CultureInfo.InvariantCulture
                ),
            },
            Kyc = new KycView { Status = identity.Root.User.Kyc },
        };
}

/// <summary>The account of a person: all references that were found to be the same person.</summary>
internal sealed record AccountView
{
    /// <summary>
    /// Whether an e-mail address leads to this account. <c>false</c> for an identity without any address: such a person
    /// is not recognised under another reference.
    /// </summary>
    /// <example>true</example>
    public required bool Exists { get; init; }

    /// <summary>Whether the account is blocked: then eligibility refuses every transaction.</summary>
    /// <example>false</example>
    public required bool Blocked { get; init; }

    /// <summary>When the account was created, in UTC, to the second. Of merged accounts the older one counts.</summary>
    /// <example>2026-11-29T13:00:00Z</example>
    public required string CreatedAt { get; init; }
}

/// <summary>The verification of an account.</summary>
internal sealed record KycView
{
    /// <summary>
    /// <c>PENDING</c>: nothing was submitted yet. <c>UNDER_REVIEW</c>: a submission is being checked.
    /// <c>ACTION_REQUIRED</c>: the last submission failed, another one is needed. <c>VERIFIED</c> is final.
    /// <c>REJECTED</c>: only an operator's review changes it. Whether a transaction may proceed is for eligibility to
    /// say.
    /// </summary>
    /// <example>VERIFIED</example>
    [JsonConverter(typeof(KycStatusConverter))]
    public required KycStatus Status { get; init; }
}
