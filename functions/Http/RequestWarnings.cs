using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>
/// What a request's answer warns of: in the member <c>warnings</c>, and under <c>/eapi</c>, whose answers have no place
/// for it, in the header <c>X-Warnings</c>.
/// </summary>
internal static class RequestWarnings
{
    /// <summary>The header.</summary>
    public const string Header = "X-Warnings";

    private static readonly object Body = new();

    /// <summary>Keeps the reader of the body, which collects warnings until the answer is written.</summary>
    public static void Keep(HttpRequest request, JsonInput body) => request.HttpContext.Items[Body] = body;

    /// <summary>The warnings for an answer.</summary>
    public static IReadOnlyList<ErrorDetail> Of(HttpContext http) => (http.Items[Body] as JsonInput)?.Warnings ?? [];
}
