using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;

namespace Serverless.Functions.Http;

/// <summary>
/// Around every HTTP function: <c>X-Request-Id</c>, an envelope for what went wrong, and on <c>/partner</c> the key and the rate limit (contract m2m, sections 1 and 2).
/// </summary>
internal sealed partial class ApiMiddleware(PartnerDirectory partners, PartnerEnvironment environment, RateLimiter limiter, ILogger<ApiMiddleware> logger) : IFunctionsWorkerMiddleware
{
    private const string RequestIdHeader = "X-Request-Id";
    private static readonly Func<ILogger, string, IDisposable?> RequestScope = LoggerMessage.DefineScope<string>("RequestId:{RequestId}");

    /// <inheritdoc/>
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }
        var requestId = http.Request.Headers[RequestIdHeader] is [{ } sent] && RequestId().IsMatch(sent) ? sent : Guid.NewGuid().ToString("N");
        http.Response.Headers[RequestIdHeader] = requestId;
        using var scope = RequestScope(logger, requestId);
        try
        {
            if (http.Request.Path.StartsWithSegments("/partner") && await RefuseAsync(context, http) is { } refusal)
                context.GetInvocationResult().Value = Answer.Error(refusal);
            else
                await next(context);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
        }
        catch (BadHttpRequestException ex)
        {
            context.GetInvocationResult().Value = Answer.Error(ApiError.Invalid("body", "cannot be read") with { Status = ex.StatusCode });
        }
        catch (Exception ex)
        {
            Failed(logger, ex, context.FunctionDefinition.Name, requestId);
            context.GetInvocationResult().Value = Answer.Error(ApiError.Internal);
        }
    }

    /// <summary>Who calls, and may they now? Null when yes; the partner is then in the request (<see cref="PartnerRequest"/>).</summary>
    private async Task<ApiError?> RefuseAsync(FunctionContext context, HttpContext http)
    {
        if (http.Request.Headers["X-API-Key"] is not [{ Length: > 0 } sent])
            return ApiError.Unauthorized;
        if (!ApiKey.TryParse(sent, environment, out var key) || await partners.FindByKeyAsync(key, http.RequestAborted) is not { } id)
            return ApiError.InvalidApiKey;
        if (await partners.FindAsync(id, http.RequestAborted) is not { Suspended: false } partner)
            return ApiError.PartnerSuspended;

        var limit = context.FunctionDefinition.Name switch
        {
            nameof(Links.CreateLink) => RateLimit.CreateLink,
            nameof(Webhooks.ProbeWebhookEndpoint) => RateLimit.Probe,
            _ => RateLimit.Other,
        };
        var decision = await limiter.CountAsync(id, limit, http.RequestAborted);
        http.Response.Headers["X-RateLimit-Limit"] = decision.Limit.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["X-RateLimit-Remaining"] = decision.Remaining.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers["X-RateLimit-Reset"] = UnixSecondsAfter(decision.ResetAt).ToString(CultureInfo.InvariantCulture);
        if (!decision.Admitted)
        {
            var wait = Math.Max(1, (int)Math.Ceiling((decision.ResetAt - limiter.Now).TotalSeconds));
            http.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            return ApiError.RateLimitExceeded;
        }
        http.Items[typeof(Partner)] = partner;
        return null;
    }

    private static long UnixSecondsAfter(DateTimeOffset at) => (at.ToUnixTimeMilliseconds() + 999) / 1000;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Function} failed (request {RequestId})")]
    private static partial void Failed(ILogger logger, Exception exception, string function, string requestId);

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,128}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RequestId();
}

/// <summary>The authenticated partner of a request.</summary>
internal static class PartnerRequest
{
    /// <exception cref="InvalidOperationException">The route is not under <c>/partner</c>.</exception>
    public static Partner Partner(this HttpRequest request) =>
        request.HttpContext.Items[typeof(Partner)] as Partner ?? throw new InvalidOperationException("Only routes under /partner know their partner.");
}
