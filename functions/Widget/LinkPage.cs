using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>GET</c> of a link's URL: the widget's shell. Inert: scanners of mail and chat fetch every URL that they see, so
/// this changes nothing; the person's press on Continue posts the opening.
/// </summary>
internal sealed class LinkPage(LinkStore links, PartnerDirectory partners, TimeProvider time)
{
    private static readonly SearchValues<char> LettersAndDigits = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    );

    // The host tries functions in the order of their names: WidgetAssets has its own under this template, and comes
    // first.
    [Function("WidgetPage")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "widget/{linkId}/{flow}")] HttpRequest http,
        string linkId,
        string flow
    ) => ShowAsync(http, linkId, flow);

    /// <summary>An address that lost its last part on the way.</summary>
    [Function("WidgetPageCutShort")]
    public Task<IResult> RunCutShort(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "widget/{linkId}")] HttpRequest http,
        string linkId
    ) => ShowAsync(http, linkId, "");

    private async Task<IResult> ShowAsync(HttpRequest http, string linkId, string flow)
    {
        var ct = http.HttpContext.RequestAborted;
        var link = LinkId.TryParse(Bare(linkId), out var id) ? (await links.FindAsync(id, ct))?.Link : null;
        if (link is null || (Bare(flow) != link.Flow && flow.Length > 0))
            return WidgetShell.NotFound(http);
        if (linkId != link.Id.Value || flow != link.Flow)
            return Results.Redirect(link.Url);
        return WidgetShell.Show(http, link, await partners.FindAsync(link.Id.Partner, ct), time.GetUtcNow());
    }

    /// <summary>
    /// Without the full stop, bracket or quotation mark that a mail program took for a part of the address.
    /// </summary>
    private static string Bare(string part) => part[..(part.AsSpan().LastIndexOfAny(LettersAndDigits) + 1)];
}
