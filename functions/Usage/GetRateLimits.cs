using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.HmacAuth;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;

namespace Serverless.Functions.Usage;

/// <summary><c>GET /partner/rate-limits</c>: what is used of each limit now.</summary>
internal sealed class GetRateLimits(RateLimiter limiter, IdentityLimits identityLimits)
{
    private static readonly ILookup<RateLimit, string> Limited = FunctionApis
        .All.Where(function => function.Api == Api.Partner)
        .Select(function => (Of: LimitOf(function), function.Methods, function.Route))
        .Where(known => known.Of is not null)
        .ToLookup(known => known.Of!, known => $"{known.Methods[0]} /{known.Route}");

    /// <summary>Get your rate limits</summary>
    /// <remarks>
    /// What your servers have used of each limit in its window of 60 seconds, and when that ends. This call counts by
    /// itself, so it takes nothing from the others. We run on several machines that count together from time to time,
    /// so the newest calls may be missing.
    /// </remarks>
    [Function(nameof(GetRateLimits))]
    [CallLimit("rate-limits", 60)]
    [Answers(200, typeof(RateLimitList))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/rate-limits")] HttpRequest http
    )
    {
        List<RateLimit> limits = [.. Limited.Select(known => known.Key), RateLimit.Other];
        if (identityLimits.PerPartner is { } signed)
            limits.Add(signed);
        var uses = await limiter.ReadAsync(http.Partner().Id.Value, limits, http.HttpContext.RequestAborted);
        return Answer.Ok(
            new RateLimitList
            {
                WindowSeconds = (int)RateLimit.Window.TotalSeconds,
                Items =
                [
                    .. from use in uses
                    orderby use.Limit.Name
                    select new RateLimitView
                    {
                        Name = use.Limit.Name,
                        Routes = Limited[use.Limit].Any()
                            ? [.. Limited[use.Limit].Order(StringComparer.Ordinal)]
                            : null,
                        Limit = use.Limit.Limit,
                        Used = use.Used,
                        Remaining = Math.Max(0, use.Limit.Limit - use.Used),
                        ResetsAt = use.ResetsAt,
                    },
                ],
            }
        );
    }

    private static RateLimit? LimitOf(HttpFunction function) =>
        function.Method.GetCustomAttributes(typeof(CallLimitAttribute), inherit: false) is [CallLimitAttribute one]
            ? one.Limit
            : null;
}

/// <summary>Your rate limits and what is used of them.</summary>
internal sealed record RateLimitList
{
    /// <summary>
    /// How long a window is, in seconds. It begins with the first call after the one before has ended.
    /// </summary>
    /// <example>60</example>
    public required int WindowSeconds { get; init; }

    /// <summary>The limits, by name.</summary>
    public required IReadOnlyList<RateLimitView> Items { get; init; }
}

/// <summary>A rate limit and what is used of it.</summary>
internal sealed record RateLimitView
{
    /// <summary>
    /// Its name: <c>other</c> is that of every route under <c>/partner</c> that has none of its own, <c>identities</c>
    /// that of all under <c>/eapi</c>, where it counts for each partner.
    /// </summary>
    /// <example>create-link</example>
    public required string Name { get; init; }

    /// <summary>The routes that count together. Absent for <c>other</c> and <c>identities</c>.</summary>
    /// <example>["POST /partner/links"]</example>
    public IReadOnlyList<string>? Routes { get; init; }

    /// <summary>Calls a window.</summary>
    /// <example>100</example>
    public required int Limit { get; init; }

    /// <summary>Calls in this window so far; 0 where none is running.</summary>
    /// <example>12</example>
    public required int Used { get; init; }

    /// <summary>Calls that are left in this window.</summary>
    /// <example>88</example>
    public required int Remaining { get; init; }

    /// <summary>When this window ends. Absent where none is running.</summary>
    /// <example>2026-11-29T14:03:10.000Z</example>
    public DateTimeOffset? ResetsAt { get; init; }
}
