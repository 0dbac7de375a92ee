using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Widget;

/// <summary>
/// The page around the widget: the texts that need no session, in the person's language; then the script takes over.
/// </summary>
internal static class WidgetShell
{
    /// <summary>The page of a link.</summary>
    public static IResult Show(HttpRequest http, Link link, Partner? partner, DateTimeOffset now)
    {
        var spanish = WidgetLanguage.IsSpanish(http, link);
        var text = ShellText.Of(link, now, spanish);
        return Answer(
            http,
            partner,
            text.Status,
            new Page(text, partner, link, link.StatusAt(now), spanish).Html(http)
        );
    }

    /// <summary>The page of an address without a link.</summary>
    public static IResult Show(HttpRequest http, DeadPage page, Partner? partner)
    {
        var spanish = WidgetLanguage.IsSpanish(http, link: null);
        var text = ShellText.Of(page, spanish);
        return Answer(http, partner, text.Status, new Page(text, partner, null, null, spanish).Html(http));
    }

    /// <summary>
    /// A page that isolates itself (COEP: require-corp) can only embed pages that allow it and isolate themselves,
    /// too. The content security policy decides who may embed this one.
    /// </summary>
    public static void MayBeEmbedded(IHeaderDictionary headers)
    {
        headers["Cross-Origin-Embedder-Policy"] = "require-corp";
        headers["Cross-Origin-Resource-Policy"] = "cross-origin";
    }

    private static IResult Answer(HttpRequest http, Partner? partner, int status, string html)
    {
        var headers = http.HttpContext.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy(partner?.Settings.AllowedOrigins ?? []);
        MayBeEmbedded(headers);
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Permissions-Policy"] = "geolocation=(), microphone=(), payment=()";
        headers.XContentTypeOptions = "nosniff";
        return Results.Content(html, "text/html; charset=utf-8", Encoding.UTF8, status);
    }

    /// <summary>Nothing from other origins, nothing inline; only the partner's own pages may embed it.</summary>
    private static string ContentSecurityPolicy(IReadOnlyList<string> frameAncestors) =>
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
        + $"frame-ancestors {(frameAncestors.Count == 0 ? "'none'" : string.Join(' ', frameAncestors))}; base-uri 'none'; form-action 'self'";

    /// <summary>A page as HTML.</summary>
    /// <param name="Text">What it says.</param>
    /// <param name="Partner">Whose it is; null where that is not known.</param>
    /// <param name="Link">The link; null where there is none.</param>
    /// <param name="Status">Where the link stands.</param>
    /// <param name="Spanish">True for Spanish, false for English.</param>
    private sealed record Page(ShellText Text, Partner? Partner, Link? Link, LinkStatus? Status, bool Spanish)
    {
        private string Name => Partner?.Name ?? "";

        private bool OnlyVerifies => Link?.Flow == StartKycSession.Flow;

        private bool IsOpen => Status is LinkStatus.Created or LinkStatus.Opened or LinkStatus.InProgress;

        public string Html(HttpRequest http)
        {
            var theme = Link?.Theme ?? Partner?.Settings.Theme;
            var version = WidgetAssets.Version;
            var script = Link is null
                ? ""
                : $"<script type=\"module\" src=\"/widget/assets/widget.js?v={version}\"></script>";
            return $"""
                <!doctype html>
                <html lang="{In("en", "es")}"{(theme is null ? "" : $" data-theme=\"{Escape(theme)}\"")}>
                <head>
                <meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex"><meta name="color-scheme" content="light dark">
                <title>{Escape(Text.Title)}</title>
                <link rel="icon" href="data:,"><link rel="stylesheet" href="/widget/assets/widget.css?v={version}">
                {script}
                </head>
                <body data-link="{Escape(Link?.Id.Value ?? "")}" data-status="{Status?.ToString().ToLowerInvariant()
                    ?? "unknown"}" data-protocol="{(OnlyVerifies ? "banxa" : "m2m")}" data-origins="{Escape(
                    string.Join(' ', Partner?.Settings.AllowedOrigins ?? [])
                )}">
                <header class="bar">{Brand()}{LanguageSwitch()}</header>
                <main id="view" class="card"><div class="hero" aria-hidden="true"></div><h1>{Escape(Text.Title)}</h1><p>{Advice()}</p>{(IsOpen ? Opening(http) : WayBack())}</main>
                <div id="live" class="unseen" role="status" aria-live="polite"></div>
                <footer class="foot">{Footer()}</footer>
                </body>
                </html>
                """;
        }

        private string In(string english, string spanish) => Spanish ? spanish : english;

        private string Advice()
        {
            var who = Name.Length > 0 ? Exact(Name) : In("whoever sent it to you", "quien te lo envió");
            return Escape(Text.Text).Replace(ShellText.Who, who, StringComparison.Ordinal);
        }

        /// <summary>What a browser that translates the page leaves alone.</summary>
        private static string Exact(string text) => $"<span translate=\"no\">{Escape(text)}</span>";

        private string Brand()
        {
            var sign = Name.Length > 0 ? StringInfo.GetNextTextElement(Name).ToUpperInvariant() : "→";
            return $"""<span class="mark" aria-hidden="true" translate="no">{Escape(sign)}</span><span class="name" translate="no">{Escape(Name.Length > 0 ? Name : "Me2Me")}</span>""";
        }

        /// <summary>The other language, in its own words, at the same address.</summary>
        private string LanguageSwitch()
        {
            var (query, other, word) = (WidgetLanguage.QueryFor(!Spanish), In("es", "en"), In("Español", "English"));
            return $"""<a href="{query}" lang="{other}" hreflang="{other}" translate="no">{word}</a>""";
        }

        /// <summary>
        /// A form that the script enhances. Without the script, it opens the link all the same and returns the page
        /// again.
        /// </summary>
        private string Opening(HttpRequest http) =>
            $"""
                <form method="post" action="/widget/links/{Escape(Link!.Id.Value)}/open{WidgetLanguage.QueryOf(
                    http
                )}"><button id="continue" class="primary">{In("Continue", "Continuar")}</button></form>
                <noscript><p class="note">{In(
                    "Turn on JavaScript to continue.",
                    "Activa JavaScript para continuar."
                )}</p></noscript>
                """;

        /// <summary>Where nothing can be done here, the partner's own page is what is left.</summary>
        private string WayBack() =>
            Partner?.Settings.ReturnUrl is { } url
                ? $"""<a class="button" href="{Escape(url)}" rel="noreferrer">{In("Back to", "Volver a")} {Exact(Name)}</a>"""
                : "";

        private string Footer()
        {
            var promise = OnlyVerifies
                ? In(
                    "Your data is encrypted and used to verify your identity only.",
                    "Tus datos viajan cifrados y solo se usan para verificar tu identidad."
                )
                : In(
                    "Your data is encrypted and used for your transfers only.",
                    "Tus datos viajan cifrados y solo se usan para tus transferencias."
                );
            return $"<p>{promise}</p>"
                + PartnerPage(Partner?.Settings.TermsUrl, In("Terms", "Condiciones"))
                + PartnerPage(Partner?.Settings.PrivacyUrl, In("Privacy", "Privacidad"));
        }

        /// <summary>Beside what the person is doing, which stays where it is.</summary>
        private static string PartnerPage(string? url, string word) =>
            url is null ? "" : $"""<a href="{Escape(url)}" target="_blank" rel="noopener noreferrer">{word}</a>""";

        private static string Escape(string text) => WebUtility.HtmlEncode(text);
    }
}
