using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>Headers that have one value.</summary>
internal static class RequestHeaders
{
    /// <summary>
    /// The value of a header; null when it was not sent. Headers of one name arrive from the Functions host as one,
    /// joined by commas, so that is what several are here wherever they come from: a value that must not hold a comma
    /// is never one of two.
    /// </summary>
    public static string? HeaderText(this HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var values) ? string.Join(", ", values.ToArray()) : null;
}
