using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Statistics;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Operations;

/// <summary>The result of accepting a quote.</summary>
internal abstract record MakeTransferResult
{
    /// <summary>The transfer; <paramref name="New"/> if this call made it.</summary>
    /// <param name="Operation">The transfer.</param>
    /// <param name="Link">The link that it has completed.</param>
    /// <param name="Method">Its payment method in clear; null when the person was erased.</param>
    /// <param name="New">True if this call made it.</param>
    public sealed record Made(Operation Operation, Link? Link, string? Method, bool New) : MakeTransferResult;

    public sealed record Refused(ApiError Error) : MakeTransferResult;
}

/// <summary>
/// Makes a transfer of a quote and completes the link, in one transaction. Its row in the index is written before it,
/// so that nothing that was made cannot be found; the follow-up says in it that the transfer exists.
/// </summary>
internal sealed class MakeTransfer(
    PersonStore persons,
    OperationStore operations,
    OperationIndex index,
    TransferTerms terms,
    TimeProvider time
)
{
    /// <summary>The rows that a transfer is decided on.</summary>
    public static IEnumerable<string> Rows(LinkId link) => [Link.RowKeyOf(link), LinkQuotes.RowKeyOf(link)];

    /// <summary>Makes the transfer, or finds it where the same quote was accepted before.</summary>
    /// <param name="read">The person, read with <see cref="Rows"/>.</param>
    /// <param name="link">The link.</param>
    /// <param name="quoteId">The quote that the person saw.</param>
    /// <param name="arrived">The payment method that came with it; null to use the one that is held.</param>
    /// <param name="refuse">Why the link, as it is read for the change, cannot be used; null when it can.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<MakeTransferResult> ExecuteAsync(
        Person read,
        LinkId link,
        string quoteId,
        string? arrived,
        Func<Link, DateTimeOffset, ApiError?> refuse,
        CancellationToken ct
    )
    {
        var now = time.Now();
        var owner = read.Key;
        var asked = new Confirmation(OperationId.New(owner.Partner, now), link, quoteId, arrived, refuse, now);
        var indexed = false;
        var result = await persons.ChangeAsync(
            owner,
            [.. Rows(link)],
            async person =>
            {
                var decided = await DecideAsync(person, asked, ct);
                // Only once, although the change may be retried.
                if (decided is MakeTransferResult.Made { Operation: var operation } && !indexed)
                {
                    await index.AddAsync(operation, ct);
                    indexed = true;
                }
                return decided;
            },
            ct,
            read
        );
        // The confirmation failed, so its index row refers to nothing.
        if (indexed && !(result is MakeTransferResult.Made || result is Earlier { Id: var made } && made == asked.Id))
            await index.RemoveAsync(asked.Id, ct);
        return result is Earlier { Id: var before } ? await FindAsync(owner, before, asked, ct) : result;
    }

    /// <summary>
    /// The transfer that has completed the link already: it is the answer if it is for the same quote.
    /// </summary>
    private async Task<MakeTransferResult> FindAsync(
        PersonKey owner,
        OperationId before,
        Confirmation asked,
        CancellationToken ct
    )
    {
        if (
            await operations.FindAsync(owner, before, ct) is not var (operation, person)
            || operation.QuoteId != asked.QuoteId
        )
            return new MakeTransferResult.Refused(ApiError.LinkCompleted);
        var method = await operation.ReadMethodAsync(person, ct);
        return new MakeTransferResult.Made(operation, person.Link(asked.Link), method, New: before == asked.Id);
    }

    private async Task<MakeTransferResult> DecideAsync(Person person, Confirmation asked, CancellationToken ct)
    {
        var now = asked.At;
        if (person.Link(asked.Link) is not { } link)
            return new MakeTransferResult.Refused(ApiError.NotFound);
        if (link.OperationId is { } earlier)
            return new Earlier(OperationId.FromStorage(earlier));
        if (asked.Refuse(link, now) is { } closed)
            return new MakeTransferResult.Refused(closed);
        if (LinkQuotes.Of(person, asked.Link).Find(asked.QuoteId) is not { } quote)
            return new MakeTransferResult.Refused(ApiError.NotFound);
        if (now >= quote.ExpiresAt)
            return new MakeTransferResult.Refused(ApiError.QuoteExpired);
        if (person.User.Status != UserStatus.CipVerified)
            return new MakeTransferResult.Refused(ApiError.NotVerified);
        if (await MethodOfAsync(person, asked.Arrived, asked.Link, now, ct) is not { } method)
            return new MakeTransferResult.Refused(
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
        return new MakeTransferResult.Made(operation, completed, method, New: true);
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
        var completed = LinkEvents.New(PartnerEvents.LinkCompleted, link, now, LinkEvents.Completed(link));
        var taken = CompletionTimes.ClassOf(now - (link.OpenedAt ?? now));
        person.Raise(completed with { CountedAs = taken.ToString() });
        return link;
    }

    /// <summary>The requested confirmation.</summary>
    /// <param name="Id">Id of the operation to create.</param>
    /// <param name="Link">The link that it completes.</param>
    /// <param name="QuoteId">The quote that the person saw.</param>
    /// <param name="Arrived">The payment method in the request; null to use the one that is held.</param>
    /// <param name="Refuse">Why a link cannot be used at a time; null when it can.</param>
    /// <param name="At">When.</param>
    private sealed record Confirmation(
        OperationId Id,
        LinkId Link,
        string QuoteId,
        string? Arrived,
        Func<Link, DateTimeOffset, ApiError?> Refuse,
        DateTimeOffset At
    );

    /// <summary>An earlier transfer has completed the link.</summary>
    private sealed record Earlier(OperationId Id) : MakeTransferResult;
}
