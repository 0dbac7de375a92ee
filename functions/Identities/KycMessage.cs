using System.Globalization;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>The body of a KYC webhook: it has no envelope and its own time format.</summary>
internal static class KycMessage
{
    public static object Of(Person root) =>
        new
        {
            identity_reference = root.Account.PrimaryReference ?? root.Key.Reference.Value,
            account = new
            {
                exists = root.Account.Exists,
                blocked = root.Account.Blocked,
                createdAt = root.User.CreatedAt.UtcDateTime.ToString(
                    "yyyy-MM-dd HH:mm:ss",
                    CultureInfo.InvariantCulture
                ),
            },
            kyc = new { status = root.User.Kyc.WireName() },
        };
}
