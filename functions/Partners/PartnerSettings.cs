using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;
using Serverless.Functions.Outbound;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Partners;

/// <summary>
/// A partner's settings: how its links look and where they may be embedded, and how its identities are handled.
/// </summary>
internal sealed partial record PartnerSettings
{
    public const int MaxOrigins = 20;

    /// <summary>Scheme, longest possible host name, port.</summary>
    private const int MaxOriginLength = 267;

    private const int MaxFiats = 200;

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

    /// <summary>Reads the member <c>settings</c>; settings that it does not contain are kept.</summary>
    public static PartnerSettings Read(JsonInput body, PartnerSettings before, OutboundUrlRules urls)
    {
        if (body.Object("settings") is not { } settings)
            return before;
        return new PartnerSettings
        {
            AllowedOrigins = ReadOrigins(settings, urls) ?? before.AllowedOrigins,
            Theme = settings.Matching("theme", ThemeAttribute.Pattern, ThemeAttribute.Rule) ?? before.Theme,
            EmailVerification = settings.OneOf("emailVerification", ["partner", "otp"]) switch
            {
                "partner" => EmailVerification.Partner,
                "otp" => EmailVerification.Otp,
                _ => before.EmailVerification,
            },
            OtpEnabled = settings.Boolean("otpEnabled") ?? before.OtpEnabled,
            KycWebhooks = settings.Boolean("kycWebhooks") ?? before.KycWebhooks,
            KycWebhookUrl = settings.IsNull("kycWebhookUrl")
                ? null
                : urls.Read(settings, "kycWebhookUrl") ?? before.KycWebhookUrl,
            KycSharing = settings.Boolean("kycSharing") ?? before.KycSharing,
            StandaloneKyc = settings.Boolean("standaloneKyc") ?? before.StandaloneKyc,
            Reliance = settings.Boolean("reliance") ?? before.Reliance,
            Fiats = settings.IsNull("fiats") ? null : ReadFiats(settings) ?? before.Fiats,
            DataRequests = settings.OneOf("dataRequests", ["on_create", "on_open"]) switch
            {
                "on_create" => DataRequestTiming.OnCreate,
                "on_open" => DataRequestTiming.OnOpen,
                _ => before.DataRequests,
            },
        };
    }

    private static IReadOnlyList<string>? ReadOrigins(JsonInput settings, OutboundUrlRules urls)
    {
        if (settings.Find("allowedOrigins") is not { } array)
            return null;
        if (array.ValueKind == JsonValueKind.Array && array.GetArrayLength() <= MaxOrigins)
        {
            var origins = array
                .EnumerateArray()
                .Select(item => item.ValueKind == JsonValueKind.String ? JsonInput.TextOf(item) : null)
                .ToList();
            if (origins.TrueForAll(origin => IsOrigin(origin, urls)))
                return [.. origins.OfType<string>().Distinct()];
        }
        settings.Fail(
            "allowedOrigins",
            $"must be an array of at most {MaxOrigins} origins such as https://app.example.com: https, lower case, no path"
        );
        return null;
    }

    private static bool IsOrigin(string? text, OutboundUrlRules urls) =>
        text is { Length: <= MaxOriginLength }
        && Origin.IsMatch(text)
        && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || urls.AllowPrivateNetworks);

    private static IReadOnlyList<string>? ReadFiats(JsonInput settings)
    {
        if (settings.Find("fiats") is not { } array)
            return null;
        if (array.ValueKind == JsonValueKind.Array && array.GetArrayLength() <= MaxFiats)
        {
            var fiats = array
                .EnumerateArray()
                .Select(item => item.ValueKind == JsonValueKind.String ? JsonInput.TextOf(item) : null)
                .ToList();
            if (fiats.TrueForAll(fiat => fiat is not null && CurrencyCode.Pattern.IsMatch(fiat)))
                return [.. fiats.OfType<string>().Distinct()];
        }
        settings.Fail("fiats", $"must be an array of at most {MaxFiats} currencies such as EUR, or null for all");
        return null;
    }

    // The value is written into a header unescaped, so only host and port are allowed.
    [GeneratedRegex(@"^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Origin { get; }
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
