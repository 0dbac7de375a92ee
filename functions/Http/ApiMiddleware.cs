using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Observability;

namespace Serverless.Functions.Http;

/// <summary>
/// Wraps every HTTP function: sets <c>X-Request-Id</c>, puts errors into an envelope, applies the gate of the
/// function's API (API key or signature), and has every act of an operator written down.
/// </summary>
internal sealed partial class ApiMiddleware(
    IEnumerable<IApiGate> gates,
    IAuditTrail audit,
    ILogger<ApiMiddleware> logger
) : IFunctionsWorkerMiddleware
{
    /// <summary>The longest host name with a port. Limited because it may become part of stored data.</summary>
    private const int MaxHost = 261;

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }
        var api = FunctionApis.Keep(http, context.FunctionDefinition);
        var requestId = RequestIdOf(http.Request);
        http.Response.Headers[LogScopes.RequestIdHeader] = requestId;
        using var scope = logger.BeginRequest(http, requestId);
        try
        {
            if (await RefuseAsync(context, http, api, requestId) is { } refusal)
                context.GetInvocationResult().Value = refusal;
            else
                await next(context);
        }
        catch (Exception thrown)
        {
            var cause = Faults.CauseOf(thrown);
            // The caller has disconnected.
            if (cause is OperationCanceledException && http.RequestAborted.IsCancellationRequested)
                return;
            if (cause is not BadHttpRequestException)
                Failed(logger, cause, context.FunctionDefinition.Name, requestId);
            context.GetInvocationResult().Value = AnswerTo(cause, http.Request);
        }
        await audit.EndAsync(http, context.GetInvocationResult().Value as IAnswered);
    }

    /// <summary>400 or 413 for a body that cannot be read, 500 for a bug of ours.</summary>
    private static IResult AnswerTo(Exception cause, HttpRequest request)
    {
        if (cause is BadHttpRequestException bad)
            return FunctionApis.Refusal(
                request,
                ApiError.Invalid("body", "cannot be read") with
                {
                    Status = bad.StatusCode,
                }
            );
        return request.IsForIdentities()
            ? IdentityAnswer.Error(IdentityError.Internal)
            : Answer.Error(ApiError.Internal);
    }

    /// <summary>
    /// Why the function is not asked: the host name, the API's gate, a query that the function does not have, or an act
    /// that cannot be written down; null where it is.
    /// </summary>
    private async Task<IResult?> RefuseAsync(FunctionContext context, HttpContext http, Api api, string requestId)
    {
        if (http.Request.Host.Value is { Length: > MaxHost })
            return FunctionApis.Refusal(
                http.Request,
                ApiError.Invalid("Host", $"must have at most {MaxHost} characters")
            );
        var isGuarded = api is not (Api.Open or Api.Operator);
        if (isGuarded && await gates.Single(gate => gate.Guards(api)).RefuseAsync(context, http) is { } refusal)
            return refusal;
        if (FunctionApis.TakesNoQuery(context.FunctionDefinition) && RefuseQuery(http.Request) is { } wrong)
            return wrong;
        return FunctionApis.ActOf(context.FunctionDefinition) is { } act
            ? await audit.BeginAsync(act, http, requestId)
            : null;
    }

    /// <summary>A refusal of parameters where a route has none, as routes that have some refuse others.</summary>
    private static IResult? RefuseQuery(HttpRequest request)
    {
        var query = new QueryInput(request.Query);
        if (request.IsForIdentities())
            return query.IdentityError() is { } problem ? IdentityAnswer.Error(problem) : null;
        return query.Error is { } error ? Answer.Error(error) : null;
    }

    /// <summary>The caller's own id if it is valid, else a new one. Under <c>/eapi</c> it must be a UUID.</summary>
    private static string RequestIdOf(HttpRequest request)
    {
        var sent = request.HeaderText(LogScopes.RequestIdHeader) ?? "";
        if (request.IsForIdentities())
            return (Guid.TryParseExact(sent, "D", out var id) ? id : Guid.NewGuid()).ToString("D");
        return RequestId().IsMatch(sent) ? sent : Guid.NewGuid().ToString("N");
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Function} failed (request {RequestId})")]
    private static partial void Failed(ILogger logger, Exception exception, string function, string requestId);

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,128}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RequestId();
}
