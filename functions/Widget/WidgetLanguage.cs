using Microsoft.AspNetCore.Http;
using Serverless.Functions.Links;

namespace Serverless.Functions.Widget;

/// <summary>
/// The language of the page: what the person has chosen on it, else the link's, else the browser's. Each page is there
/// in English and in Spanish.
/// </summary>
internal static class WidgetLanguage
{
    private const string Parameter = "lang";

    /// <summary>True for Spanish, false for English.</summary>
    public static bool IsSpanish(HttpRequest http, Link? link) =>
        (ChosenIn(http) ?? link?.Language ?? Devices.Describe(http.Headers).Language).StartsWith(
            "es",
            StringComparison.OrdinalIgnoreCase
        );

    /// <summary>The choice as a query, to be kept from one page to the next; empty where there was none.</summary>
    public static string QueryOf(HttpRequest http) => ChosenIn(http) is { } chosen ? QueryFor(chosen == "es") : "";

    /// <summary>The query that chooses a language.</summary>
    public static string QueryFor(bool spanish) => $"?{Parameter}={(spanish ? "es" : "en")}";

    private static string? ChosenIn(HttpRequest http) =>
        http.Query[Parameter].ToString() is "en" or "es" ? http.Query[Parameter].ToString() : null;
}
