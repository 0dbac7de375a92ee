using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;

namespace Serverless.Functions.Cip;

/// <summary>
/// <c>POST /partner/links/{linkId}/cip/tickets</c>: 201 with a new ticket, 200 with a running one. Accepts an
/// Idempotency-Key.
/// </summary>
internal sealed class CreateTicket(
    StartCip start,
    IdempotentWork idempotency,
    RequestReader requests,
    TimeProvider time
)
{
    private const int MaxBody = 16 * 1024;

    /// <summary>Start a verification</summary>
    /// <remarks>
    /// Verifies the link's person with what is known, without waiting for them to come to that step. The result changes
    /// the user's status, of which <c>user.status_changed</c> tells. While one runs, this answers 200 with it.
    /// </remarks>
    [Function(nameof(CreateTicket))]
    [Accepts(typeof(NoMembers), Optional = true)]
    [Refuses(
        409,
        ErrorCodes.LinkExpired,
        ErrorCodes.LinkRevoked,
        ErrorCodes.LinkCompleted,
        ErrorCodes.CipNotReady,
        ErrorCodes.CipAlreadyVerified,
        ErrorCodes.CipRetryNotAllowed,
        ErrorCodes.UserErased
    )]
    [Idempotent]
    [Answers(201, typeof(StartedTicket), When = "A verification was started.")]
    [Answers(200, typeof(StartedTicket), When = "One runs already: this is it.")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/links/{linkId}/cip/tickets")]
            HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody, optional: true);
        requests.Read<NoMembers>(body.Input);
        var key = IdempotentWork.ReadKey(http, body.Input);
        var partner = http.Partner().Id;
        if (!LinkId.TryParse(linkId, out var link) || link.Partner != partner)
            return Answer.Error(ApiError.NotFound);
        if (body.Error is { } error)
            return Answer.Error(error);
        return await idempotency.RunAsync(
            new IdempotentRequest(http, partner, key, body.Bytes),
            new WorkPlan(TicketId.New(partner, time.Now()).Value),
            async plan =>
                ResultOf(await start.ExecuteAsync(link, TicketId.FromStorage(plan.ResourceId), Refusal, ct), plan)
        );
    }

    private static WorkResult ResultOf(StartCipResult result, WorkPlan plan) =>
        result switch
        {
            // A repeated request gets the status of the first answer (200), even if that ticket has ended meanwhile.
            StartCipResult.Started when plan.IsFound => new WorkResult.Planned(
                Show(result, started: StatusCodes.Status200OK)
            ),
            StartCipResult.Running { Ticket: var running } => new WorkResult.Found(running.Id.Value, Show(result)),
            StartCipResult.Refused { Error: var error } => new WorkResult.Refused(error),
            _ => new WorkResult.Planned(Show(result)),
        };

    private static ApiError? Refusal(Link link, DateTimeOffset now) =>
        link.StatusAt(now) switch
        {
            LinkStatus.Expired => ApiError.LinkExpired,
            LinkStatus.Revoked => ApiError.LinkRevoked,
            LinkStatus.Completed => ApiError.LinkCompleted,
            _ => null,
        };

    /// <summary>The answer to a request to start.</summary>
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
