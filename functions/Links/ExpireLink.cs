using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Webhooks;

namespace Serverless.Functions.Links;

/// <summary>Activity: moves a link to expired if its stored state and the clock still say so.</summary>
internal sealed class ExpireLink(LinkStore links, TimeProvider time)
{
    public const string Name = nameof(ExpireLink);

    [Function(Name)]
    public Task RunAsync([ActivityTrigger] string linkId, CancellationToken ct)
    {
        var now = time.Now();
        return links.ChangeAsync(LinkId.FromStorage(linkId), now, link => Expired(link, now), ct);
    }

    private static LinkChange? Expired(Link link, DateTimeOffset now)
    {
        if (now < link.ExpiresAt || !LinkTransitions.Allows(link.Stored, LinkStatus.Expired))
            return null;
        var expired = link with { Stored = LinkStatus.Expired, ExpiredAt = now };
        return new LinkChange(expired, EventRow.New(WebhookEvents.LinkExpired, link, now, LinkEvents.Expired(expired)));
    }
}
