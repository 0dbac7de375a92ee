namespace Serverless.Functions.Links;

/// <summary>Where a link stands.</summary>
internal enum LinkStatus
{
    Created,
    Opened,
    InProgress,
    Completed,
    Expired,
    Revoked,
}

/// <summary>The allowed moves of a link: one table, asked by everything that changes one.</summary>
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

    /// <summary>True when nothing can follow.</summary>
    public static bool IsFinal(LinkStatus status) => !Allowed.Any(move => move.From == status);
}
