using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>
/// What a request's answer warns of: in the member <c>warnings</c> of its data, and in the identity API, whose answers
/// have no place for it, in the header <c>X-Warnings</c>.
/// </summary>
internal static class RequestWarnings
{
    /// <summary>The header.</summary>
    public const string Header = "X-Warnings";

    /// <summary>More of them would make the header too long for some clients.</summary>
    private const int MostInHeader = 20;

    private static readonly object Body = new();

    /// <summary>Keeps the reader of the body, which collects warnings until the answer is written.</summary>
    public static void Keep(HttpRequest request, JsonInput body) => request.HttpContext.Items[Body] = body;

    /// <summary>The warnings for an answer.</summary>
    public static IReadOnlyList<ErrorDetail> Of(HttpContext http) => (http.Items[Body] as JsonInput)?.Warnings ?? [];

    /// <summary>The same as a header: each the field and the message, which here has no semicolon, in ASCII.</summary>
    public static string AsHeader(IReadOnlyList<ErrorDetail> warnings) =>
        string.Join(
            "; ",
            warnings.Take(MostInHeader).Select(warning => Printable($"{warning.Field} {warning.Message}"))
        );

    private static string Printable(string text) =>
        string.Concat(text.Select(c => c is < ' ' or > '~' ? '?' : c).Select(c => c == ';' ? ',' : c));
}
