using System.Globalization;

namespace Serverless.Functions.Http;

/// <summary>A failure under <c>/eapi</c>.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Message">For people.</param>
/// <param name="Code">A number or a name; null where the status is enough.</param>
internal sealed record IdentityError(int Status, string Message, object? Code = null)
{
    private const string BadRequest = "Bad Request";
    private const string Unauthenticated = "Unauthenticated.";
    private const string InvalidData = "The given data was invalid.";
    private const string Header = "Authorization";

    // Authentication errors, in the order of the checks.
    public static IdentityError AuthorizationMissing { get; } =
        Of(
            401,
            Unauthenticated,
            IdentityErrorCodes.AuthorizationMissing,
            "is missing: Bearer {apiKey}:{signature}:{nonce}"
        );
    public static IdentityError AuthorizationMalformed { get; } =
        Of(
            401,
            Unauthenticated,
            IdentityErrorCodes.AuthorizationMalformed,
            "must be sent once and read: Bearer {apiKey}:{signature}:{nonce}"
        );
    public static IdentityError NonceInvalid { get; } =
        Of(
            400,
            BadRequest,
            IdentityErrorCodes.NonceInvalid,
            "has a nonce that is not a Unix timestamp of 16 digits (microseconds), 13 or 10"
        );
    public static IdentityError NonceTooOld { get; } =
        Of(
            400,
            BadRequest,
            IdentityErrorCodes.NonceTooOld,
            "has a nonce that is more than 300 seconds from our clock, which the Date header shows"
        );
    public static IdentityError KeyUnknown { get; } =
        Of(
            401,
            Unauthenticated,
            IdentityErrorCodes.KeyUnknown,
            "has an API key that is unknown, revoked, or of the other environment"
        );
    public static IdentityError SignatureMismatch { get; } =
        Of(
            401,
            Unauthenticated,
            IdentityErrorCodes.SignatureMismatch,
            "has a signature that is not that of this request: method, path with query, nonce and body exactly as "
                + "sent, joined by line feeds"
        );
    public static IdentityError NonceUsed { get; } =
        Of(400, BadRequest, IdentityErrorCodes.NonceUsed, "has a nonce that this key has used before");

