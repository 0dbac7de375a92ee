using System.Text.Json;
using Serverless.Functions.Http;
using Serverless.Functions.Time;

namespace Serverless.Functions.Links;

/// <summary>Errors that tell the link's state and what the partner can do about it.</summary>
internal static class LinkErrors
{
    /// <summary>
    /// The old form of the 409, without the link: only for a repeated request whose first answer had this form.
    /// </summary>
    public static ApiError SomeActiveLinkExists { get; } =
        new(
            409,
            ErrorCodes.ActiveLinkExists,
            "This user already has an active link. Wait until it is completed or expired, or revoke it."
        );

    /// <summary>409 with the active link, which the partner can send again.</summary>
    public static ApiError ActiveLinkExists(Link live, DateTimeOffset now)
    {
        var until = Timestamps.Format(live.ExpiresAt);
        var status = live.StatusAt(now);
        var way = LinkTransitions.Allows(status, LinkStatus.Revoked)
            ? "Send that one again, revoke it, or wait until it is completed or expired."
            : "Send that one again, or wait until it is completed or expired: a link in progress cannot be revoked.";
        return new(
            409,
            ErrorCodes.ActiveLinkExists,
            $"This user has an active link until {until}; link says which. {way}"
        )
        {
            Link = new ConflictingLink
            {
                LinkId = live.Id.Value,
                Status = JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString()),
                Url = live.Url,
                ExpiresAt = live.ExpiresAt,
            },
        };
    }

    /// <summary>409 for a link that is in progress or closed.</summary>
    public static ApiError NotRevocable(Link link, DateTimeOffset now)
    {
        var why = link.StatusAt(now) switch
        {
            LinkStatus.InProgress =>
                $"This link is in progress: it ends when it is completed, or at {Timestamps.Format(link.ExpiresAt)}.",
            var status => $"This link is already {status.ToString().ToLowerInvariant()}.",
        };
        return new(409, ErrorCodes.LinkNotRevocable, $"{why} Only a link that is created or opened can be revoked.");
    }
}
