using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>Headers that have one value.</summary>
internal static class RequestHeaders
{
    /// <summary>
    /// The value of a header; null when it was not sent. The Functions host joins repeated headers with commas, and so
    /// does this method. A value without a comma therefore came from a single header.
    /// </summary>
    public static string? HeaderText(this HttpRequest request, string name) =>
        request.Headers.TryGetValue(name, out var values) ? string.Join(", ", values.ToArray()) : null;
}
