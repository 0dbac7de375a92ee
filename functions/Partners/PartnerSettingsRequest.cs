using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Http;
using Serverless.Functions.Outbound;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Partners;

/// <summary>Settings of a partner in a request: those that it names.</summary>
internal sealed record PartnerSettingsRequest : ICheckedBody
{
    private static readonly string[] Clearable = ["returnUrl", "termsUrl", "privacyUrl", "kycWebhookUrl", "fiats"];

    /// <summary>The members that are null, which takes away what was set.</summary>
    private IReadOnlyList<string> _nulls = [];

    /// <summary>
    /// Origins whose pages may embed the widget and receive its messages, at most 20: https, lower case, no path. An
    /// empty array: none may.
    /// </summary>
    /// <example>["https://app.example.com"]</example>
    [Origins]
    public IReadOnlyList<string>? AllowedOrigins { get; init; }

    /// <summary>Theme of links that name none: 1 to 40 lower-case letters, digits or hyphens.</summary>
    /// <example>dark</example>
    [Theme]
    public string? Theme { get; init; }

    /// <summary>
    /// Where the widget leads people back to the partner: an absolute https URL of at most 2,048 characters. Null, the
    /// default: it does not.
    /// </summary>
    /// <example>https://partner.example.com/transfers</example>
    [Url(MayBeNull = true)]
    public string? ReturnUrl { get; init; }

    /// <summary>
    /// The partner's terms, which the widget links to: as for <c>returnUrl</c>. Null, the default: it does not.
    /// </summary>
    /// <example>https://partner.example.com/terms</example>
    [Url(MayBeNull = true, OnlyHttps = true)]
    public string? TermsUrl { get; init; }

    /// <summary>
    /// The partner's privacy notice, which the widget links to: as for <c>returnUrl</c>. Null, the default: it does
    /// not.
    /// </summary>
    /// <example>https://partner.example.com/privacy</example>
    [Url(MayBeNull = true, OnlyHttps = true)]
    public string? PrivacyUrl { get; init; }

    /// <summary>
    /// Who verifies an e-mail address that comes with a PATCH or a token share. <c>partner</c>, the default: the
    /// partner's own login did. <c>otp</c>: a one-time password must.
    /// </summary>
    /// <example>partner</example>
    [OneOf<EmailVerification>]
    public EmailVerification? EmailVerification { get; init; }

    /// <summary>Whether one-time passwords may be sent; false by default.</summary>
    /// <example>true</example>
    [Flag]
    public bool? OtpEnabled { get; init; }

    /// <summary>
    /// Whether a KYC webhook is sent whenever <c>kyc.status</c> or <c>account.blocked</c> changes; false by default.
    /// </summary>
    /// <example>true</example>
    [Flag]
    public bool? KycWebhooks { get; init; }

    /// <summary>
    /// Where KYC webhooks go: as for <c>webhookUrl</c>. Null, the default: to the URL of the webhook endpoint.
    /// </summary>
    /// <example>https://partner.example.com/kyc-hook</example>
    [Url(MayBeNull = true)]
    public string? KycWebhookUrl { get; init; }

    /// <summary>Whether KYC may be shared with a token or with documents; true by default.</summary>
    /// <example>true</example>
    [Flag]
    public bool? KycSharing { get; init; }

    /// <summary>Whether sessions of standalone KYC may be created; false by default.</summary>
    /// <example>false</example>
    [Flag]
    public bool? StandaloneKyc { get; init; }

    /// <summary>Whether the partner is regulated and its own KYC is relied upon; false by default.</summary>
    /// <example>false</example>
    [Flag]
    public bool? Reliance { get; init; }

    /// <summary>
    /// The currencies that eligibility accepts for this partner, at most 200. Null, the default: all that the rules
    /// know.
    /// </summary>
    /// <example>["EUR", "USD"]</example>
    [Fiats(MayBeNull = true)]
    public IReadOnlyList<string>? Fiats { get; init; }

    /// <summary>
    /// When the partner is asked for what is missing of a person. <c>on_create</c>, the default: when the link is
    /// created. <c>on_open</c>: when it is first opened, while the person waits a moment.
    /// </summary>
    /// <example>on_create</example>
    [OneOf<DataRequestTiming>]
    public DataRequestTiming? DataRequests { get; init; }

