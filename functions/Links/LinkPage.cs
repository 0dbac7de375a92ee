using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Functions.Links;

/// <summary>
/// <c>GET</c> of a link's URL. Inert: scanners of mail and chat fetch every URL that they see, so this changes nothing; the person's click posts the opening.
/// </summary>
internal sealed class LinkPage(LinkStore links, TimeProvider time)
{
    private const string Styles =
        "body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark;text-align:center}"
        + "button{font:inherit;padding:.7rem 2rem;border:0;border-radius:.5rem;background:#1456d9;color:#fff;cursor:pointer}button:focus-visible{outline:3px solid #f5b301}";

    private static readonly string ContentSecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(Styles)))}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    [Function(nameof(LinkPage))]
    public async Task<IResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "widget/{linkId}/{flow}")] HttpRequest http, string linkId, string flow, CancellationToken ct)
    {
        var link = LinkId.TryParse(linkId, out var id) ? (await links.FindAsync(id, ct))?.Link : null;
        var spanish = (link?.Language ?? Devices.Describe(http.Headers).Language).StartsWith("es", StringComparison.OrdinalIgnoreCase);
        var (status, title, text) = Words(link is null || link.Flow != flow ? null : link.StatusAt(time.GetUtcNow()), spanish);
        var form = link is not null && status == 200 && link.StatusAt(time.GetUtcNow()) == LinkStatus.Created
            ? $"""<form method="post" action="/widget/links/{id}/open" enctype="application/x-www-form-urlencoded"><button>{(spanish ? "Continuar" : "Continue")}</button></form>"""
            : "";
        http.HttpContext.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        http.HttpContext.Response.Headers.CacheControl = "no-store";
        http.HttpContext.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.HttpContext.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Content($"""
            <!doctype html>
            <html lang="{(spanish ? "es" : "en")}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><title>{WebUtility.HtmlEncode(title)}</title><style>{Styles}</style></head>
            <body><main><h1>{WebUtility.HtmlEncode(title)}</h1><p>{WebUtility.HtmlEncode(text)}</p>{form}</main></body>
            </html>
            """, "text/html; charset=utf-8", Encoding.UTF8, status);
    }

    private static (int Status, string Title, string Text) Words(LinkStatus? status, bool spanish) => (status, spanish) switch
    {
        (LinkStatus.Created, false) => (200, "Your transfer is ready", "Continue to review it."),
        (LinkStatus.Created, true) => (200, "Tu transferencia está lista", "Continúa para revisarla."),
        (LinkStatus.Opened or LinkStatus.InProgress, false) => (200, "Your transfer is open", "You can go on here at any time until the link expires."),
        (LinkStatus.Opened or LinkStatus.InProgress, true) => (200, "Tu transferencia está abierta", "Puedes continuar aquí hasta que el enlace caduque."),
        (LinkStatus.Completed, false) => (410, "This link has been used", "The transfer is done; nothing is left to do here."),
        (LinkStatus.Completed, true) => (410, "Este enlace ya se usó", "La transferencia está hecha; no queda nada por hacer."),
        (LinkStatus.Expired, false) => (410, "This link has expired", "Ask whoever sent it to you for a new one."),
        (LinkStatus.Expired, true) => (410, "Este enlace ha caducado", "Pide uno nuevo a quien te lo envió."),
        (LinkStatus.Revoked, false) => (410, "This link was withdrawn", "Ask whoever sent it to you for a new one."),
        (LinkStatus.Revoked, true) => (410, "Este enlace fue retirado", "Pide uno nuevo a quien te lo envió."),
        (_, false) => (404, "There is no such link", "Check that the address is complete."),
        (_, true) => (404, "No existe este enlace", "Comprueba que la dirección esté completa."),
    };
}
