namespace Serverless.Functions.Http;

/// <summary>
/// One thing that is wrong with a request, or, among <c>warnings</c>, one that was accepted and deserves a look.
/// </summary>
internal sealed record ErrorDetail(string Field, string Message)
{
    /// <summary>
    /// Dotted path of the member (<c>userData.dob</c>), name of the query parameter or of the header; <c>body</c> for
    /// the body as a whole.
    /// </summary>
    /// <example>userData.dob</example>
    public string Field { get; init; } = Field;

    /// <summary>
    /// What is wrong and what would be right, in English. It never contains the value, which may be personal.
    /// </summary>
    /// <example>must be a calendar date as YYYY-MM-DD</example>
    public string Message { get; init; } = Message;
}

/// <summary>A documented failure: HTTP status, code and message.</summary>
internal sealed record ApiError(int Status, string Code, string Message)
{
    public static ApiError Unauthorized { get; } =
        new(401, ErrorCodes.Unauthorized, "Send your API key in the X-API-Key header.");
    public static ApiError SessionEnded { get; } =
        new(401, ErrorCodes.Unauthorized, "This session has ended. Sign in again, or send an API key.");
    public static ApiError CsrfTokenInvalid { get; } =
        new(
            403,
            ErrorCodes.CsrfTokenInvalid,
            "A change with a session needs the session's own X-CSRF-Token, from a page of this site."
        );
    public static ApiError InvalidApiKey { get; } =
        new(401, ErrorCodes.InvalidApiKey, "This API key is unknown, revoked, or of the other environment.");
    public static ApiError PartnerSuspended { get; } =
        new(403, ErrorCodes.PartnerSuspended, "This partner is suspended. Ask your contact to have it resumed.");
    public static ApiError NotFound { get; } = new(404, ErrorCodes.ResourceNotFound, "There is no such resource.");
    public static ApiError MethodNotAllowed { get; } =
        new(
            405,
            ErrorCodes.MethodNotAllowed,
            "This route does not take this method; the Allow header lists those that it takes."
        );
    public static ApiError LinkExpired { get; } =
        new(409, ErrorCodes.LinkExpired, "This link has expired. Create a new one.");
    public static ApiError LinkRevoked { get; } = new(409, ErrorCodes.LinkRevoked, "This link was revoked.");
    public static ApiError LinkCompleted { get; } =
        new(409, ErrorCodes.LinkCompleted, "This link has already been used.");
    public static ApiError LinkNotOpened { get; } =
        new(409, ErrorCodes.LinkNotOpened, "This link has not been opened yet.");
    public static ApiError NoWidgetSession { get; } =
        new(401, ErrorCodes.Unauthorized, "Open the link, and send its session as Authorization: Bearer.");
    public static ApiError ReferenceIdMismatch { get; } =
        new(400, ErrorCodes.ReferenceIdMismatch, "This data request is about another referenceId. Nothing was merged.");
    public static ApiError DataRequestAlreadyFulfilled { get; } =
        new(
            409,
            ErrorCodes.DataRequestAlreadyFulfilled,
            "This data request was answered before, and nothing of this answer is still open. "
                + "Send new data with the next link."
        );
    public static ApiError NotVerified { get; } =
        new(409, ErrorCodes.CipNotReady, "This user's identity is not verified yet.");
    public static ApiError QuoteExpired { get; } =
        new(409, ErrorCodes.QuoteExpired, "This quote has expired. Ask for a new one.");
    public static ApiError OperationNotCancellable { get; } =
        new(409, ErrorCodes.OperationNotCancellable, "This transfer can no longer be cancelled: the payout has begun.");
    public static ApiError DeadLetterBusy { get; } =
        new(409, ErrorCodes.DeadLetterBusy, "Somebody else has this message in hand. Try again in a minute.");
    public static ApiError MergeConflict { get; } =
        new(409, ErrorCodes.MergeConflict, "Both accounts are verified, as different people. They were not merged.");
    public static ApiError AccountFull { get; } =
        new(
            409,
            ErrorCodes.AccountFull,
            "The merged account would have more references or addresses than an account may have."
        );
    public static ApiError AuditUnavailable { get; } =
        new(
            503,
            ErrorCodes.AuditUnavailable,
            "What you are about to do cannot be written into the audit log, so it was not done. Try again."
        );
    public static ApiError UserErased { get; } =
        new(
            409,
            ErrorCodes.UserErased,
            "This person was erased, and the reference is not used again. Give a person who comes back a new "
                + "referenceId."
        );
    public static ApiError CipAlreadyVerified { get; } =
        new(409, ErrorCodes.CipAlreadyVerified, "This user's identity is verified. Nothing more is needed.");
    public static ApiError CipRetryNotAllowed { get; } =
        new(
            409,
            ErrorCodes.CipRetryNotAllowed,
            "This user's verification failed. Send corrected data with a link, or ask your contact to have it reviewed."
        );
    public static ApiError KycNotReviewable { get; } =
        new(409, ErrorCodes.KycNotReviewable, "This decision does not fit where the identity stands.");
    public static ApiError CipNotReviewable { get; } =
        new(
            409,
            ErrorCodes.CipNotReviewable,
            "Only a verification that needs review can be approved or rejected, and only one that failed or needs "
                + "review can be allowed again."
        );
    public static ApiError DeliveryPending { get; } =
        new(409, ErrorCodes.DeliveryPending, "An attempt of this delivery is being made. Look at it in a minute.");
    public static ApiError NoWebhookUrl { get; } =
        new(
            409,
            ErrorCodes.NoWebhookUrl,
            "There is no URL to deliver to: the link has none, and your endpoint has none or is disabled."
        );
    public static ApiError TooManySecrets { get; } =
        new(
            409,
            ErrorCodes.TooManySecrets,
            "Four earlier secrets still sign beside the current one, each until the time that it was promised. "
                + "Rotate again once the first of them has ended."
        );
    public static ApiError TooManyKeys { get; } =
        new(409, ErrorCodes.TooManyKeys, "You have 20 keys already. Revoke those that are no longer used first.");
    public static ApiError KeyInUse { get; } =
        new(
            409,
            ErrorCodes.KeyInUse,
            "This request came with this very key, or with its session. Revoke it with another key."
        );
    public static ApiError PartnerExists { get; } =
        new(409, ErrorCodes.PartnerExists, "A partner with this id exists.");
    public static ApiError IdempotencyKeyReused { get; } =
        new(
            409,
            ErrorCodes.IdempotencyKeyReused,
            "This Idempotency-Key was used for another request within 24 hours. Use a new key for a new request."
        );
    public static ApiError RateLimitExceeded { get; } =
        new(429, ErrorCodes.RateLimitExceeded, "Too many requests. Wait for the number of seconds in Retry-After.");
    public static ApiError Internal { get; } =
        new(
            500,
            ErrorCodes.InternalError,
            "Something went wrong on our side. Try again, and quote the X-Request-Id if it persists."
        );

    /// <summary>Every problem with the request.</summary>
    public IReadOnlyList<ErrorDetail> Details { get; init; } = [];

    /// <summary>The existing link that causes the conflict; null where none does.</summary>
    public ConflictingLink? Link { get; init; }

    /// <summary>409 with the missing fields that verification needs.</summary>
    public static ApiError CipNotReady(IReadOnlyList<string> missingFields) =>
        new(409, ErrorCodes.CipNotReady, "Verification needs more of this user's data: see details.")
        {
            Details = [.. missingFields.Select(path => new ErrorDetail($"userData.{path}", "is missing"))],
        };

    /// <summary>400 with all its details.</summary>
    public static ApiError Invalid(IReadOnlyList<ErrorDetail> details) =>
        new(
            400,
            ErrorCodes.InvalidRequest,
            details.Count == 1
                ? "The request is not valid: see details."
                : $"The request has {details.Count} problems: see details."
        )
        {
            Details = details,
        };

    /// <summary>400 with one detail.</summary>
    public static ApiError Invalid(string field, string message) => Invalid([new ErrorDetail(field, message)]);
}
