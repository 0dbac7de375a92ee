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
/// <c>POST /widget/links/{linkId}/confirm</c>: the person agrees to a quote. That makes the transfer and completes the
/// link, in one transaction; confirming the same quote again gives the same transfer.
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
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "widget/links/{linkId}/confirm")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var quoteId = body.Input.Text("quoteId", required: true);
        var method = body.Input.Object(UserData.PaymentMethod) is { } given ? PaymentMethod.Read(given) : null;
        // A completed link is let in: what completed it may be this very confirmation, whose answer was lost.
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
        var id = OperationId.New(owner.Partner, now);
        var indexed = false;
        var result = await persons.ChangeAsync<Result>(
            owner,
            [Link.RowKeyOf(linkId), LinkQuotes.RowKeyOf(linkId)],
            async person =>
            {
                if (person.Link(linkId) is not { } link)
                    return new Result.Refused(ApiError.NotFound);
                if (link.OperationId is { } earlier)
                    return new Result.Before(OperationId.FromStorage(earlier));
                if (WidgetAccess.Refusal(link, now) is { } closed)
                    return new Result.Refused(closed);
                if (LinkQuotes.Of(person, linkId).Find(quoteId) is not { } quote)
                    return new Result.Refused(ApiError.NotFound);
                if (now >= quote.ExpiresAt)
                    return new Result.Refused(ApiError.QuoteExpired);
                if (person.User.Status != UserStatus.CipVerified)
                    return new Result.Refused(ApiError.NotVerified);
                if (await MethodOfAsync(person, arrived, linkId, now, ct) is not { } method)
                    return new Result.Refused(
                        ApiError.Invalid(UserData.PaymentMethod, "is required: nobody has given one yet")
                    );

                if (arrived is not null)
                    await person.MergeAsync(
                        new UserData(new Dictionary<string, string> { [UserData.PaymentMethod] = arrived }, null),
                        FieldSource.Widget,
                        linkId.Value,
                        now,
                        ct
                    );
                var operation = new Operation
                {
                    Owner = owner,
                    Id = id,
                    Link = linkId,
                    UserId = person.User.UserId,
                    QuoteId = quote.Id,
                    Status = OperationStatus.Created,
                    Amount = quote.Amount,
                    SealedMethod = await person.SealAsync(method, Operation.MethodPurpose(id), ct),
                    CreatedAt = now,
                    CancellableUntil = now + terms.CancelWindow,
                };
                person.Put(operation, now);
                var completed = Complete(person, link, id, now);
                person.Raise(
                    LinkEvents.New(
                        PartnerEvents.OperationCreated,
                        completed,
                        now,
                        OperationEvents.Data(operation, completed),
                        id.Value
                    )
                );
                if (!indexed)
                    await index.AddAsync(operation, ct);
                indexed = true;
                return new Result.Confirmed(operation, completed, method, New: true);
            },
            ct
        );

        if (result is Result.Before { Id: var before })
        {
            if (indexed && before != id)
                await index.RemoveAsync(id, ct);
            return
                await operations.FindAsync(owner, before, ct) is var (operation, person) && operation.QuoteId == quoteId
                ? new Result.Confirmed(
                    operation,
                    person.Link(linkId),
                    await operation.ReadMethodAsync(person, ct),
                    New: before == id
                )
                : new Result.Refused(ApiError.LinkCompleted);
        }
        if (result is Result.Confirmed { Operation: var made, Link: { } moved })
            await Task.WhenAll(index.ApplyAsync(made, ct), links.ApplyAsync(moved, ct));
        else if (indexed)
            await index.RemoveAsync(id, ct);
        return result;
    }

    /// <summary>
    /// What pays: the method that arrived, unless a stronger source's stands.
    /// </summary>
    private static async ValueTask<string?> MethodOfAsync(
        Person person,
        string? arrived,
        LinkId link,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        if (await person.ReadAsync(UserData.PaymentMethod, ct) is not { } standing)
            return arrived;
        var held = person.Fields[UserData.PaymentMethod];
        return
            arrived is not null
            && Precedence.Wins(
                new FieldWrite(FieldSource.Widget, now, link.Value, arrived),
                new FieldWrite(held.Source, held.At, held.Via, standing)
            )
            ? arrived
            : standing;
    }

    /// <summary>Moves the link to completed, step by step as its table allows.</summary>
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

    private static object View(Result.Confirmed confirmed) =>
        new
        {
            operationId = confirmed.Operation.Id.Value,
            linkId = confirmed.Operation.Link.Value,
            status = confirmed.Operation.Status,
            amount = confirmed.Operation.Amount,
            payout = confirmed.Method is { } method ? PayoutView.Of(method) : null,
            createdAt = confirmed.Operation.CreatedAt,
            cancellableUntil = confirmed.Operation.CancellableUntil,
        };

    private abstract record Result
    {
        /// <summary>The transfer; <paramref name="New"/> when this request made it.</summary>
        public sealed record Confirmed(Operation Operation, Link? Link, string? Method, bool New) : Result;

        /// <summary>The link was completed by this operation before.</summary>
        public sealed record Before(OperationId Id) : Result;

        public sealed record Refused(ApiError Error) : Result;
    }
}
