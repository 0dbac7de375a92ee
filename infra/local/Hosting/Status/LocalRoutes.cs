using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Xml;
using DurableTask.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serverless.Local.Mail;
using Serverless.Local.Sumsub;
using Serverless.Local.Time;
using Serverless.Local.Worker;

namespace Serverless.Local.Hosting;

/// <summary>The routes that only the local host has, for people and tests on this machine.</summary>
internal sealed class LocalRoutes(
    LocalPlatform platform,
    LocalClock clock,
    CostMeter costs,
    OutgoingRequests outgoing,
    Mailbox mailbox,
    SumsubSimulator sumsub,
    FunctionsWorker worker,
    PortalDoor portal
)
{
    private static readonly TimeSpan FurthestAdvance = TimeSpan.FromDays(400);

    public void Map(IEndpointRouteBuilder routes)
    {
        var page = new StatusPage(worker, platform, clock, outgoing);
        var local = routes.MapGroup("/local").AddEndpointFilter(OnlyFromThisMachine);
        // Not of HttpContext: such a lambda would be taken for one that writes its answer itself.
        local.MapGet(
            "",
            async (HttpRequest request, CancellationToken aborted) =>
                WantsJson(request)
                    ? Results.Json(await ReadStatusAsync(aborted))
                    : Results.Content(await page.RenderAsync(aborted), "text/html; charset=utf-8")
        );
        local.MapGet("clock", ReadClock);
        local.MapPost("clock", AdvanceAsync);
        local.MapGet("costs", ReadCosts);
        local.MapGet("worker", () => Results.Json(new { processId = worker.ProcessId, starts = worker.Starts }));
        local.MapPost(
            "portal",
            (HttpResponse response, CancellationToken aborted) => portal.OpenAsync(response, aborted)
        );
        sumsub.Map(local);
        local.MapGet(
            "mailbox",
            (HttpRequest request) =>
                WantsJson(request)
                    ? Results.Json(
                        new
                        {
                            items = mailbox.Mails.Select(mail => new
                            {
                                to = mail.To,
                                subject = mail.Subject,
                                text = mail.Text,
                                at = $"{mail.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}",
                            }),
                        }
                    )
                    : Results.Content(StatusPage.RenderMailbox(mailbox.Mails), "text/html; charset=utf-8")
        );
    }

    internal static async ValueTask<object?> OnlyFromThisMachine(
        EndpointFilterInvocationContext context,
        EndpointFilterDelegate next
    ) =>
        IsOfThisMachine(context.HttpContext) ? await next(context) : Results.StatusCode(StatusCodes.Status403Forbidden);

    /// <summary>
    /// A page of another site that is open in a browser here may send requests, too: these name that site.
    /// </summary>
    internal static bool IsOfThisMachine(HttpContext http) =>
        http.Connection.RemoteIpAddress is { } address
        && IPAddress.IsLoopback(address)
        && IsLocal(http.Request.Host.Host)
        && (
            http.Request.Headers.Origin is not [{ } origin]
            || (Uri.TryCreate(origin, UriKind.Absolute, out var site) && IsLocal(site.Host))
        );

    private static bool IsLocal(string host) =>
        host is "localhost"
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static bool WantsJson(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("application/json", StringComparison.OrdinalIgnoreCase);

    /// <summary>The queues, and the orchestrations that have not ended.</summary>
    private async Task<object> ReadStatusAsync(CancellationToken aborted)
    {
        var instances = await platform.Durable.ReadAsync(int.MaxValue, aborted);
        return new
        {
            queues = platform
                .Broker.Read()
                .Select(queue => new
                {
                    name = queue.Name,
                    active = queue.Active,
                    locked = queue.Locked,
                    scheduled = queue.Scheduled,
                    nextDue = queue.NextDue?.UtcDateTime,
                    deadLetters = queue.DeadLetters,
                }),
            orchestrations = instances
                .Where(instance => instance.Status is OrchestrationStatus.Pending or OrchestrationStatus.Running)
                .Select(instance => new
                {
                    id = instance.Id,
                    name = instance.Name,
                    createdAt = instance.CreatedAt.UtcDateTime,
                }),
        };
    }

    private IResult ReadClock() =>
        Results.Json(
            new
            {
                now = clock.GetUtcNow().UtcDateTime,
                offset = clock.Offset.ToString("c", CultureInfo.InvariantCulture),
            }
        );

    private async Task<IResult> AdvanceAsync(HttpRequest request)
    {
        if (platform.IsInRealTime)
            return Results.Json(new { error = StatusPage.NoTimeTravel }, statusCode: StatusCodes.Status409Conflict);
        TimeSpan by;
        const string Usage =
            "Send {\"advance\":\"01:00:00\"}, or a duration such as PT1H; {\"to\":\"now\"} takes the clock back.";
        try
        {
            // Whatever the content type: people call this with curl -d.
            using var body = await JsonDocument.ParseAsync(
                request.Body,
                cancellationToken: request.HttpContext.RequestAborted
            );
            if (
                body.RootElement.ValueKind == JsonValueKind.Object
                && body.RootElement.TryGetProperty("to", out var to)
                && to.ValueKind == JsonValueKind.String
                && to.ValueEquals("now")
            )
            {
                await clock.ReturnAsync(request.HttpContext.RequestAborted);
                return ReadClock();
            }
            if (
                body.RootElement.ValueKind != JsonValueKind.Object
                || !body.RootElement.TryGetProperty("advance", out var advance)
                || advance.ValueKind != JsonValueKind.String
                || !TryParse(advance.GetString()!, out by)
            )
                return Wrong(Usage);
        }
        catch (JsonException)
        {
            return Wrong("The body is not JSON. Send {\"advance\":\"01:00:00\"}.");
        }
        catch (BadHttpRequestException ex)
        {
            return Results.Json(new { error = "The body is too large or broke off." }, statusCode: ex.StatusCode);
        }
        if (by <= TimeSpan.Zero)
            return Wrong("Time only moves forward, or back to now: give a duration above zero, or {\"to\":\"now\"}.");
        if (by > FurthestAdvance)
            return Wrong($"Advance at most {FurthestAdvance.TotalDays} days at once.");
        await clock.AdvanceAsync(by, request.HttpContext.RequestAborted);
        return ReadClock();
    }

    private IResult ReadCosts(HttpRequest request)
    {
        var counts = costs.Read();
        if (request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            return Results.Content(StatusPage.RenderCosts(counts), "text/html; charset=utf-8");
        var operations = counts
            .GroupBy(count => count.Operation)
            .Select(operation => new
            {
                operation = operation.Key,
                requests = operation.Select(count => new { request = count.Request, count = count.Count }).ToArray(),
                total = operation.Sum(count => count.Count),
            })
            .ToArray();
        return Results.Json(new { operations, total = operations.Sum(operation => operation.total) });
    }

    private static IResult Wrong(string sentence) =>
        Results.Json(new { error = sentence }, statusCode: StatusCodes.Status400BadRequest);

    private static bool TryParse(string text, out TimeSpan duration)
    {
        // A bare number would be days, which nobody means.
        if (
            text.Contains(':', StringComparison.Ordinal)
            && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out duration)
        )
            return true;
        try
        {
            duration = XmlConvert.ToTimeSpan(text);
            return true;
        }
        catch (Exception ex) when (ex is FormatException or OverflowException)
        {
            duration = default;
            return false;
        }
    }
}
