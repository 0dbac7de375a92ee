using Microsoft.AspNetCore.Http;
using Serverless.Functions.Observability;

namespace Serverless.Functions.Http;

/// <summary>Answers under <c>/eapi</c>: a success is the plain data, an error has its own envelope.</summary>
internal static class IdentityAnswer
{
    /// <summary>200 with data.</summary>
    public static IResult Ok<T>(T data) => new Plain<T>(200, data);

    /// <summary>201 with data.</summary>
    public static IResult Created<T>(T data) => new Plain<T>(201, data);

    /// <summary>202 with data: started, or as the contract specifies.</summary>
    public static IResult Accepted<T>(T data) => new Plain<T>(202, data);

    /// <summary>The error's status and envelope; <c>traceId</c> is the answer's <c>X-Request-Id</c>.</summary>
    public static IResult Error(IdentityError error) => new Failed(error);

    private sealed record Plain<T>(int Status, T Data) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            if (RequestWarnings.Of(httpContext) is { Count: > 0 } warnings)
                httpContext.Response.Headers[RequestWarnings.Header] = RequestWarnings.AsHeader(warnings);
            return Answer.WriteAsync(httpContext, Status, Data);
        }
    }

    private sealed record Failed(IdentityError Error) : IResult, IAnswered
    {
        public int Status => Error.Status;

        public string? Code => Error.Code?.ToString();

        public Task ExecuteAsync(HttpContext httpContext) =>
            Answer.WriteAsync(
                httpContext,
                Error.Status,
                new IdentityFailure
                {
                    Message = Error.Message,
                    Status = Error.Status,
                    Code = Error.Code,
                    Window = Error.Window,
                    Errors = Error.Errors.Count == 0 ? null : ByField(Error.Errors),
                    TraceId = httpContext.Response.Headers[LogScopes.RequestIdHeader].ToString(),
                }
            );

        private static Dictionary<string, IReadOnlyList<string>> ByField(IReadOnlyList<ErrorDetail> errors) =>
            errors
                .GroupBy(error => error.Field)
                .ToDictionary(
                    field => field.Key,
                    IReadOnlyList<string> (field) => [.. field.Select(error => error.Message).Distinct()]
                );
    }
}

/// <summary>
/// The body of every answer of the identity API that fails. Nothing was changed, unless its text says otherwise.
/// </summary>
internal sealed record IdentityFailure
{
    /// <summary>
    /// What was wrong and what to do about it, in English, for people. The text may change: a program goes by
    /// <c>status</c> and <c>code</c>.
    /// </summary>
    /// <example>The given data was invalid.</example>
    public required string Message { get; init; }

    /// <summary>The HTTP status once more.</summary>
    /// <example>422</example>
    public required int Status { get; init; }

    /// <summary>
    /// The kind of error: a number (<c>40103</c>) or a name (<c>"OtpExpired"</c>). Absent where the status says enough.
    /// </summary>
    /// <example>4002</example>
    public object? Code { get; init; }

    /// <summary>
    /// The limit that the amount exceeds: <c>transaction</c> (the amount alone), <c>daily</c>, <c>weekly</c>,
    /// <c>monthly</c> or <c>annual</c>. Only with <c>LimitExceeded</c>.
    /// </summary>
    /// <example>daily</example>
    public LimitedWindow? Window { get; init; }

    /// <summary>
    /// Everything that is wrong with the request, all at once: for each field (a dotted path such as
    /// <c>customerIdentity.dob</c>, a query parameter, a header, or <c>body</c>) the rules that it breaks. Absent where
    /// the error is about the request as a whole.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors { get; init; }

    /// <summary>
    /// The request's id, as in the header <c>X-Request-Id</c>: quote it when you ask us about this error.
    /// </summary>
    /// <example>3f0c2a9b-7b52-4b0e-9a55-1d3f0c2a9b11</example>
    public required string TraceId { get; init; }
}

/// <summary>The transactions that a limit is about.</summary>
internal enum LimitedWindow
{
    /// <summary>A single transaction.</summary>
    Transaction,

    /// <summary>Those of the last 24 hours.</summary>
    Daily,

    /// <summary>Those of the last 7 days.</summary>
    Weekly,

    /// <summary>Those of the last 30 days.</summary>
    Monthly,

    /// <summary>Those of the last 365 days.</summary>
    Annual,
}