    // The errors that the contract documents.
    public static IdentityError IdentityExists { get; } =
        new(422, "This identity exists for this reference or email address.", IdentityErrorCodes.IdentityExists);
    public static IdentityError FeatureNotEnabled { get; } =
        new(400, "This feature is not enabled for your account.", IdentityErrorCodes.FeatureNotEnabled);
    public static IdentityError PartnerSuspended { get; } =
        new(
            403,
            "This partner is suspended. Ask your contact to have it resumed.",
            IdentityErrorCodes.PartnerSuspended
        );
    public static IdentityError OtpFeatureNotEnabled { get; } =
        new(403, "One-time passwords are not enabled for your account.", IdentityErrorCodes.OtpFeatureNotEnabled);
    public static IdentityError StandaloneKycNotEnabled { get; } =
        new(403, "Standalone KYC is not enabled for your account.", IdentityErrorCodes.StandaloneKycNotEnabled);
    public static IdentityError LinkInUse { get; } =
        new(
            409,
            "This customer has a link for a transfer that is in use. It verifies, too.",
            IdentityErrorCodes.LinkInUse
        );
    public static IdentityError NotFound { get; } = new(404, "Not Found", IdentityErrorCodes.NotFound);
    public static IdentityError MethodNotAllowed { get; } =
        new(
            405,
            "This route does not take this method; the Allow header lists those that it takes.",
            IdentityErrorCodes.MethodNotAllowed
        );
    public static IdentityError IdentityMergeConflict { get; } =
        new(
            422,
            "This email address belongs to another verified person with other data. The case is under review.",
            IdentityErrorCodes.IdentityMergeConflict
        );
    public static IdentityError EmailBusy { get; } =
        new(
            409,
            "Another request is just about to link this email address. Try again in a moment.",
            IdentityErrorCodes.EmailBusy
        );
    public static IdentityError OtpInvalid { get; } =
        new(422, "This code is not valid.", IdentityErrorCodes.OtpInvalid);
    public static IdentityError OtpExpired { get; } =
        new(422, "This code has expired. Send a new one.", IdentityErrorCodes.OtpExpired);
    public static IdentityError TokenAlreadyUsed { get; } =
        new(422, "This token was used for another identity.", IdentityErrorCodes.TokenAlreadyUsed);
    public static IdentityError AgeRestricted { get; } =
        new(422, "This person is too young.", IdentityErrorCodes.AgeRestricted);
    public static IdentityError UnsupportedAsset { get; } =
        new(422, "This asset is not supported here.", IdentityErrorCodes.UnsupportedAsset);
    public static IdentityError AssetNotInRegion { get; } =
        new(422, "This asset is not available in the person's region.", IdentityErrorCodes.AssetNotInRegion);
    public static IdentityError UnsupportedFiat { get; } =
        new(422, "This currency is not supported here.", IdentityErrorCodes.UnsupportedFiat);
    public static IdentityError RegionRestricted { get; } =
        new(422, "This service is not available in the person's region.", IdentityErrorCodes.RegionRestricted);
    public static IdentityError AccountBlocked { get; } =
        new(422, "This account is blocked.", IdentityErrorCodes.AccountBlocked);
    public static IdentityError MailUnavailable { get; } =
        new(
            503,
            "The mail could not be sent. Nothing is pending: try again after the number of seconds in Retry-After.",
            IdentityErrorCodes.MailUnavailable
        );
    public static IdentityError MailRefused { get; } =
        new(
            503,
            "Our mail service refuses this mail for good. Nothing is pending, and trying again does not help: tell "
                + "your contact, with the traceId.",
            IdentityErrorCodes.MailRefused
        );
    public static IdentityError TooManyRequests { get; } =
        new(
            429,
            "Too many requests. Wait for the number of seconds in Retry-After.",
            IdentityErrorCodes.TooManyRequests
        );
    public static IdentityError Internal { get; } =
        new(500, "Something went wrong on our side. Try again, and quote the traceId if it persists.");

    /// <summary>The problems, by field.</summary>
    public IReadOnlyList<ErrorDetail> Errors { get; init; } = [];

    /// <summary>The exceeded limit, only with <see cref="LimitExceeded"/>.</summary>
    public LimitedWindow? Window { get; init; }

    /// <summary>422 with all that is wrong with the data.</summary>
    public static IdentityError Invalid(IReadOnlyList<ErrorDetail> errors) => new(422, InvalidData) { Errors = errors };

    /// <summary>422 with one thing that is wrong.</summary>
    public static IdentityError Invalid(string field, string message) => Invalid([new ErrorDetail(field, message)]);

    /// <summary>400 for fields that are null instead of omitted, with all other problems.</summary>
    public static IdentityError Nulls(IReadOnlyList<ErrorDetail> errors) =>
        new(400, InvalidData, IdentityErrorCodes.NullField) { Errors = errors };

    /// <summary>413.</summary>
    public static IdentityError BodyTooLarge(int maxBytes) =>
        new(413, "The body is too large.")
        {
            Errors =
            [
                new ErrorDetail(
                    "body",
                    string.Create(CultureInfo.InvariantCulture, $"must have at most {maxBytes} bytes")
                ),
            ],
        };

    /// <summary>422 with <c>window</c>.</summary>
    public static IdentityError LimitExceeded(LimitedWindow window) =>
        new(
            422,
            $"This amount exceeds the {window.ToString().ToLowerInvariant()} limit.",
            IdentityErrorCodes.LimitExceeded
        )
        {
            Window = window,
        };

    /// <summary>
    /// Converts an error that shared code raises for the M2M envelope, such as an invalid body or query.
    /// </summary>
    public static IdentityError From(ApiError error) =>
        new(error.Status, error.Status == 400 ? BadRequest : error.Message) { Errors = error.Details };

    private static IdentityError Of(int status, string message, int code, string detail) =>
        new(status, message, code) { Errors = [new ErrorDetail(Header, detail)] };
}
