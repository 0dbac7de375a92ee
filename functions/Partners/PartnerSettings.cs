namespace Serverless.Functions.Partners;

/// <summary>
/// A partner's settings: how its links look and where they may be embedded, and how its identities are handled.
/// </summary>
internal sealed record PartnerSettings
{
    public static PartnerSettings Default { get; } =
        new()
        {
            AllowedOrigins = [],
            EmailVerification = EmailVerification.Partner,
            OtpEnabled = false,
            KycWebhooks = false,
            KycSharing = true,
            StandaloneKyc = false,
            Reliance = false,
            DataRequests = DataRequestTiming.OnCreate,
        };

    /// <summary>
    /// Origins whose pages may embed the widget and receive its messages, at most 20. Empty: none may.
    /// </summary>
    /// <example>["https://app.example.com"]</example>
    public required IReadOnlyList<string> AllowedOrigins { get; init; }

    /// <summary>
    /// Theme of the partner's links that do not set one: 1 to 40 lower-case letters, digits or hyphens. Absent: the
    /// widget's own look.
    /// </summary>
    /// <example>dark</example>
    public string? Theme { get; init; }

    /// <summary>Where the widget leads people back to the partner. Absent: it does not.</summary>
    /// <example>https://partner.example.com/transfers</example>
    public string? ReturnUrl { get; init; }

    /// <summary>The partner's terms, which the widget links to. Absent: it does not.</summary>
    /// <example>https://partner.example.com/terms</example>
    public string? TermsUrl { get; init; }

    /// <summary>The partner's privacy notice, which the widget links to. Absent: it does not.</summary>
    /// <example>https://partner.example.com/privacy</example>
    public string? PrivacyUrl { get; init; }

    /// <summary>
    /// Who verifies an e-mail address that comes with a PATCH or a token share. <c>partner</c>: the partner's own login
    /// did, so the address counts as verified and accounts merge at once. <c>otp</c>: it is linked as unverified, and
    /// merges only when a one-time password has verified it.
    /// </summary>
    /// <example>partner</example>
    public required EmailVerification EmailVerification { get; init; }

    /// <summary>How sure an address is that arrives by PATCH or token share.</summary>
    public EmailTrust TrustOfArrival() =>
        EmailVerification == EmailVerification.Otp ? EmailTrust.Unverified : EmailTrust.Vouched;

    /// <summary>Whether one-time passwords may be sent. If not, their routes answer 403.</summary>
    /// <example>true</example>
    public required bool OtpEnabled { get; init; }

    /// <summary>Whether a KYC webhook is sent whenever <c>kyc.status</c> or <c>account.blocked</c> changes.</summary>
    /// <example>true</example>
    public required bool KycWebhooks { get; init; }

    /// <summary>Where KYC webhooks go. Absent: to the URL of the webhook endpoint.</summary>
    /// <example>https://partner.example.com/kyc-hook</example>
    public string? KycWebhookUrl { get; init; }

    /// <summary>Whether KYC may be shared with a token or with documents.</summary>
    /// <example>true</example>
    public required bool KycSharing { get; init; }

    /// <summary>Whether sessions of standalone KYC may be created. If not, their route answers 403.</summary>
    /// <example>false</example>
    public required bool StandaloneKyc { get; init; }

    /// <summary>Whether the partner is regulated and its own KYC is relied upon.</summary>
    /// <example>false</example>
    public required bool Reliance { get; init; }

    /// <summary>
    /// The currencies that eligibility accepts for this partner, at most 200. Absent: all that the rules know.
    /// </summary>
    /// <example>["EUR", "USD"]</example>
    public IReadOnlyList<string>? Fiats { get; init; }

    /// <summary>
    /// When the partner is asked for what is missing of a person. <c>on_create</c>: when the link is created, so that
    /// there is time until the person comes. <c>on_open</c>: when the link is first opened, while the person waits a
    /// moment.
    /// </summary>
    /// <example>on_create</example>
    public required DataRequestTiming DataRequests { get; init; }
}

/// <summary>When a partner is asked for what is missing of a person.</summary>
internal enum DataRequestTiming
{
    /// <summary>
    /// When the link is created: the partner has time until the person comes, who then need not wait.
    /// </summary>
    OnCreate,

    /// <summary>When the link is first opened: the person waits a moment for the answer.</summary>
    OnOpen,
}

/// <summary>Who verifies an e-mail address.</summary>
internal enum EmailVerification
{
    /// <summary>The partner's own login: the address counts as verified, and accounts merge at once.</summary>
    Partner,

    /// <summary>A one-time password: until then the address is linked as unverified and merges nothing.</summary>
    Otp,
}

/// <summary>How certain it is that an address belongs to the person, in ascending order.</summary>
internal enum EmailTrust
{
    /// <summary>Given by PATCH or token share under <c>emailVerification: otp</c>: not proved yet.</summary>
    Unverified,

    /// <summary>Verified by the partner's own login, or given when the identity was created.</summary>
    Vouched,

    /// <summary>Verified by a one-time code.</summary>
    Verified,
}
