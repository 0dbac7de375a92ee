using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Events;

/// <summary><c>GET /operator/dead-letters</c> and <c>POST /operator/dead-letters/{deadLetterId}/resend</c>.</summary>
internal sealed class ListDeadLetters(DeadLetters letters, RequestReader requests)
{
    private const string Scope = "|dead-letters";

    /// <summary>List dead letters</summary>
    /// <remarks>
    /// The messages of the app's queues that could not be handled for about 16 hours and were set aside: first those of
    /// <c>events</c>, then those of <c>webhooks</c>, oldest first. Mend what kept them from being handled, then send
    /// them again.
    /// </remarks>
    [Function(nameof(ListDeadLetters))]
    [Takes(typeof(ListDeadLettersQuery))]
    [Answers(200, typeof(Part<DeadLetterView>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "operator/dead-letters")] HttpRequest http
    )
    {
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListDeadLettersQuery>(query);
        DeadLetterId? after = null;
        if (asked.Cursor is { } cursor)
        {
            if (Cursor.TryRead(cursor, Scope, out var key) && DeadLetterId.TryParse(key, out var last))
                after = last;
            else
                query.Fail("cursor", Cursor.Rule);
        }
        if (query.Error is { } error)
            return Answer.Error(error);
        var ct = http.HttpContext.RequestAborted;
        var items = new List<DeadLetterView>();
        foreach (var queue in DeadLetters.Queues.Where(name => asked.Queue is null || name == asked.Queue))
        {
            // Of a queue before that of the cursor all was seen.
            if (after is { } seen && string.CompareOrdinal(queue, seen.Queue) < 0)
                continue;
            var from = after is { } start && start.Queue == queue ? start.Number + 1 : 0;
            var found = await letters.PeekAsync(queue, from, asked.Limit + 1 - items.Count, ct);
            items.AddRange(found.Select(letter => DeadLetterView.Of(queue, letter)));
            if (items.Count > asked.Limit)
                break;
        }
        var hasMore = items.Count > asked.Limit;
        var shown = items.Take(asked.Limit).ToList();
        return Answer.Ok(
            new Part<DeadLetterView>
            {
                Items = shown,
                NextCursor = hasMore ? Cursor.Of(Scope, shown[^1].DeadLetterId) : null,
            }
        );
    }

    /// <summary>Send a dead letter again</summary>
    /// <remarks>It is handled as if it were new: what was done before is not done twice.</remarks>
    [Function("ResendDeadLetter")]
    [Answers(202, typeof(ResentDeadLetter))]
    [Refuses(409, ErrorCodes.DeadLetterBusy)]
    public async Task<IResult> Resend(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/dead-letters/{deadLetterId}/resend")]
            HttpRequest http,
        string deadLetterId
    )
    {
        if (!DeadLetterId.TryParse(deadLetterId, out var id))
            return Answer.Error(ApiError.NotFound);
        return await letters.ResendAsync(id, http.HttpContext.RequestAborted) switch
        {
            ResendResult.Sent => Answer.Accepted(new ResentDeadLetter { DeadLetterId = id.ToString() }),
            ResendResult.Busy => Answer.Error(ApiError.DeadLetterBusy),
            _ => Answer.Error(ApiError.NotFound),
        };
    }
}

/// <summary>Which dead letters are wanted.</summary>
internal sealed record ListDeadLettersQuery : PartQuery
{
    /// <summary>Only those of this queue.</summary>
    /// <example>events</example>
    [OneOf(AppQueues.EventsName, AppQueues.WebhooksName)]
    public string? Queue { get; init; }
}

/// <summary>A message that was set aside.</summary>
internal sealed record DeadLetterView
{
    /// <summary>Its id: the queue and its number there.</summary>
    /// <example>events-4711</example>
    public required string DeadLetterId { get; init; }

    /// <summary>
    /// <c>events</c>: what follows from an event was not done. <c>webhooks</c>: an attempt was not made or not
    /// recorded.
    /// </summary>
    /// <example>events</example>
    public required string Queue { get; init; }

    /// <summary>When it was sent last, before it was set aside.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset EnqueuedAt { get; init; }

    /// <summary>Why the broker set it aside. Absent where it does not say.</summary>
    /// <example>MaxDeliveryCountExceeded</example>
    public string? Reason { get; init; }

    /// <summary>The partner that it is about. Absent where the message cannot be read.</summary>
    /// <example>demo</example>
    public string? PartnerId { get; init; }

    /// <summary>The partner's own id of the person. Absent for <c>webhooks</c>.</summary>
    /// <example>cust-9001</example>
    public string? Reference { get; init; }

    /// <summary>The event, which is also its delivery's id. Absent where the message cannot be read.</summary>
    /// <example>evt_01m8kp85407c2h9w4n6q8r3t5v</example>
    public string? EventId { get; init; }

    public static DeadLetterView Of(string queue, ServiceBusReceivedMessage letter)
    {
        var subject = DeadLetters.SubjectOf(letter);
        return new DeadLetterView
        {
            DeadLetterId = new DeadLetterId(queue, letter.SequenceNumber).ToString(),
            Queue = queue,
            EnqueuedAt = letter.EnqueuedTime,
            Reason = letter.DeadLetterReason,
            PartnerId = subject?.Partner,
            Reference = subject?.Reference,
            EventId = Ulid.TryParse(subject?.Id, out var id) ? new EventId(id).Value : null,
        };
    }
}

/// <summary>A dead letter that was sent again.</summary>
internal sealed record ResentDeadLetter
{
    /// <summary>Its id, which is used no more.</summary>
    /// <example>events-4711</example>
    public required string DeadLetterId { get; init; }
}
