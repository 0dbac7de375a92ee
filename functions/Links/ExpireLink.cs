using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>Activity: expires a link that is not closed yet.</summary>
/// <remarks>
/// Trusts the orchestration's timer and does not check the clock: this runs once, perhaps on another machine, and a
/// clock slightly behind would leave the link open for ever.
/// </remarks>
internal sealed class ExpireLink(LinkStore links, TimeProvider time)
{
    public const string Name = nameof(ExpireLink);

    [Function(Name)]
    public Task RunAsync([ActivityTrigger] string linkId, CancellationToken ct)
    {
        var now = time.Now();
        return links.ChangeAsync(LinkId.FromStorage(linkId), (person, link) => Expire(person, link, now), ct);
    }

    private Link? Expire(Person person, Link link, DateTimeOffset now)
    {
        if (!LinkTransitions.Allows(link.Stored, LinkStatus.Expired))
            return null;
        var at = now > link.ExpiresAt ? now : link.ExpiresAt;
        var expired = link with { Stored = LinkStatus.Expired, ExpiredAt = at };
        links.Close(person, expired, isTimeUp: true, at);
        return expired;
    }
}
