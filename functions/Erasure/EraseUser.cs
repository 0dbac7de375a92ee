using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Erasure;

/// <summary>
/// <c>DELETE /partner/users/{referenceId}</c>: destroys the person's data key, closes the active link and its data
/// request, and answers with a receipt. The same call again answers with the same receipt.
/// </summary>
internal sealed class EraseUser(AppTables tables, PersonStore persons, LinkIndex index, TimeProvider time)
{
    [Function(nameof(EraseUser))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "partner/users/{referenceId}")] HttpRequest http,
        string referenceId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (!ReferenceId.Pattern.IsMatch(referenceId))
            return Answer.Error(ApiError.NotFound);
        var owner = new PersonKey(http.Partner().Id, ReferenceId.FromStorage(referenceId));
        var also = await RowsToCloseAsync(owner, ct);
        var now = time.Now();
        Link? closed = null;
        var person = await persons.ChangeAsync(
            owner,
            also,
            person =>
            {
                closed = null;
                if (!person.IsNew && person.ErasedAt is null)
                    closed = Erase(person, now);
                return Task.FromResult(person);
            },
            ct
        );
        if (person.IsNew)
            return Answer.Error(ApiError.NotFound);
        if (closed is not null)
            await index.ApplyAsync(closed, ct);
        return Answer.Ok(
            new
            {
                receiptId = person.ReceiptId,
                referenceId = owner.Reference.Value,
                userId = person.UserId,
                erasedAt = person.ErasedAt,
                message = "The key of this person's data was destroyed: no copy of it can be read any more. The reference is not used again.",
            }
        );
    }

    private static Link? Erase(Person person, DateTimeOffset now)
    {
        var links = person
            .Rows("link|link_")
            .Select(row => Link.FromRow(row, person.Key, LinkId.FromStorage(row.RowKey["link|".Length..])))
            .ToList();
        Link? closed = null;
        if (
            links.Find(link => link.Id.Value == person.ActiveLink?.LinkId) is { } active
            && !LinkTransitions.IsFinal(active.StatusAt(now))
        )
        {
            // An erasure also closes a link that its partner could no longer revoke: in progress it expires on the
            // spot.
            var status = LinkTransitions.Allows(active.Stored, LinkStatus.Revoked)
                ? LinkStatus.Revoked
                : LinkStatus.Expired;
            closed =
                status == LinkStatus.Revoked
                    ? active with
                    {
                        Stored = status,
                        RevokedAt = now,
                        RevokeReason = "The person was erased.",
                    }
                    : active with
                    {
                        Stored = status,
                        ExpiredAt = now,
                    };
            person.Update(closed, now);
            person.Raise(
                LinkEvents.New(
                    status == LinkStatus.Revoked ? PartnerEvents.LinkRevoked : PartnerEvents.LinkExpired,
                    active,
                    now,
                    status == LinkStatus.Revoked ? LinkEvents.Revoked(closed) : LinkEvents.Expired(closed)
                )
            );
            CloseDataRequest.Cancelled(person, active, now);
        }
        var receipt = Ulid.New(now);
        person.Erase($"erasure_{person.Key.Partner}_{receipt}", now);
        person.Raise(
            EventRow.Of(
                InternalEvents.UserErased,
                person.Key,
                now,
                new
                {
                    @event = InternalEvents.UserErased,
                    timestamp = now,
                    data = new { userId = person.UserId },
                }
            )
        );
        return closed;
    }

    /// <summary>The keys of the person's links and data requests.</summary>
    private async Task<IReadOnlyCollection<string>> RowsToCloseAsync(PersonKey owner, CancellationToken ct)
    {
        var keys = new List<string>();
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {owner.Partition} and RowKey ge {"link|link_"} and RowKey lt {"link|link`"}"
        );
        await foreach (
            var row in tables.Users.QueryAsync<TableEntity>(
                filter,
                select: ["PartitionKey", "RowKey"],
                cancellationToken: ct
            )
        )
            keys.Add(row.RowKey);
        // The newest are the ones that can be open; the filter of the next query stays short.
        keys.Sort(StringComparer.Ordinal);
        var newest = keys.TakeLast(3).ToList();
        return
        [
            .. newest,
            .. newest.Select(key => DataRequest.RowKeyOf(DataRequestId.Of(LinkId.FromStorage(key["link|".Length..])))),
        ];
    }
}
