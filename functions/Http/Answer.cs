using System.Text.Json;
using System.Text.Json.Nodes;
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

    /// <summary>
    /// 200 with a person's picture: nobody keeps it, and a browser that comes to it by its address saves it and shows
    /// nothing.
    /// </summary>
    /// <param name="mediaType">One of <see cref="AnswersPictureAttribute.MediaTypes"/>.</param>
    /// <param name="picture">Its bytes.</param>
    /// <param name="name">The file's name without its ending.</param>
    public static IResult Picture(string mediaType, byte[] picture, string name) =>
        new Pictured(mediaType, picture, $"{name}.{(mediaType == "image/png" ? "png" : "jpg")}");

    /// <summary>The error's status and body.</summary>
    public static IResult Error(ApiError error) => new Failed(error);

    private sealed record Enveloped<T>(int Status, T Data) : IResult, IAnswered
    {
        public string? Code => null;

        public Task ExecuteAsync(HttpContext httpContext) =>
            FunctionApis.HasWarnings(httpContext) && RequestWarnings.Of(httpContext) is { Count: > 0 } warnings
                ? WriteAsync(httpContext, Status, new Success<JsonObject> { IsSuccess = true, Data = With(warnings) })
                : WriteAsync(httpContext, Status, new Success<T> { IsSuccess = true, Data = Data });

        /// <summary>The data and, as its last member, the warnings.</summary>
        private JsonObject With(IReadOnlyList<ErrorDetail> warnings)
        {
            var data = JsonSerializer.SerializeToNode(Data, Json)!.AsObject();
            data["warnings"] = JsonSerializer.SerializeToNode(warnings, Json);
            return data;
        }
    }

    private sealed record Pictured(string MediaType, byte[] Bytes, string FileName) : IResult, IAnswered
    {
        public int Status => 200;

        public string? Code => null;

        public Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.ContentType = MediaType;
            response.ContentLength = Bytes.Length;
            response.Headers.ContentDisposition = $"attachment; filename=\"{FileName}\"";
            response.Headers.CacheControl = "no-store";
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
            response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
            response.Headers["Referrer-Policy"] = "no-referrer";
            return response.Body.WriteAsync(Bytes, httpContext.RequestAborted).AsTask();
        }
    }

    private sealed record Failed(ApiError Error) : IResult, IAnswered
    {
        public int Status => Error.Status;

        public string? Code => Error.Code;

        public Task ExecuteAsync(HttpContext httpContext) =>
            WriteAsync(
                httpContext,
                Error.Status,
                new Failure
                {
                    Success = false,
                    Error = new FailureError
                    {
                        Code = Error.Code,
                        Message = Error.Message,
                        Details = Error.Details.Count == 0 ? null : Error.Details,
                        Link = Error.Link,
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

/// <summary>The envelope around the data of every answer that succeeds.</summary>
internal sealed record Success<T>
{
    /// <summary>Always <c>true</c>: the request was carried out.</summary>
    /// <example>true</example>
    [JsonPropertyName("success")]
    public required bool IsSuccess { get; init; }

    /// <summary>What the route answers with.</summary>
    public required T Data { get; init; }
}

/// <summary>The body of every answer that fails. Nothing was changed, unless the error's text says otherwise.</summary>
internal sealed record Failure
{
    /// <summary>Always <c>false</c>.</summary>
    /// <example>false</example>
    public required bool Success { get; init; }

    /// <summary>What went wrong.</summary>
    public required FailureError Error { get; init; }
}

/// <summary>What went wrong, for a program and for a person.</summary>
internal sealed record FailureError
{
    /// <summary>
    /// The error's name. It never changes for the same kind of error, so that a program can go by it.
    /// </summary>
    /// <example>INVALID_REQUEST</example>
    public required string Code { get; init; }

    /// <summary>
    /// What was wrong and what to do about it, in English, for people. The text may change: a program goes by
    /// <c>code</c>.
    /// </summary>
    /// <example>The request is not valid: see details.</example>
    public required string Message { get; init; }

    /// <summary>
    /// Everything that is wrong with the request, all at once. Absent where the error is about the request as a whole.
    /// </summary>
    public IReadOnlyList<ErrorDetail>? Details { get; init; }

    /// <summary>The link that stands in the way. Only with <c>ACTIVE_LINK_EXISTS</c>.</summary>
    public ConflictingLink? Link { get; init; }
}

/// <summary>A person's active link, which stands in the way of another one: send it again, or revoke it.</summary>
internal sealed record ConflictingLink
{
    /// <summary>The active link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>
    /// <c>created</c>, <c>opened</c> or <c>in_progress</c>. A link in progress cannot be revoked.
    /// </summary>
    /// <example>created</example>
    public required string Status { get; init; }

    /// <summary>Where the person continues.</summary>
    /// <example>https://links.example.com/widget/link_demo_01m8ksp0r05q8w2t7zk3m9x4vb/m2m-basic</example>
    public required string Url { get; init; }

    /// <summary>When it expires. From then on, another link can be created.</summary>
    /// <example>2026-11-29T15:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }
}
