namespace Serverless.Functions.Webhooks;

/// <summary>The events of contract m2m, section 7 and project decision 6.</summary>
internal static class WebhookEvents
{
    public const string LinkCreated = "link.created";
    public const string LinkOpened = "link.opened";
    public const string LinkExpired = "link.expired";
    public const string LinkRevoked = "link.revoked";

    /// <summary>The five documented events: on without asking.</summary>
    public static IReadOnlyList<string> OnByDefault { get; } = [LinkCreated, LinkOpened, "user.data_request", "operation.created", "operation.cancelled"];

    /// <summary>Those and the ones that a partner subscribes to.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. OnByDefault,
        "link.in_progress", "link.completed", LinkExpired, LinkRevoked,
        "user.data_request.fulfilled", "user.data_request.expired", "user.status_changed", "operation.completed", "operation.failed",
    ];
}
