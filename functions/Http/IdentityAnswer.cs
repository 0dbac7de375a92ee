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
        public Task ExecuteAsync(HttpContext httpContext) => Answer.WriteAsync(httpContext, Status, Data);
    }

    private sealed record Failed(IdentityError Error) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) =>
            Answer.WriteAsync(
                httpContext,
                Error.Status,
                new
                {
                    message = Error.Message,
                    status = Error.Status,
                    code = Error.Code,
                    window = Error.Window,
                    errors = Error.Errors.Count == 0
                        ? null
                        : Error
                            .Errors.GroupBy(error => error.Field)
                            .ToDictionary(field => field.Key, field => field.Select(error => error.Message).Distinct()),
                    traceId = httpContext.Response.Headers[LogScopes.RequestIdHeader].ToString(),
                }
            );
    }
}
