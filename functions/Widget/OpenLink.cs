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
    [Answers(200, typeof(OpenedLink))]
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
        if (result is not { Link: var link })
            return Answer.Error(ApiError.NotFound);
        if (http.HasFormContentType)
        {
            // The fragment makes the page continue without another press.
            http.HttpContext.Response.Headers.Location =
                $"/widget/{id}/{link.Flow}{WidgetLanguage.QueryOf(http)}#opened";
            return Results.StatusCode(StatusCodes.Status303SeeOther);
        }
        return link.StatusAt(time.GetUtcNow()) switch
        {
            LinkStatus.Expired => Answer.Error(ApiError.LinkExpired),
            LinkStatus.Revoked => Answer.Error(ApiError.LinkRevoked),
            LinkStatus.Completed => Answer.Error(ApiError.LinkCompleted),
            var status => Answer.Ok(
                new OpenedLink
                {
                    LinkId = id.Value,
                    Status = status,
                    OpenedAt = link.OpenedAt!.Value,
                    ExpiresAt = link.ExpiresAt,
                    Session = await sessions.IssueAsync(link, ct),
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

/// <summary>A link that is open, and the session to use it with.</summary>
internal sealed record OpenedLink
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary><c>opened</c> or <c>in_progress</c>.</summary>
    /// <example>opened</example>
    public required LinkStatus Status { get; init; }

    /// <summary>When it was first opened.</summary>
    /// <example>2026-11-29T14:02:10.000Z</example>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>When it expires.</summary>
    /// <example>2026-11-29T15:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>
    /// A secret: send it as <c>Authorization: Bearer</c> to the link's other routes. It ends a day after the link's
    /// expiry.
    /// </summary>
    /// <example>1796050800.c2VjcmV0LW9mLXRoaXMtbGluaw</example>
    public required string Session { get; init; }
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
