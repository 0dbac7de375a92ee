using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>GET</c> of a link's URL: the widget's shell. Changes nothing, because mail and chat scanners fetch every URL;
/// the link is only opened by the POST when the person presses Continue.
/// </summary>
internal sealed class LinkPage(LinkStore links, PartnerDirectory partners, TimeProvider time)
{
    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    );

    // The host matches functions in the order of their names: WidgetAssets has its own route under this template and
    // must come first.
    [Function("WidgetPage")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "widget/{linkId}/{flow}")] HttpRequest http,
        string linkId,
        string flow
    ) => ShowAsync(http, linkId, flow);

    /// <summary>A link's URL whose last part was cut off.</summary>
    [Function("WidgetPageCutShort")]
    public Task<IResult> RunCutShort(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "widget/{linkId}")] HttpRequest http,
        string linkId
    ) => ShowAsync(http, linkId, "");

    private async Task<IResult> ShowAsync(HttpRequest http, string linkId, string flow)
    {
        var ct = http.HttpContext.RequestAborted;
        // An address that has lost its end still says whose it is, in most cases.
        if (!LinkId.TryParse(Bare(linkId), out var id))
            return WidgetShell.Show(http, DeadPage.CutShort, await FindPartnerAsync(linkId, ct));
        var partner = await partners.FindAsync(id.Partner, ct);
        var link = (await links.FindAsync(id, ct))?.Link;
        if (link is null || (Bare(flow) != link.Flow && flow.Length > 0))
            return WidgetShell.Show(http, DeadPage.Unknown, partner);
        return linkId == link.Id.Value && flow == link.Flow
            ? WidgetShell.Show(http, link, partner, time.GetUtcNow())
            : Results.Redirect(link.Url + WidgetLanguage.QueryOf(http));
    }

    private async Task<Partner?> FindPartnerAsync(string linkId, CancellationToken ct) =>
        linkId.Split('_') is ["link", { } name, _] && PartnerId.TryParse(name, out var partner)
            ? await partners.FindAsync(partner, ct)
            : null;

    /// <summary>
    /// Removes a trailing full stop, bracket or quotation mark that a mail program included in the link.
    /// </summary>
    private static string Bare(string part) => part[..(part.AsSpan().LastIndexOfAny(LettersAndDigits) + 1)];
}
