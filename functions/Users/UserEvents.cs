using System.Text.Json;
using Serverless.Functions.Events;

namespace Serverless.Functions.Users;

/// <summary>The event about a person. No values.</summary>
internal static class UserEvents
{
    /// <param name="user">As it is now.</param>
    /// <param name="link">The link that caused it, if any.</param>
    /// <param name="before">The status before.</param>
    /// <param name="at">When.</param>
    /// <param name="starts">The ticket whose verification is to start.</param>
    public static EventRow StatusChanged(
        User user,
        EventLink? link,
        UserStatus before,
        DateTimeOffset at,
        string? starts
    ) =>
        EventRow.New(
            PartnerEvents.UserStatusChanged,
            user.Key,
            link,
            at,
            new UserStatusChangedData
            {
                UserId = user.UserId,
                ReferenceId = user.Key.Reference.Value,
                LinkId = link?.Id,
                Status = user.Status,
                PreviousStatus = before,
                ChangedAt = user.UpdatedAt,
                Metadata = link?.Metadata,
            },
            starts
        ) with
        {
            OfAccount = (user.Root ?? user.MergingInto) is not null,
        };
}

/// <summary>The status of a person has changed.</summary>
[EventData(PartnerEvents.UserStatusChanged)]
internal sealed record UserStatusChangedData
{
    /// <summary>Our id of the person.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public required string UserId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>The link that caused it. Absent where none did, as with the identity API.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public string? LinkId { get; init; }

    /// <summary>Where the person stands now.</summary>
    /// <example>cip_verified</example>
    public required UserStatus Status { get; init; }

    /// <summary>Where the person stood before.</summary>
    /// <example>cip_pending</example>
    public required UserStatus PreviousStatus { get; init; }

    /// <summary>When it changed.</summary>
    /// <example>2026-11-29T14:03:20.000Z</example>
    public required DateTimeOffset ChangedAt { get; init; }

    /// <summary>The link's metadata, as you gave it. Absent where there is none, and after an erasure.</summary>
    public JsonElement? Metadata { get; init; }
}
