namespace Serverless.Functions.Links;

/// <summary>
/// The member <c>data</c> of the link events (contract m2m, section 7). Metadata is added where the link has some.
/// </summary>
internal static class LinkEvents
{
    public static object Created(Link link) =>
        new
        {
            linkId = link.Id.Value,
            referenceId = link.Owner.Reference.Value,
            url = link.Url,
            status = LinkStatus.Created,
            expiresAt = link.ExpiresAt,
            createdAt = link.CreatedAt,
            metadata = link.MetadataJson,
        };

    public static object Opened(Link link) =>
        new
        {
            linkId = link.Id.Value,
            referenceId = link.Owner.Reference.Value,
            openedAt = link.OpenedAt,
            deviceInfo = link.Device,
            metadata = link.MetadataJson,
        };

    public static object InProgress(Link link) =>
        new
        {
            linkId = link.Id.Value,
            referenceId = link.Owner.Reference.Value,
            status = LinkStatus.InProgress,
            inProgressAt = link.InProgressAt,
            metadata = link.MetadataJson,
        };

    public static object Completed(Link link) =>
        new
        {
            linkId = link.Id.Value,
            referenceId = link.Owner.Reference.Value,
            status = LinkStatus.Completed,
            operationId = link.OperationId,
            completedAt = link.CompletedAt,
            metadata = link.MetadataJson,
        };

    public static object Expired(Link link) =>
        new
        {
            linkId = link.Id.Value,
            referenceId = link.Owner.Reference.Value,
            status = LinkStatus.Expired,
            expiresAt = link.ExpiresAt,
            expiredAt = link.ExpiredAt,
            metadata = link.MetadataJson,
        };

    public static object Revoked(Link link) =>
        new
        {
            linkId = link.Id.Value,
            referenceId = link.Owner.Reference.Value,
            status = LinkStatus.Revoked,
            revokedAt = link.RevokedAt,
            reason = link.RevokeReason,
            metadata = link.MetadataJson,
        };
}
