using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Widget;

/// <summary>
/// The page around the widget: the texts that need no session, in the person's language; then the script takes over.
/// </summary>
internal static class WidgetShell
{
    /// <summary>Nothing from other origins, nothing inline; only the partner's own pages may embed it.</summary>
    private static string ContentSecurityPolicy(IReadOnlyList<string> frameAncestors) =>
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
        + $"frame-ancestors {(frameAncestors.Count == 0 ? "'none'" : string.Join(' ', frameAncestors))}; base-uri 'none'; form-action 'self'";

    /// <summary>The page as an answer.</summary>
    public static IResult Show(HttpRequest http, Link? link, Partner? partner, DateTimeOffset now)
    {
        var language = link?.Language ?? Devices.Describe(http.Headers).Language;
        var page = Page(link, partner, language.StartsWith("es", StringComparison.OrdinalIgnoreCase), now);
        var headers = http.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy(partner?.Settings.AllowedOrigins ?? []);
        MayBeEmbedded(headers);
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "geolocation=(), microphone=(), payment=()";
        headers.XContentTypeOptions = "nosniff";
        return Results.Content(page.Html, "text/html; charset=utf-8", Encoding.UTF8, page.Status);
    }

    /// <summary>The page for a URL without a link.</summary>
    public static IResult NotFound(HttpRequest http) => Show(http, null, null, DateTimeOffset.UnixEpoch);

    /// <summary>
    /// A page that isolates itself (COEP: require-corp) can only embed pages that allow it and isolate themselves,
    /// too. The content security policy decides who may embed this one.
    /// </summary>
    public static void MayBeEmbedded(IHeaderDictionary headers)
    {
        headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
    }

    private static (int Status, string Html) Page(Link? link, Partner? partner, bool spanish, DateTimeOffset now)
    {
        LinkStatus? where = link?.StatusAt(now);
        var onlyVerifies = link?.Flow == StartKycSession.Flow;
        var (status, title, text) =
            onlyVerifies && VerificationTexts(where, spanish) is { } texts ? texts : Texts(where, spanish);
        var open = where is LinkStatus.Created or LinkStatus.Opened or LinkStatus.InProgress;
        var theme = link?.Theme ?? partner?.Settings.Theme;
        var name = partner?.Name ?? "";
        var version = WidgetAssets.Version;
        return (
            status,
            $"""
            <!doctype html>
            <html lang="{(spanish ? "es" : "en")}"{(theme is null ? "" : $" data-theme=\"{Html(theme)}\"")}>
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">
            <title>{Html(title)}</title>
            <link rel="icon" href="data:,"><link rel="stylesheet" href="/widget/assets/widget.css?v={version}">
            {(link is null ? "" : $"<script type=\"module\" src=\"/widget/assets/widget.js?v={version}\"></script>")}
            </head>
            <body data-link="{Html(link?.Id.Value ?? "")}" data-status="{where?.ToString().ToLowerInvariant()
                ?? "unknown"}" data-protocol="{(onlyVerifies ? "banxa" : "m2m")}" data-origins="{Html(
                string.Join(' ', partner?.Settings.AllowedOrigins ?? [])
            )}">
            <header class="bar"><span class="mark" aria-hidden="true" translate="no">{Html(
                name.Length > 0 ? StringInfo.GetNextTextElement(name).ToUpperInvariant() : "→"
            )}</span><span class="name" translate="no">{Html(
                name.Length > 0 ? name : "Me2Me"
            )}</span><span class="safe">{(spanish ? "Conexión segura" : "Secure")}</span></header>
            <main id="view" class="card"><div class="hero" aria-hidden="true"></div><h1>{Html(title)}</h1><p>{Html(
                text
            )}</p>{(open ? Opening(link!.Id, spanish) : "")}</main>
            <div id="live" class="unseen" role="status" aria-live="polite"></div>
            <footer class="foot">{Html(Footer(onlyVerifies, spanish))}</footer>
            </body>
            </html>
            """
        );
    }

