using Serverless.Tests.Identities;

namespace Serverless.Tests.KycSharing;

/// <summary>What the tests of KYC sharing do over and over.</summary>
internal static class KycSteps
{
    private const string Png =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

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

    public static Task<Reply> RelyAsync(
        this TestPartner partner,
        string reference,
        bool sanctions = false,
        bool pep = false,
        int daysAgo = 0,
        string givenName = "Ana"
    ) =>
        partner.Identity.PostAsync(
            "/eapi/v0/identities/reliance",
            new
            {
                identityReference = reference,
                email = $"{reference}@example.org",
                mobileNumber = "+525512345678",
                screeningDate = partner
                    .App.Clock.GetUtcNow()
                    .AddDays(-daysAgo)
                    .ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
                screeningSanctionsResult = sanctions,
                screeningPepResult = pep,
                customerIdentity = new
                {
                    givenName,
                    surname = "Díaz",
                    dob = "1990-05-14",
                    taxIdType = "ssn",
                    taxId = "123-45-6789",
                    taxState = "CA",
                },
            }
        );

    public static Task<Reply> DocumentsAsync(this TestPartner partner, string reference, params object[] documents) =>
        partner.DocumentsAsync(reference, documents, identityDocuments: null);

    /// <summary>The same in either of the two formats.</summary>
    public static Task<Reply> DocumentsAsync(
        this TestPartner partner,
        string reference,
        object[]? documents,
        object[]? identityDocuments
    ) =>
        partner.Identity.PostAsync(
            "/eapi/v0/identities/share/documents",
            new
            {
                identityReference = reference,
                email = $"{reference}@example.org",
                mobileNumber = "+525512345678",
                customerIdentity = new
                {
                    givenName = "Ana",
                    surname = "Díaz",
                    dob = "1990-05-14",
                },
                documents,
                identityDocuments,
            }
        );

    /// <summary>A passport, which waits for an operator's review.</summary>
    public static async Task SubmitDocumentsAsync(this TestPartner partner, string reference) =>
        (await partner.DocumentsAsync(reference, new { type = "PASSPORT", image = Png })).Is(202);
}
