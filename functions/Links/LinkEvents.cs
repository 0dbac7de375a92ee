using Serverless.Functions.Events;

namespace Serverless.Functions.Links;

/// <summary>
/// The events of a link, and the member <c>data</c> of each. Metadata is added where the link has some.
/// </summary>
internal static class LinkEvents
{
    /// <summary>A new event of a link.</summary>
    /// <param name="name">One of <see cref="PartnerEvents"/>.</param>
    /// <param name="link">The link that it is about.</param>
    /// <param name="at">When it happened.</param>
    /// <param name="subjectId">The data request, ticket or operation that it is about.</param>
    /// <param name="data">
    /// The member <c>data</c> of the webhook's body. No personal values: the body is stored in clear.
    /// </param>
    public static EventRow New(string name, Link link, DateTimeOffset at, object data, string? subjectId = null) =>
        EventRow.New(name, link.Owner, link.ForEvent, at, data, subjectId);

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
