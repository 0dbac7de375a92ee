using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Partners;
using Serverless.Functions.Widget;

namespace Serverless.Functions.Links;

/// <summary>
/// <c>GET</c> of a link's URL: the widget's shell. Inert: scanners of mail and chat fetch every URL that they see, so this changes nothing; the person's press on
/// Continue posts the opening.
/// </summary>
internal sealed class LinkPage(LinkStore links, PartnerDirectory partners, TimeProvider time)
{
    // The host tries functions in the order of their names: WidgetAssets has its own under this template, and comes
    // first.
    [Function("WidgetPage")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "widget/{linkId}/{flow}")] HttpRequest http,
        string linkId,
        string flow)
    {
        var ct = http.HttpContext.RequestAborted;
        var link = LinkId.TryParse(linkId, out var id) ? (await links.FindAsync(id, ct))?.Link : null;
        if (link?.Flow != flow)
            link = null;
        var partner = link is null ? null : await partners.FindAsync(link.Id.Partner, ct);
        var spanish = (link?.Language ?? Devices.Describe(http.Headers).Language).StartsWith("es", StringComparison.OrdinalIgnoreCase);
        var page = WidgetShell.Page(link, partner, spanish, time.GetUtcNow());
        var headers = http.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = WidgetShell.ContentSecurityPolicy(partner?.Settings.AllowedOrigins ?? []);
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "geolocation=(), microphone=(), payment=()";
        headers.XContentTypeOptions = "nosniff";
        return Results.Content(page.Html, "text/html; charset=utf-8", Encoding.UTF8, page.Status);
    }
}
