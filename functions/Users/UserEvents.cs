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
            new
            {
                userId = user.UserId,
                referenceId = user.Key.Reference.Value,
                linkId = link?.Id,
                status = user.Status,
                previousStatus = before,
                changedAt = user.UpdatedAt,
                metadata = link?.Metadata,
            },
            starts
        ) with
        {
            OfAccount = (user.Root ?? user.MergingInto) is not null,
        };
}
