namespace Serverless.Functions.Http;

/// <summary>
/// The codes of errors under <c>/partner</c> and <c>/operator</c>, each with its meaning and its remedy: what the API
/// document says of them.
/// </summary>
internal static class ErrorCodes
{
    /// <summary>
    /// The request is not valid: details names each problem with its member, query parameter or header. Mend them all
    /// and send it again. 413 is a body that is too large, 415 one with another encoding than UTF-8, 400 everything
    /// else.
    /// </summary>
    public const string InvalidRequest = "INVALID_REQUEST";

    /// <summary>
    /// The data request is about another referenceId than the body names; nothing was merged. Send the referenceId that
    /// the data request came with.
    /// </summary>
    public const string ReferenceIdMismatch = "REFERENCE_ID_MISMATCH";

    /// <summary>No API key came with the request. Send it in the header X-API-Key.</summary>
    public const string Unauthorized = "UNAUTHORIZED";

    /// <summary>
    /// The API key is unknown, revoked, or of the other environment. Check which key you send, and to which address.
    /// </summary>
    public const string InvalidApiKey = "INVALID_API_KEY";

    /// <summary>The partner is suspended. Ask your contact to have it resumed.</summary>
    public const string PartnerSuspended = "PARTNER_SUSPENDED";

    /// <summary>There is no such resource, or it is another partner's. Check the id.</summary>
    public const string ResourceNotFound = "RESOURCE_NOT_FOUND";

    /// <summary>The route does not take this method. The header Allow lists those that it takes.</summary>
    public const string MethodNotAllowed = "METHOD_NOT_ALLOWED";

    /// <summary>
    /// The person has an active link; error.link says which. Send that one again, revoke it, or wait until it is
    /// completed or expired.
    /// </summary>
    public const string ActiveLinkExists = "ACTIVE_LINK_EXISTS";

    /// <summary>
    /// The link is in progress, completed, expired or revoked. Only a link that is created or opened can be revoked.
    /// </summary>
    public const string LinkNotRevocable = "LINK_NOT_REVOCABLE";

    /// <summary>The link has expired. Create a new one.</summary>
    public const string LinkExpired = "LINK_EXPIRED";

    /// <summary>The link was revoked. Create a new one.</summary>
    public const string LinkRevoked = "LINK_REVOKED";

    /// <summary>The link has been used. Create a new one for the next transfer.</summary>
    public const string LinkCompleted = "LINK_COMPLETED";

    /// <summary>The link has not been opened yet. Wait for the event link.opened.</summary>
    public const string LinkNotOpened = "LINK_NOT_OPENED";

    /// <summary>
    /// The data request was answered before, and nothing of this answer is still open. Send new data with the next
    /// link.
    /// </summary>
    public const string DataRequestAlreadyFulfilled = "DATA_REQUEST_ALREADY_FULFILLED";

    /// <summary>
    /// Verification needs more of the person's data: details names the fields. Send them, or let the widget ask for
    /// them.
    /// </summary>
    public const string CipNotReady = "CIP_NOT_READY";

    /// <summary>The person's identity is verified. Nothing more is needed.</summary>
    public const string CipAlreadyVerified = "CIP_ALREADY_VERIFIED";

    /// <summary>
    /// The person's verification failed. Send corrected data with a link, or ask your contact to have it reviewed.
    /// </summary>
    public const string CipRetryNotAllowed = "CIP_RETRY_NOT_ALLOWED";

    /// <summary>
    /// Only a verification that needs review can be approved or rejected, and only one that failed or needs review can
    /// be allowed again.
    /// </summary>
    public const string CipNotReviewable = "CIP_NOT_REVIEWABLE";

    /// <summary>The decision does not fit where the identity stands. Read the identity's kyc.status first.</summary>
    public const string KycNotReviewable = "KYC_NOT_REVIEWABLE";

    /// <summary>The quote has expired. Ask for a new one.</summary>
    public const string QuoteExpired = "QUOTE_EXPIRED";

    /// <summary>The transfer can no longer be cancelled: the payout has begun.</summary>
    public const string OperationNotCancellable = "OPERATION_NOT_CANCELLABLE";

    /// <summary>
    /// The person was erased, and the reference is not used again. Give a person who comes back a new referenceId.
    /// </summary>
    public const string UserErased = "USER_ERASED";

    /// <summary>An attempt of the delivery is being made. Look at it in a minute.</summary>
    public const string DeliveryPending = "DELIVERY_PENDING";

    /// <summary>
    /// There is no URL to deliver to: the link has none, and the endpoint has none or is disabled. Set one first.
    /// </summary>
    public const string NoWebhookUrl = "NO_WEBHOOK_URL";

    /// <summary>
    /// Four earlier secrets still sign beside the current one. Rotate again once the first of them has ended.
    /// </summary>
    public const string TooManySecrets = "TOO_MANY_SECRETS";

    /// <summary>There are 20 keys already. Revoke those that are no longer used first.</summary>
    public const string TooManyKeys = "TOO_MANY_KEYS";

    /// <summary>The request came with this very key, or with its session. Revoke it with another key.</summary>
    public const string KeyInUse = "KEY_IN_USE";

    /// <summary>A partner with this id exists. Choose another id.</summary>
    public const string PartnerExists = "PARTNER_EXISTS";

    /// <summary>The accounts were not merged, or more than 30 days ago. There is nothing that can be undone.</summary>
    public const string MergeNotUndoable = "MERGE_NOT_UNDOABLE";

    /// <summary>
    /// The Idempotency-Key was used for another request within 24 hours. Use a new key for a new request.
    /// </summary>
    public const string IdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED";

    /// <summary>
    /// A change with the session of a browser came without its anti-forgery token, or from another site. Send
    /// <c>X-CSRF-Token</c>; a call with an API key needs none.
    /// </summary>
    public const string CsrfTokenInvalid = "CSRF_TOKEN_INVALID";

    /// <summary>Too many requests. Wait for the number of seconds in the header Retry-After.</summary>
    public const string RateLimitExceeded = "RATE_LIMIT_EXCEEDED";

    /// <summary>Somebody else has the dead letter in hand at this moment. Try again in a minute.</summary>
    public const string DeadLetterBusy = "DEAD_LETTER_BUSY";

    /// <summary>
    /// Both accounts are verified, as different people, so they were not merged. The list of merges shows it.
    /// </summary>
    public const string MergeConflict = "MERGE_CONFLICT";

    /// <summary>The merged account would have more references or addresses than an account may have.</summary>
    public const string AccountFull = "ACCOUNT_FULL";

    /// <summary>
    /// What you are about to do cannot be written into the audit log, so it was not done. Try again after Retry-After.
    /// </summary>
    public const string AuditUnavailable = "AUDIT_UNAVAILABLE";

    /// <summary>Something went wrong on our side. Try again, and quote the X-Request-Id if it persists.</summary>
    public const string InternalError = "INTERNAL_ERROR";
}
