using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Cip;

/// <summary>
/// <c>POST /partner/links/{linkId}/cip/tickets</c>: 201 with a new ticket, 200 with the one
/// that runs. Takes an Idempotency-Key.
/// </summary>
internal sealed class CreateTicket(StartCip start, IdempotencyStore idempotency, TimeProvider time)
{
    private const int MaxBody = 16 * 1024;

    [Function(nameof(CreateTicket))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/links/{linkId}/cip/tickets")]
            HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody, optional: true);
        var key = IdempotencyStore.ReadKey(http, body.Input);
        var partner = http.Partner().Id;
        if (!LinkId.TryParse(linkId, out var link) || link.Partner != partner)
            return Answer.Error(ApiError.NotFound);
        if (body.Error is { } error)
            return Answer.Error(error);
        var ticket = TicketId.New(partner, time.Now());
        if (key is null)
            return Show(await start.ExecuteAsync(link, ticket, Refusal, ct));

        switch (
            await idempotency.ClaimAsync(
                partner,
                key,
                new IdempotentRequest(http.Method, http.Path, body.Bytes),
                ticket.Value,
                token: "",
                ct
            )
        )
        {
            case IdempotencyClaim.First first:
                return await ExecuteAsync(first.Claim, link, ticket, ct);
            case IdempotencyClaim.Again { Refusal: null } unfinished:
                var result = await ExecuteAsync(
                    unfinished.Claim,
                    link,
                    TicketId.FromStorage(unfinished.ResourceId),
                    ct
                );
                http.HttpContext.Response.Headers["Idempotency-Replayed"] = "true";
                return result;
            case IdempotencyClaim.Again { Refusal: { } outcome }:
                http.HttpContext.Response.Headers["Idempotency-Replayed"] = "true";
                return TicketId.TryParse(outcome, out var running)
                    ? Show(await start.ExecuteAsync(link, running, Refusal, ct), StatusCodes.Status200OK)
                    : Answer.Error(JsonSerializer.Deserialize<ApiError>(outcome, StoredJson.Options)!);
            default:
                return Answer.Error(ApiError.IdempotencyKeyReused);
        }
    }

    /// <summary>
    /// Starts, and remembers whatever is not the creation of the claimed ticket: that one's repetition finds the ticket
    /// itself.
    /// </summary>
    private async Task<IResult> ExecuteAsync(string claim, LinkId link, TicketId ticket, CancellationToken ct)
    {
        var result = await start.ExecuteAsync(link, ticket, Refusal, ct);
        var outcome = result switch
        {
            StartCipResult.Running running => running.Ticket.Id.Value,
            StartCipResult.Refused refused => JsonSerializer.Serialize(refused.Error, StoredJson.Options),
            _ => null,
        };
        if (outcome is not null)
            await idempotency.RefuseAsync(claim, outcome, ct);
        return Show(result);
    }

    private static ApiError? Refusal(Link link, DateTimeOffset now) =>
        link.StatusAt(now) switch
        {
            LinkStatus.Expired => ApiError.LinkExpired,
            LinkStatus.Revoked => ApiError.LinkRevoked,
            LinkStatus.Completed => ApiError.LinkCompleted,
            _ => null,
        };

    /// <summary>The answer to a start.</summary>
    public static IResult Show(StartCipResult result, int started = StatusCodes.Status201Created) =>
        result switch
        {
            StartCipResult.Started { Ticket: var ticket, Link: var link }
                when started == StatusCodes.Status201Created => Answer.Created(StartCip.Show(ticket, link)),
            StartCipResult.Started { Ticket: var ticket, Link: var link } => Answer.Ok(StartCip.Show(ticket, link)),
            StartCipResult.Running { Ticket: var ticket, Link: var link } => Answer.Ok(StartCip.Show(ticket, link)),
            StartCipResult.Refused { Error: var error } => Answer.Error(error),
            _ => throw new InvalidOperationException("A verification is started, running or refused."),
        };
}
