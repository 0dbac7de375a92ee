namespace Serverless.Functions.Links;

/// <summary>Status of a link.</summary>
internal enum LinkStatus
{
    /// <summary>Not opened yet.</summary>
    Created,

    /// <summary>Opened at least once.</summary>
    Opened,

    /// <summary>The person has reached the verification: the link can no longer be revoked.</summary>
    InProgress,

    /// <summary>A transfer was confirmed: final.</summary>
    Completed,

    /// <summary>Its time is up: final.</summary>
    Expired,

    /// <summary>Revoked: final.</summary>
    Revoked,
}

/// <summary>The allowed changes of a link's status: one table, used by every change.</summary>
internal static class LinkTransitions
{
    private static readonly HashSet<(LinkStatus From, LinkStatus To)> Allowed =
    [
        (LinkStatus.Created, LinkStatus.Opened),
        (LinkStatus.Opened, LinkStatus.InProgress),
        (LinkStatus.InProgress, LinkStatus.Completed),
        (LinkStatus.Created, LinkStatus.Expired),
        (LinkStatus.Opened, LinkStatus.Expired),
        (LinkStatus.InProgress, LinkStatus.Expired),
        (LinkStatus.Created, LinkStatus.Revoked),
        (LinkStatus.Opened, LinkStatus.Revoked),
    ];

    public static bool Allows(LinkStatus from, LinkStatus to) => Allowed.Contains((from, to));

    /// <summary>True if no other status can follow.</summary>
    public static bool IsFinal(LinkStatus status) => !Allowed.Any(move => move.From == status);
}
