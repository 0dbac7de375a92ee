using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;
using Serverless.Functions.Outbound;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Partners;

/// <summary>
/// How a partner's links look and where they may be shown, and how its identities are dealt with.
/// </summary>
/// <param name="AllowedOrigins">
/// Origins whose pages may embed the widget and hear its messages; none: nobody may.
/// </param>
/// <param name="Theme">Theme of links that name none.</param>
internal sealed partial record PartnerSettings(IReadOnlyList<string> AllowedOrigins, string? Theme)
{
    public const int MaxOrigins = 20;

    /// <summary>Scheme, the longest host name, port.</summary>
    private const int MaxOriginLength = 267;

    private const int MaxFiats = 200;

    public static PartnerSettings Default { get; } = new([], null);

    /// <summary>Who vouches for an e-mail address that arrives by PATCH or token share.</summary>
    public EmailVerification EmailVerification { get; init; }

    /// <summary>How sure an address is that arrives by PATCH or token share.</summary>
    public EmailTrust TrustOfArrival() =>
        EmailVerification == EmailVerification.Otp ? EmailTrust.Unverified : EmailTrust.Vouched;

    /// <summary>One-time passwords may be sent.</summary>
    public bool OtpEnabled { get; init; }

    /// <summary>Changes of <c>kyc.status</c> are sent.</summary>
    public bool KycWebhooks { get; init; }

    /// <summary>Where they go; null: to the webhook endpoint's URL.</summary>
    public string? KycWebhookUrl { get; init; }

    /// <summary>KYC may be shared with a token or documents.</summary>
    public bool KycSharing { get; init; } = true;

    /// <summary>Standalone KYC sessions may be created.</summary>
    public bool StandaloneKyc { get; init; }

    /// <summary>The partner is regulated and its own KYC is relied upon.</summary>
    public bool Reliance { get; init; }

    /// <summary>Currencies that the partner may deal in; null: all that the eligibility rules have.</summary>
    public IReadOnlyList<string>? Fiats { get; init; }

    /// <summary>When the partner is asked for what is missing of a person.</summary>
    public DataRequestTiming DataRequests { get; init; }

    /// <summary>Reads the member <c>settings</c>; what it does not name stays as it was.</summary>
    public static PartnerSettings Read(JsonInput body, PartnerSettings before, OutboundUrlRules urls)
    {
        if (body.Object("settings") is not { } settings)
            return before;
        return new PartnerSettings(
            ReadOrigins(settings, urls) ?? before.AllowedOrigins,
            settings.Matching("theme", ThemeId, "must have 1 to 40 lower-case letters, digits or hyphens")
                ?? before.Theme
        )
        {
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

    // Goes into a header as it is: nothing but a host and a port.
    [GeneratedRegex(@"^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Origin { get; }

    [GeneratedRegex(@"^[a-z0-9-]{1,40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ThemeId { get; }
}

/// <summary>When a partner is asked for what is missing of a person.</summary>
internal enum DataRequestTiming
{
    /// <summary>When the link is created: the partner has until the person comes, who then waits for nothing.</summary>
    OnCreate,

    /// <summary>When the link is first opened: the person waits a moment for the answer.</summary>
    OnOpen,
}

/// <summary>Who vouches for an e-mail address.</summary>
internal enum EmailVerification
{
    /// <summary>The partner's own login: the address counts as verified and merges at once.</summary>
    Partner,

    /// <summary>A one-time password: until then the address is linked as unverified and merges nothing.</summary>
    Otp,
}

/// <summary>How sure it is that an address is this person's. In the order of what is worth more.</summary>
internal enum EmailTrust
{
    /// <summary>Said by PATCH or token share under <c>emailVerification: otp</c>: nobody has proved anything.</summary>
    Unverified,

    /// <summary>The partner's own login, or the address that an identity was created with.</summary>
    Vouched,

    /// <summary>By a one-time code.</summary>
    Verified,
}
