using System.Text.Json;
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
    /// <param name="data">
    /// The member <c>data</c> of the webhook's body. No personal values: the body is stored in clear.
    /// </param>
    /// <param name="subjectId">The data request, ticket or operation that it is about.</param>
    public static EventRow New<T>(string name, Link link, DateTimeOffset at, T data, string? subjectId = null) =>
        EventRow.New(name, link.Owner, link.ForEvent, at, data, subjectId);

    public static LinkCreatedData Created(Link link) =>
        new()
        {
            LinkId = link.Id.Value,
            ReferenceId = link.Owner.Reference.Value,
            Url = link.Url,
            Status = LinkStatus.Created,
            ExpiresAt = link.ExpiresAt,
            CreatedAt = link.CreatedAt,
            Metadata = link.MetadataJson,
        };

    public static LinkOpenedData Opened(Link link) =>
        new()
        {
            LinkId = link.Id.Value,
            ReferenceId = link.Owner.Reference.Value,
            OpenedAt = link.OpenedAt!.Value,
            DeviceInfo = link.Device,
            Metadata = link.MetadataJson,
        };

    public static LinkInProgressData InProgress(Link link) =>
        new()
        {
            LinkId = link.Id.Value,
            ReferenceId = link.Owner.Reference.Value,
            Status = LinkStatus.InProgress,
            InProgressAt = link.InProgressAt!.Value,
            Metadata = link.MetadataJson,
        };

    public static LinkCompletedData Completed(Link link) =>
        new()
        {
            LinkId = link.Id.Value,
            ReferenceId = link.Owner.Reference.Value,
            Status = LinkStatus.Completed,
            OperationId = link.OperationId!,
            CompletedAt = link.CompletedAt!.Value,
            Metadata = link.MetadataJson,
        };

    public static LinkExpiredData Expired(Link link) =>
        new()
        {
            LinkId = link.Id.Value,
            ReferenceId = link.Owner.Reference.Value,
            Status = LinkStatus.Expired,
            ExpiresAt = link.ExpiresAt,
            ExpiredAt = link.ExpiredAt!.Value,
            Metadata = link.MetadataJson,
        };

    public static LinkRevokedData Revoked(Link link) =>
        new()
        {
            LinkId = link.Id.Value,
            ReferenceId = link.Owner.Reference.Value,
            Status = LinkStatus.Revoked,
            RevokedAt = link.RevokedAt!.Value,
            Reason = link.RevokeReason,
            Metadata = link.MetadataJson,
        };
}

/// <summary>A link was created.</summary>
[EventData(PartnerEvents.LinkCreated)]
internal sealed record LinkCreatedData
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>The address for the person to open.</summary>
    /// <example>https://links.example.com/widget/link_demo_01m8ksp0r05q8w2t7zk3m9x4vb/m2m-basic</example>
    public required string Url { get; init; }

    /// <summary>Always <c>created</c>.</summary>
    /// <example>created</example>
    public required LinkStatus Status { get; init; }

    /// <summary>When the link expires.</summary>
    /// <example>2026-11-29T15:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was created.</summary>
    /// <example>2026-11-29T14:00:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The link's metadata, as you gave it. Absent where you gave none, and after an erasure.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>A link was opened for the first time. Further openings send nothing.</summary>
[EventData(PartnerEvents.LinkOpened)]
internal sealed record LinkOpenedData
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>When it was opened.</summary>
    /// <example>2026-11-29T14:02:10.000Z</example>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>The device that it was opened on. Absent after an erasure.</summary>
    public DeviceInfo? DeviceInfo { get; init; }

    /// <summary>The link's metadata, as you gave it. Absent where you gave none, and after an erasure.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>
/// The person has reached the verification or, where none is needed, confirmed a transfer: the link can no longer be
/// revoked.
/// </summary>
[EventData(PartnerEvents.LinkInProgress)]
internal sealed record LinkInProgressData
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>Always <c>in_progress</c>.</summary>
    /// <example>in_progress</example>
    public required LinkStatus Status { get; init; }

    /// <summary>When that was.</summary>
    /// <example>2026-11-29T14:03:00.000Z</example>
    public required DateTimeOffset InProgressAt { get; init; }

    /// <summary>The link's metadata, as you gave it. Absent where you gave none, and after an erasure.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>The person has confirmed a transfer, so the link is used up.</summary>
[EventData(PartnerEvents.LinkCompleted)]
internal sealed record LinkCompletedData
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>Always <c>completed</c>.</summary>
    /// <example>completed</example>
    public required LinkStatus Status { get; init; }

    /// <summary>The transfer.</summary>
    /// <example>op_demo_01m8kt1xkg8v4k1z6xj9w3m7ce</example>
    public required string OperationId { get; init; }

    /// <summary>When it was confirmed.</summary>
    /// <example>2026-11-29T14:06:30.000Z</example>
    public required DateTimeOffset CompletedAt { get; init; }

    /// <summary>The link's metadata, as you gave it. Absent where you gave none, and after an erasure.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>A link has expired before a transfer was confirmed. The person can get another one.</summary>
[EventData(PartnerEvents.LinkExpired)]
internal sealed record LinkExpiredData
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>Always <c>expired</c>.</summary>
    /// <example>expired</example>
    public required LinkStatus Status { get; init; }

    /// <summary>When it was to expire.</summary>
    /// <example>2026-11-29T15:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>
    /// When it was closed: a moment after <c>expiresAt</c>, or before it where the person was erased while the link was
    /// in progress.
    /// </summary>
    /// <example>2026-11-29T15:00:00.000Z</example>
    public required DateTimeOffset ExpiredAt { get; init; }

    /// <summary>The link's metadata, as you gave it. Absent where you gave none, and after an erasure.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>A link was revoked. The person can get another one.</summary>
[EventData(PartnerEvents.LinkRevoked)]
internal sealed record LinkRevokedData
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>Always <c>revoked</c>.</summary>
    /// <example>revoked</example>
    public required LinkStatus Status { get; init; }

    /// <summary>When it was revoked.</summary>
    /// <example>2026-11-29T14:10:00.000Z</example>
    public required DateTimeOffset RevokedAt { get; init; }

    /// <summary>Why, as you gave it. Absent where none was given, and after an erasure.</summary>
    /// <example>The customer called it off.</example>
    public string? Reason { get; init; }

    /// <summary>The link's metadata, as you gave it. Absent where you gave none, and after an erasure.</summary>
    public JsonElement? Metadata { get; init; }
}
