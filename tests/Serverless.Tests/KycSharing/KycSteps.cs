using Serverless.Tests.Identities;

namespace Serverless.Tests.KycSharing;

/// <summary>What the tests of KYC sharing do over and over.</summary>
internal static class KycSteps
{
    private static int _tokens;

    /// <summary>
    /// A token that was never sent, for which the local provider decides as its last word says (infra/local/README.md).
    /// </summary>
    public static string NewToken(string decides = "approved") =>
        $"_act-{Guid.NewGuid():n}-{Interlocked.Increment(ref _tokens)}-{decides}";

    public static Task<Reply> ShareAsync(
        this TestIdentityClient identity,
        string reference,
        string email,
        string? token = null,
        string path = "share/token"
    ) =>
        identity.PostAsync(
            $"/eapi/v0/identities/{path}",
            new
            {
                identityReference = reference,
                email,
                provider = new { vendor = "sumsub", token = token ?? NewToken() },
            }
        );

    /// <summary>Shares, lets the given time pass and gives the status.</summary>
    public static async Task<string> SharedAsync(
        this TestPartner partner,
        string reference,
        string decides,
        TimeSpan? after = null
    )
    {
        (await partner.Identity.ShareAsync(reference, $"{reference}@example.org", NewToken(decides))).Is(202);
        await partner.App.AdvanceAsync(after ?? TimeSpan.FromSeconds(10));
        return await partner.Identity.KycAsync(reference);
    }

    /// <summary>The statuses that KYC webhooks told of, in the order of their arrival.</summary>
    public static string[] Kycs(this Inbox inbox) =>
        [.. inbox.Received.Where(IsKyc).Select(webhook => (string)webhook.Json["kyc"]!["status"]!)];

    public static bool IsKyc(this Webhook webhook) => webhook.Json["kyc"] is not null;
}
