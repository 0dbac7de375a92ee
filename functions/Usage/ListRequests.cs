using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Usage;

/// <summary><c>GET /partner/requests</c>: what a partner called in the last 24 hours.</summary>
internal sealed class ListRequests(RequestLog log, RequestReader requests, TimeProvider time)
{
    /// <summary>List your requests</summary>
    /// <remarks>
    /// What your servers called in the last 24 hours, with an API key or signed, newest first: the route, how it was
    /// answered and how long it took. Never a query, a body or an id of a person. A request may be missing for a
    /// minute, and for good after a crash of ours; of a minute with more than 300, a part is kept, and refused ones
    /// first. Requests without a valid key are nobody's, and so in no log.
    /// </remarks>
    [Function(nameof(ListRequests))]
    [Takes(typeof(ListRequestsQuery))]
    [Answers(200, typeof(Page<RequestView>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/requests")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListRequestsQuery>(query);
        var partner = http.Partner().Id;
        var page = PageRequest.Read(query, asked, partner, "requests");
        if (query.Error is { } error)
            return Answer.Error(error);
        var found = await log.ReadAsync(partner, time.GetUtcNow() - RequestLog.Retention, ct);
        var (items, pagination) = await page.TakeAsync(
            found.Where(asked.Matches).ToAsyncEnumerable(),
            request => request.Id,
            ct
        );
        return Answer.Ok(new Page<RequestView> { Items = [.. items.Select(RequestView.Of)], Pagination = pagination });
    }
}

/// <summary>Which requests are wanted.</summary>
internal sealed record ListRequestsQuery : PageQuery
{
    /// <summary>
    /// Only those that were answered with this status, for example <c>404</c>, or a class such as <c>4xx</c>.
    /// </summary>
    /// <example>4xx</example>
    [AnswerStatus]
    public string? Status { get; init; }

    /// <summary>Only those that were refused with this code.</summary>
    /// <example>RATE_LIMIT_EXCEEDED</example>
    [AnswerCode]
    public string? Code { get; init; }

    /// <summary>Only those of this route, as it stands in <c>route</c>: with its placeholders.</summary>
    /// <example>/partner/links/{linkId}</example>
    [RouteTemplate]
    public string? Route { get; init; }

    /// <summary>True for a request that was asked for.</summary>
    public bool Matches(LoggedRequest request) =>
        (Status is null || HasStatus(request.Status, Status))
        && (Code is null || string.Equals(request.Code, Code, StringComparison.OrdinalIgnoreCase))
        && (Route is null || string.Equals(request.Route, Route, StringComparison.OrdinalIgnoreCase));

    private static bool HasStatus(int status, string wanted)
    {
        var text = status.ToString(CultureInfo.InvariantCulture);
        return wanted.EndsWith("xx", StringComparison.Ordinal) ? text[0] == wanted[0] : text == wanted;
    }
}

/// <summary>An HTTP status or a class of them.</summary>
internal sealed partial class AnswerStatusAttribute()
    : PatternAttribute(Pattern, "must be an HTTP status such as 404, or a class such as 4xx")
{
    [GeneratedRegex(@"^[1-5](xx|[0-9]{2})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }
}

/// <summary>The code of an error, of either API.</summary>
internal sealed partial class AnswerCodeAttribute()
    : PatternAttribute(Pattern, "must be the code of an error, for example RATE_LIMIT_EXCEEDED")
{
    [GeneratedRegex(@"^[A-Za-z0-9_]{1,60}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }
}

/// <summary>A route with its placeholders.</summary>
internal sealed partial class RouteTemplateAttribute()
    : PatternAttribute(Pattern, "must be a route with its placeholders, for example /partner/links/{linkId}")
{
    [GeneratedRegex(@"^/[A-Za-z0-9{}/_-]{1,120}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }
}

/// <summary>A request of yours.</summary>
internal sealed record RequestView
{
    /// <summary>When it came.</summary>
    /// <example>2026-11-29T14:02:10.000Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>The HTTP method.</summary>
    /// <example>GET</example>
    public required string Method { get; init; }

    /// <summary>The route, with placeholders in place of ids. Absent where there is no such route.</summary>
    /// <example>/partner/links/{linkId}</example>
    public string? Route { get; init; }

    /// <summary>The HTTP status of the answer; 499 where you left before there was one.</summary>
    /// <example>404</example>
    public required int Status { get; init; }

    /// <summary>The code of the error. Absent for a success, and for an error that has none.</summary>
    /// <example>RESOURCE_NOT_FOUND</example>
    public string? Code { get; init; }

    /// <summary>The answer's <c>X-Request-Id</c>: what support asks for.</summary>
    /// <example>0f8fad5bd9cb469fa16570867728950e</example>
    public required string RequestId { get; init; }

    /// <summary>How long it took on our side, in milliseconds.</summary>
    /// <example>12</example>
    public required long DurationMs { get; init; }

    public static RequestView Of(LoggedRequest request) =>
        new()
        {
            At = Ulid.FromStorage(request.Id).Time,
            Method = request.Method,
            Route = request.Route,
            Status = request.Status,
            Code = request.Code,
            RequestId = request.RequestId,
            DurationMs = request.Milliseconds,
        };
}