    /// <inheritdoc/>
    public void Check(JsonInput body) => _nulls = [.. Clearable.Where(body.IsNull)];

    /// <summary>These settings, and those before where the request names none.</summary>
    public PartnerSettings Over(PartnerSettings before) =>
        new()
        {
            AllowedOrigins = AllowedOrigins ?? before.AllowedOrigins,
            Theme = Theme ?? before.Theme,
            ReturnUrl = Changed("returnUrl", ReturnUrl, before.ReturnUrl),
            TermsUrl = Changed("termsUrl", TermsUrl, before.TermsUrl),
            PrivacyUrl = Changed("privacyUrl", PrivacyUrl, before.PrivacyUrl),
            EmailVerification = EmailVerification ?? before.EmailVerification,
            OtpEnabled = OtpEnabled ?? before.OtpEnabled,
            KycWebhooks = KycWebhooks ?? before.KycWebhooks,
            KycWebhookUrl = Changed("kycWebhookUrl", KycWebhookUrl, before.KycWebhookUrl),
            KycSharing = KycSharing ?? before.KycSharing,
            StandaloneKyc = StandaloneKyc ?? before.StandaloneKyc,
            Reliance = Reliance ?? before.Reliance,
            Fiats = Changed("fiats", Fiats, before.Fiats),
            DataRequests = DataRequests ?? before.DataRequests,
        };

    private T? Changed<T>(string member, T? given, T? before)
        where T : class => _nulls.Contains(member) ? null : given ?? before;
}

/// <summary>An array of texts of one form, each kept once.</summary>
internal abstract class TextsAttribute(int most, string rule) : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (body.Find(member) is not { } array)
            return null;
        if (array.ValueKind == JsonValueKind.Array && array.GetArrayLength() <= most)
        {
            var texts = array
                .EnumerateArray()
                .Select(item => item.ValueKind == JsonValueKind.String ? JsonInput.TextOf(item) : null)
                .ToList();
            if (texts.TrueForAll(text => text is not null && Fits(text, context)))
                return (string[])[.. texts.OfType<string>().Distinct()];
        }
        body.Fail(member, rule);
        return null;
    }

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "array";
        schema["maxItems"] = most;
        var item = new JsonObject { ["type"] = "string" };
        DescribeItem(item);
        schema["items"] = item;
    }

    /// <summary>True for a text of the form.</summary>
    protected abstract bool Fits(string text, FieldContext context);

    /// <summary>Adds the form to the schema of one of them.</summary>
    protected abstract void DescribeItem(JsonObject schema);
}

/// <summary>Origins of pages that may embed the widget.</summary>
internal sealed partial class OriginsAttribute()
    : TextsAttribute(
        Most,
        $"must be an array of at most {Most} origins such as https://app.example.com: https, lower case, no path"
    )
{
    public const int Most = 20;

    /// <summary>Scheme, longest possible host name, port.</summary>
    private const int MaxLength = 267;

    protected override bool Fits(string text, FieldContext context) =>
        text.Length <= MaxLength
        && Form.IsMatch(text)
        && Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (
            url.Scheme == Uri.UriSchemeHttps
            || context.Services.GetRequiredService<OutboundUrlRules>().AllowPrivateNetworks
        );

    protected override void DescribeItem(JsonObject schema) =>
        (schema["pattern"], schema["maxLength"]) = (PatternAttribute.InSchemas(Form), MaxLength);

    // The value is written into a header unescaped, so only host and port are allowed.
    [GeneratedRegex(@"^https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form { get; }
}

/// <summary>Codes of currencies.</summary>
internal sealed class FiatsAttribute()
    : TextsAttribute(Most, $"must be an array of at most {Most} currencies such as EUR, or null for all")
{
    private const int Most = 200;

    protected override bool Fits(string text, FieldContext context) => CurrencyCode.Pattern.IsMatch(text);

    protected override void DescribeItem(JsonObject schema) =>
        schema["pattern"] = PatternAttribute.InSchemas(CurrencyCode.Pattern);
}