    /// <summary>
    /// A form that the script enhances. Without the script, it opens the link all the same and returns the page again.
    /// </summary>
    private static string Opening(LinkId link, bool spanish) =>
        $"""
            <form method="post" action="/widget/links/{Html(link.Value)}/open"><button id="continue" class="primary">{(
                spanish ? "Continuar" : "Continue"
            )}</button></form>
            <noscript><p class="note">{(
                spanish ? "Activa JavaScript para continuar." : "Turn on JavaScript to continue."
            )}</p></noscript>
            """;

    private static string Html(string text) => WebUtility.HtmlEncode(text);

    private static string Footer(bool onlyVerifies, bool spanish) =>
        (onlyVerifies, spanish) switch
        {
            (false, false) => "Your data is encrypted and used for your transfers only.",
            (false, true) => "Tus datos viajan cifrados y solo se usan para tus transferencias.",
            (true, false) => "Your data is encrypted and used to verify your identity only.",
            (true, true) => "Tus datos viajan cifrados y solo se usan para verificar tu identidad.",
        };

    /// <summary>The texts for a link that ends with the verification: they do not mention a transfer.</summary>
    private static (int Status, string Title, string Text)? VerificationTexts(LinkStatus? status, bool spanish) =>
        (status, spanish) switch
        {
            (LinkStatus.Created, false) => (
                200,
                "Let us verify your identity",
                "It takes a few minutes. Have your document at hand."
            ),
            (LinkStatus.Created, true) => (
                200,
                "Verifiquemos tu identidad",
                "Toma unos minutos. Ten tu documento a la mano."
            ),
            (LinkStatus.Opened or LinkStatus.InProgress, false) => (
                200,
                "Your verification is open",
                "Go on where you left off, at any time until the link expires."
            ),
            (LinkStatus.Opened or LinkStatus.InProgress, true) => (
                200,
                "Tu verificación está abierta",
                "Continúa donde la dejaste, hasta que el enlace caduque."
            ),
            _ => null,
        };

    private static (int Status, string Title, string Text) Texts(LinkStatus? status, bool spanish) =>
        (status, spanish) switch
        {
            (LinkStatus.Created, false) => (
                200,
                "Your transfer is ready",
                "It takes a few minutes. You see every cost before anything is sent."
            ),
            (LinkStatus.Created, true) => (
                200,
                "Tu transferencia está lista",
                "Toma unos minutos. Verás todos los costos antes de enviar."
            ),
            (LinkStatus.Opened or LinkStatus.InProgress, false) => (
                200,
                "Your transfer is open",
                "Go on where you left off, at any time until the link expires."
            ),
            (LinkStatus.Opened or LinkStatus.InProgress, true) => (
                200,
                "Tu transferencia está abierta",
                "Continúa donde la dejaste, hasta que el enlace caduque."
            ),
            (LinkStatus.Completed, false) => (
                410,
                "This link has been used",
                "The transfer is done; nothing is left to do here."
            ),
            (LinkStatus.Completed, true) => (
                410,
                "Este enlace ya se usó",
                "La transferencia está hecha; no queda nada por hacer."
            ),
            (LinkStatus.Expired, false) => (410, "This link has expired", "Ask whoever sent it to you for a new one."),
            (LinkStatus.Expired, true) => (410, "Este enlace ha caducado", "Pide uno nuevo a quien te lo envió."),
            (LinkStatus.Revoked, false) => (
                410,
                "This link was withdrawn",
                "Ask whoever sent it to you for a new one."
            ),
            (LinkStatus.Revoked, true) => (410, "Este enlace fue retirado", "Pide uno nuevo a quien te lo envió."),
            (_, false) => (
                404,
                "There is no such link",
                "Open it once more from the message that it came with, or ask whoever sent it to you for a new one."
            ),
            (_, true) => (
                404,
                "No existe este enlace",
                "Ábrelo de nuevo desde el mensaje con el que llegó, o pide uno nuevo a quien te lo envió."
            ),
        };
}
