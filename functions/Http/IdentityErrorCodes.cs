namespace Serverless.Functions.Http;

/// <summary>
/// The codes of errors under <c>/eapi</c>, each with its meaning and its remedy: what the API document says of them.
/// Some errors have none: their status says enough.
/// </summary>
internal static class IdentityErrorCodes
{
    /// <summary>
    /// The API key is unknown, revoked, or of the other environment. Check which key you send, and to which address.
    /// </summary>
    public const int KeyUnknown = 40100;

    /// <summary>
    /// The header Authorization cannot be read, or was sent twice. Send it once: Bearer {apiKey}:{signature}:{nonce}.
    /// </summary>
    public const int AuthorizationMalformed = 40101;

    /// <summary>The header Authorization is missing. Send Bearer {apiKey}:{signature}:{nonce}.</summary>
    public const int AuthorizationMissing = 40102;

    /// <summary>
    /// The signature is not that of this request. Sign method, path with query, nonce and body exactly as they are
    /// sent, joined by line feeds.
    /// </summary>
    public const int SignatureMismatch = 40103;

    /// <summary>The nonce is not a Unix timestamp of 16 digits (microseconds), 13 or 10.</summary>
    public const int NonceInvalid = 40001;

    /// <summary>
    /// The nonce is more than 300 seconds from our clock, which the header Date shows. Mend your clock, and sign each
    /// request when it is sent.
    /// </summary>
    public const int NonceTooOld = 40002;

    /// <summary>
    /// The key has used this nonce before. Use a new one for every request, also when you send one again.
    /// </summary>
    public const int NonceUsed = 40003;

    /// <summary>A field is null. Leave out what you do not know: errors names the fields.</summary>
    public const int NullField = 4002;

    /// <summary>The feature is not enabled for your account. Ask your contact.</summary>
    public const int FeatureNotEnabled = 4005;

    /// <summary>An identity exists for this reference or e-mail address. Read it, or update it by PATCH.</summary>
    public const int IdentityExists = 81;

    /// <summary>The asset is not available in the person's region.</summary>
    public const int AssetNotInRegion = 5034;

    /// <summary>The partner is suspended. Ask your contact to have it resumed.</summary>
    public const string PartnerSuspended = "PartnerSuspended";

    /// <summary>One-time passwords are not enabled for your account. Ask your contact.</summary>
    public const string OtpFeatureNotEnabled = "OtpFeatureNotEnabled";

    /// <summary>Standalone KYC is not enabled for your account. Ask your contact.</summary>
    public const string StandaloneKycNotEnabled = "StandaloneKycNotEnabled";

    /// <summary>
    /// The customer has a link for a transfer that is in use. It verifies, too: let the customer finish it.
    /// </summary>
    public const string LinkInUse = "LinkInUse";

    /// <summary>There is no such resource, or it is another partner's. Check the reference.</summary>
    public const string NotFound = "NotFound";

    /// <summary>The route does not take this method. The header Allow lists those that it takes.</summary>
    public const string MethodNotAllowed = "MethodNotAllowed";

    /// <summary>
    /// The e-mail address belongs to another verified person with other data. The case is under review; nothing was
    /// merged.
    /// </summary>
    public const string IdentityMergeConflict = "IdentityMergeConflict";

    /// <summary>Another request is just about to link this e-mail address. Try again in a moment.</summary>
    public const string EmailBusy = "EmailBusy";

    /// <summary>The code is not valid. After five wrong ones send a new code.</summary>
    public const string OtpInvalid = "OtpInvalid";

    /// <summary>The code has expired. Send a new one.</summary>
    public const string OtpExpired = "OtpExpired";

    /// <summary>The token was used for another identity. Ask the provider for a new one.</summary>
    public const string TokenAlreadyUsed = "TokenAlreadyUsed";

    /// <summary>The person is too young for this service.</summary>
    public const string AgeRestricted = "AgeRestricted";

    /// <summary>The asset is not supported here.</summary>
    public const string UnsupportedAsset = "UnsupportedAsset";

    /// <summary>The currency is not supported here.</summary>
    public const string UnsupportedFiat = "UnsupportedFiat";

    /// <summary>The service is not available in the person's region.</summary>
    public const string RegionRestricted = "RegionRestricted";

    /// <summary>The account is blocked. Ask your contact.</summary>
    public const string AccountBlocked = "AccountBlocked";

    /// <summary>
    /// The amount exceeds a limit of the person; window says which: transaction (the amount alone), daily, weekly,
    /// monthly or annual.
    /// </summary>
    public const string LimitExceeded = "LimitExceeded";

    /// <summary>
    /// The mail could not be sent. Nothing is pending: try again after the number of seconds in the header Retry-After.
    /// </summary>
    public const string MailUnavailable = "MailUnavailable";

    /// <summary>
    /// The mail service refuses this mail for good. Nothing is pending, and trying again does not help: tell your
    /// contact, with the traceId.
    /// </summary>
    public const string MailRefused = "MailRefused";

    /// <summary>Too many requests. Wait for the number of seconds in the header Retry-After.</summary>
    public const string TooManyRequests = "TooManyRequests";
}
