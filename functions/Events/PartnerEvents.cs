namespace Serverless.Functions.Events;

/// <summary>The events that a partner can receive by webhook or read through the API.</summary>
internal static class PartnerEvents
{
    public const string LinkCreated = "link.created";
    public const string LinkOpened = "link.opened";
    public const string LinkInProgress = "link.in_progress";
    public const string LinkCompleted = "link.completed";
    public const string LinkExpired = "link.expired";
    public const string LinkRevoked = "link.revoked";
    public const string DataRequest = "user.data_request";
    public const string DataRequestFulfilled = "user.data_request.fulfilled";
    public const string DataRequestExpired = "user.data_request.expired";
    public const string UserStatusChanged = "user.status_changed";

    public const string OperationCreated = "operation.created";
    public const string OperationCancelled = "operation.cancelled";
    public const string OperationCompleted = "operation.completed";
    public const string OperationFailed = "operation.failed";

    /// <summary>Sent when a partner asks for it, whatever it subscribes to.</summary>
    public const string EndpointTest = "endpoint.test";

    /// <summary>
    /// A change of <c>kyc.status</c>, in the identity API's own format. The setting <c>kycWebhooks</c> turns it on.
    /// </summary>
    public const string Kyc = "kyc";

    /// <summary>The five documented events, which every partner receives by default.</summary>
    public static IReadOnlyList<string> OnByDefault { get; } =
    [LinkCreated, LinkOpened, DataRequest, OperationCreated, OperationCancelled];

    /// <summary>The default events and those that a partner can subscribe to.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. OnByDefault,
        LinkInProgress,
        LinkCompleted,
        LinkExpired,
        LinkRevoked,
        DataRequestFulfilled,
        DataRequestExpired,
        UserStatusChanged,
        OperationCompleted,
        OperationFailed,
    ];
}
