using System.Globalization;
using Serverless.Functions.Ids;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// An identity as the API shows it: no personal data, not even the e-mail.
/// </summary>
internal static class IdentityView
{
    /// <param name="reference">The requested reference, or the one found by e-mail.</param>
    /// <param name="identity">Its identity.</param>
    public static object Of(ReferenceId reference, Identity identity) =>
        new
        {
            identityReference = reference.Value,
            account = new
            {
                exists = identity.Account.Exists,
                blocked = identity.Account.Blocked,
                createdAt = identity.Root.User.CreatedAt.UtcDateTime.ToString(
                    "yyyy-MM-dd'T'HH:mm:ss'Z'",
                    CultureInfo.InvariantCulture
                ),
            },
            kyc = new { status = identity.Root.User.Kyc.WireName() },
        };
}
