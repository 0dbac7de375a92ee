using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Time;

namespace Serverless.Functions.Http;

/// <summary>The contract's envelope around every answer.</summary>
internal static class Answer
{
    /// <summary>
    /// Camel case, no nulls, timestamps as ISO 8601 UTC with milliseconds, no escapes beyond those that JSON requires.
    /// </summary>
    public static JsonSerializerOptions Json { get; } =
        new(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new TimestampConverter(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        };

    /// <summary>200 with data.</summary>
    public static IResult Ok<T>(T data) => new Enveloped<T>(200, data);

    /// <summary>201 with data.</summary>
    public static IResult Created<T>(T data) => new Enveloped<T>(201, data);

    /// <summary>202 with data: started, not finished.</summary>
    public static IResult Accepted<T>(T data) => new Enveloped<T>(202, data);

    /// <summary>The error's status and body.</summary>
    public static IResult Error(ApiError error) => new Failed(error);

    private sealed record Enveloped<T>(int Status, T Data) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) =>
            WriteAsync(httpContext, Status, new { success = true, data = Data });
    }

    private sealed record Failed(ApiError Error) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) =>
            WriteAsync(
                httpContext,
                Error.Status,
                new
                {
                    success = false,
                    error = new
                    {
                        code = Error.Code,
                        message = Error.Message,
                        details = Error.Details.Count == 0 ? null : Error.Details,
                        link = Error.Link,
                    },
                }
            );
    }

    internal static async Task WriteAsync<T>(HttpContext context, int status, T body)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, Json);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
