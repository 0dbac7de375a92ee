using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Net.Http.Headers;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>POST /widget/links/{linkId}/open</c>: sent by the link's page when the person continues. The first opening
/// changes the link and notifies the partner; further ones change nothing. A browser's form post is answered with the
/// page, everything else with JSON.
/// </summary>
internal sealed class OpenLink(
    LinkStore links,
    PartnerDirectory partners,
    PublicAddress address,
    WidgetSession sessions,
    TimeProvider time
)
{
    [Function(nameof(OpenLink))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "widget/links/{linkId}/open")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (!LinkId.TryParse(linkId, out var id))
            return Answer.Error(ApiError.NotFound);
        var device = Devices.Describe(http.Headers);
        var now = time.Now();
        var partner = await partners.FindAsync(id.Partner, ct);
        var result = await links.ChangeAsync(
            id,
            (person, link) => Open(person, link, device, partner, address.Of(http), now),
            ct
        );
        if (result is not var (link, _))
            return Answer.Error(ApiError.NotFound);
        if (http.HasFormContentType)
        {
            // The fragment makes the page continue without another press.
            http.HttpContext.Response.Headers.Location = $"/widget/{id}/{link.Flow}#opened";
            return Results.StatusCode(StatusCodes.Status303SeeOther);
        }
        return link.StatusAt(time.GetUtcNow()) switch
        {
            LinkStatus.Expired => Answer.Error(ApiError.LinkExpired),
            LinkStatus.Revoked => Answer.Error(ApiError.LinkRevoked),
            LinkStatus.Completed => Answer.Error(ApiError.LinkCompleted),
            var status => Answer.Ok(
                new
                {
                    linkId = id.Value,
                    status,
                    openedAt = link.OpenedAt,
                    expiresAt = link.ExpiresAt,
                    session = await sessions.IssueAsync(link, ct),
                }
            ),
        };
    }

    private static Link? Open(
        Person person,
        Link link,
        DeviceInfo device,
        Partner? partner,
        string baseUrl,
        DateTimeOffset now
    )
    {
        if (!LinkTransitions.Allows(link.StatusAt(now), LinkStatus.Opened))
            return null;
        var opened = link with { Stored = LinkStatus.Opened, OpenedAt = now, Device = device };
        person.Update(opened, now);
        person.Raise(LinkEvents.New(PartnerEvents.LinkOpened, link, now, LinkEvents.Opened(opened)));
        AskPartner.OnOpening(person, opened, partner, baseUrl, now);
        return opened;
    }
}

/// <summary>Detects the device from a request's headers.</summary>
internal static class Devices
{
    private const int MaxUserAgent = 512;

    // The order matters: an iPad's agent also contains "Mac OS X", an Android's also "Linux".
    private static readonly (string Token, string Platform)[] Platforms =
    [
        ("iPhone", "iOS"),
        ("iPad", "iOS"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];

    public static DeviceInfo Describe(IHeaderDictionary headers)
    {
        var agent = Clean(headers.UserAgent.ToString());
        var platform =
            Array.Find(Platforms, known => agent.Contains(known.Token, StringComparison.Ordinal)).Platform ?? "unknown";
        // The preferred language as BCP 47: the first of Accept-Language.
        var language = StringWithQualityHeaderValue.TryParseList(headers.AcceptLanguage, out var languages)
            ? languages.OrderByDescending(tag => tag.Quality ?? 1).Select(tag => tag.Value.Value).FirstOrDefault()
            : null;
        return new DeviceInfo(agent, platform, language is { Length: > 0 and <= 35 } and not "*" ? language : "und");
    }

    private static string Clean(string text) => new([.. text.Where(c => !char.IsControl(c)).Take(MaxUserAgent)]);
}
