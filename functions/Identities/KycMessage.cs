using System.Globalization;
using System.Text.Json.Serialization;
using Serverless.Functions.Events;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// The body of a KYC webhook, sent when <c>kyc.status</c> or <c>account.blocked</c> of an account changes. It has no
/// envelope and its own time format.
/// </summary>
[EventData(PartnerEvents.Kyc)]
internal sealed record KycMessage
{
    /// <summary>
    /// The reference with which an e-mail address of the account came last; without an address, the account's first
    /// reference.
    /// </summary>
    /// <example>acme-0001</example>
    [JsonPropertyName("identity_reference")]
    public required string IdentityReference { get; init; }

    /// <summary>The account.</summary>
    public required KycMessageAccount Account { get; init; }

    /// <summary>The account's verification.</summary>
    public required KycView Kyc { get; init; }

    public static KycMessage Of(Person root) =>
        new()
        {
            IdentityReference = root.Account.PrimaryReference ?? root.Key.Reference.Value,
            Account = new KycMessageAccount
            {
                Exists = root.Account.Exists,
                Blocked = root.Account.Blocked,
                CreatedAt = root.User.CreatedAt.UtcDateTime.ToString(
                    "yyyy-MM-dd HH:mm:ss",
                    CultureInfo.InvariantCulture
                ),
            },
            Kyc = new KycView { Status = root.User.Kyc },
        };
}

/// <summary>The account in a KYC webhook.</summary>
internal sealed record KycMessageAccount
{
    /// <summary>Whether an e-mail address leads to this account.</summary>
    /// <example>true</example>
    public required bool Exists { get; init; }

    /// <summary>Whether the account is blocked: then eligibility refuses every transaction.</summary>
    /// <example>false</example>
    public required bool Blocked { get; init; }

    /// <summary>When the account was created: UTC, to the second, with a space between date and time.</summary>
    /// <example>2026-11-29 13:00:00</example>
    public required string CreatedAt { get; init; }
}
