namespace Serverless.Functions.Users;

/// <summary>The pointer to a person's active link.</summary>
internal sealed record ActiveLink(string LinkId, DateTimeOffset ExpiresAt)
{
    /// <summary>True while the link can be used; a stale pointer (its timer is late) does not count.</summary>
    public bool IsLive(DateTimeOffset now) => now < ExpiresAt;
}
