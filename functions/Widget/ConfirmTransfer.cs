using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Operations;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>POST /widget/links/{linkId}/confirm</c>: the person accepts a quote. This creates the transfer and completes the
/// link in one transaction; confirming the same quote again returns the same transfer.
/// </summary>
internal sealed class ConfirmTransfer(
    WidgetAccess access,
    PersonStore persons,
    OperationStore operations,
    OperationIndex index,
    LinkIndex links,
    TransferTerms terms,
    TimeProvider time
)
{
    private const int MaxBody = 16 * 1024;

    [Function(nameof(ConfirmTransfer))]
    [Answers(201, typeof(ConfirmedTransfer), When = "The transfer was created.")]
    [Answers(200, typeof(ConfirmedTransfer), When = "The quote was confirmed before: this is its transfer.")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "widget/links/{linkId}/confirm")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var quoteId = body.Input.Text("quoteId", required: true);
        var method = body.Input.Object(UserData.PaymentMethod) is { } given ? PaymentMethod.Read(given) : null;
        // A completed link is accepted: this may repeat the confirmation that completed it, whose answer was lost.
        var entry = await access.RequireAsync(http, linkId, ct, afterCompletion: true);
        if (entry.Visit is not { Link: var link })
            return Answer.Error(entry.Refusal!);
        if (body.Error is { } error)
            return Answer.Error(error);
        return await ExecuteAsync(link.Owner, link.Id, quoteId!, method, ct) switch
        {
            Result.Confirmed { New: true } confirmed => Answer.Created(View(confirmed)),
            Result.Confirmed confirmed => Answer.Ok(View(confirmed)),
            Result.Refused refused => Answer.Error(refused.Error),
            _ => throw new InvalidOperationException("A transfer is confirmed or refused."),
        };
    }

    private async Task<Result> ExecuteAsync(
        PersonKey owner,
        LinkId linkId,
        string quoteId,
        string? arrived,
        CancellationToken ct
    )
    {
        var now = time.Now();
        var asked = new Confirmation(OperationId.New(owner.Partner, now), linkId, quoteId, arrived, now);
        var indexed = false;
        var result = await persons.ChangeAsync(
            owner,
            [Link.RowKeyOf(linkId), LinkQuotes.RowKeyOf(linkId)],
            async person =>
            {
                var decided = await DecideAsync(person, asked, ct);
                // Only once, although the change may be retried.
                if (decided is Result.Confirmed { Operation: var operation } && !indexed)
                {
                    await index.AddAsync(operation, ct);
                    indexed = true;
                }
                return decided;
            },
            ct
        );
        // The confirmation failed, so its index row refers to nothing.
        if (indexed && !(result is Result.Confirmed || result is Result.Before { Id: var made } && made == asked.Id))
            await index.RemoveAsync(asked.Id, ct);
        if (result is Result.Before { Id: var before })
            return await FindAsync(owner, before, asked, ct);
        if (result is Result.Confirmed { Operation: var confirmed, Link: { } completed })
            await Task.WhenAll(index.ApplyAsync(confirmed, ct), links.ApplyAsync(completed, ct));
        return result;
    }

    /// <summary>
    /// The transfer that has completed the link already: it is the answer if it is for the same quote.
    /// </summary>
    private async Task<Result> FindAsync(PersonKey owner, OperationId before, Confirmation asked, CancellationToken ct)
    {
        if (
            await operations.FindAsync(owner, before, ct) is not var (operation, person)
            || operation.QuoteId != asked.QuoteId
        )
            return new Result.Refused(ApiError.LinkCompleted);
        var method = await operation.ReadMethodAsync(person, ct);
        return new Result.Confirmed(operation, person.Link(asked.Link), method, New: before == asked.Id);
    }

    private async Task<Result> DecideAsync(Person person, Confirmation asked, CancellationToken ct)
    {
        var now = asked.At;
        if (person.Link(asked.Link) is not { } link)
            return new Result.Refused(ApiError.NotFound);
        if (link.OperationId is { } earlier)
            return new Result.Before(OperationId.FromStorage(earlier));
        if (WidgetAccess.Refusal(link, now) is { } closed)
            return new Result.Refused(closed);
        if (LinkQuotes.Of(person, asked.Link).Find(asked.QuoteId) is not { } quote)
            return new Result.Refused(ApiError.NotFound);
        if (now >= quote.ExpiresAt)
            return new Result.Refused(ApiError.QuoteExpired);
        if (person.User.Status != UserStatus.CipVerified)
            return new Result.Refused(ApiError.NotVerified);
        if (await MethodOfAsync(person, asked.Arrived, asked.Link, now, ct) is not { } method)
            return new Result.Refused(
                ApiError.Invalid(UserData.PaymentMethod, "is required: nobody has given one yet")
            );

        if (asked.Arrived is { } arrived)
            await person.MergeAsync(
                new UserData(new Dictionary<string, string> { [UserData.PaymentMethod] = arrived }, null),
                FieldSource.Widget,
                asked.Link.Value,
                now,
                ct
            );
        var operation = new Operation
        {
            Owner = person.Key,
            Id = asked.Id,
            Link = asked.Link,
            UserId = person.User.UserId,
            QuoteId = quote.Id,
            Status = OperationStatus.Created,
            Amount = quote.Amount,
            SealedMethod = await person.SealAsync(method, Operation.MethodPurpose(asked.Id), ct),
            CreatedAt = now,
            CancellableUntil = now + terms.CancelWindow,
        };
        person.Put(operation, now);
        var completed = Complete(person, link, asked.Id, now);
        var data = OperationEvents.Data(operation, completed);
        person.Raise(LinkEvents.New(PartnerEvents.OperationCreated, completed, now, data, asked.Id.Value));
        return new Result.Confirmed(operation, completed, method, New: true);
    }

    /// <summary>The payment method to use: the one in the request, unless one of a stronger source is held.</summary>
    private static async ValueTask<string?> MethodOfAsync(
        Person person,
        string? arrived,
        LinkId link,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (await person.ReadAsync(UserData.PaymentMethod, ct) is not { } current)
            return arrived;
        var held = person.Fields[UserData.PaymentMethod];
        return
            arrived is not null
            && Precedence.Wins(
                new FieldWrite(FieldSource.Widget, now, link.Value, arrived),
                new FieldWrite(held.Source, held.At, held.Via, current)
            )
            ? arrived
            : current;
    }

    /// <summary>Completes the link through each status that its table requires.</summary>
    private static Link Complete(Person person, Link link, OperationId operation, DateTimeOffset now)
    {
        if (LinkTransitions.Allows(link.Stored, LinkStatus.InProgress))
        {
            link = link with { Stored = LinkStatus.InProgress, InProgressAt = now };
            person.Raise(LinkEvents.New(PartnerEvents.LinkInProgress, link, now, LinkEvents.InProgress(link)));
        }
        if (!LinkTransitions.Allows(link.Stored, LinkStatus.Completed))
            throw new InvalidOperationException($"A link cannot go from {link.Stored} to {LinkStatus.Completed}.");
        link = link with { Stored = LinkStatus.Completed, OperationId = operation.Value, CompletedAt = now };
        person.Update(link, now);
        person.Raise(LinkEvents.New(PartnerEvents.LinkCompleted, link, now, LinkEvents.Completed(link)));
        return link;
    }

    private static ConfirmedTransfer View(Result.Confirmed confirmed) =>
        new()
        {
            OperationId = confirmed.Operation.Id.Value,
            LinkId = confirmed.Operation.Link.Value,
            Status = confirmed.Operation.Status,
            Amount = confirmed.Operation.Amount,
            Payout = confirmed.Method is { } method ? PayoutView.Of(method) : null,
            CreatedAt = confirmed.Operation.CreatedAt,
            CancellableUntil = confirmed.Operation.CancellableUntil,
        };

    /// <summary>The requested confirmation.</summary>
    /// <param name="Id">Id of the operation to create.</param>
    /// <param name="Link">The link that it completes.</param>
    /// <param name="QuoteId">The quote that the person saw.</param>
    /// <param name="Arrived">The payment method in the request; null to use the one that is held.</param>
    /// <param name="At">When.</param>
    private sealed record Confirmation(OperationId Id, LinkId Link, string QuoteId, string? Arrived, DateTimeOffset At);

    private abstract record Result
    {
        /// <summary>The transfer; <paramref name="New"/> if this request created it.</summary>
        public sealed record Confirmed(Operation Operation, Link? Link, string? Method, bool New) : Result;

        /// <summary>An earlier operation has completed the link.</summary>
        public sealed record Before(OperationId Id) : Result;

        public sealed record Refused(ApiError Error) : Result;
    }
}

/// <summary>The transfer that a confirmed quote has become.</summary>
internal sealed record ConfirmedTransfer
{
    /// <summary>The transfer.</summary>
    /// <example>op_demo_01m8kt1xkg8v4k1z6xj9w3m7ce</example>
    public required string OperationId { get; init; }

    /// <summary>The link, which it has completed.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Where the transfer stands.</summary>
    /// <example>created</example>
    public required OperationStatus Status { get; init; }

    /// <summary>What is sent, what arrives, and what it costs.</summary>
    public required TransferAmount Amount { get; init; }

    /// <summary>How it is paid out. Absent after an erasure.</summary>
    public PayoutView? Payout { get; init; }

    /// <summary>When it was confirmed.</summary>
    /// <example>2026-11-29T14:06:30.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when it can be cancelled.</summary>
    /// <example>2026-11-29T14:07:00.000Z</example>
    public required DateTimeOffset CancellableUntil { get; init; }
}
