using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
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
/// request, and answers with a receipt. The same call again answers with the same receipt. What goes and what stays is
/// promised in /docs/reference-id#erasing-a-person.
/// </summary>
internal sealed class EraseUser(
    AppTables tables,
    PersonStore persons,
    LinkStore links,
    LinkIndex index,
    TimeProvider time
)
{
    /// <summary>Erase a user</summary>
    /// <remarks>
    /// Destroys the key of the person's data, so that no copy of it can be read any more, closes the active link and
    /// its data request, and answers with a receipt; the same call again gets the same receipt. It cannot be undone,
    /// and the <c>referenceId</c> is not used again.
    /// </remarks>
    [Function(nameof(EraseUser))]
    [Answers(200, typeof(ErasureReceipt))]
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
        if (closed is { Stored: LinkStatus.Revoked })
            await index.RevokeAsync(closed, ct);
        return Answer.Ok(
            new ErasureReceipt
            {
                ReceiptId = person.User.ReceiptId!,
                ReferenceId = owner.Reference.Value,
                UserId = person.User.UserId,
                ErasedAt = person.ErasedAt!.Value,
                Message =
                    "The key of this person's data was destroyed: no copy of it can be read any more. The reference "
                    + "is not used again.",
            }
        );
    }

    private Link? Erase(Person person, DateTimeOffset now)
    {
        var closed = Close(person, now);
        if (closed is not null)
            links.Close(person, closed, isTimeUp: false, now);
        person.Set(person.User.Erased($"erasure_{person.Key.Partner}_{Ulid.New(now)}", now), now);
        person.Raise(
            EventRow.New(
                InternalEvents.UserErased,
                person.Key,
                link: null,
                now,
                new UserErasedData { UserId = person.User.UserId }
            )
        );
        return closed;
    }

    /// <summary>
    /// A closed copy of the active link; null where there is none. A link in progress, which the partner can no longer
    /// revoke, expires at once.
    /// </summary>
    private static Link? Close(Person person, DateTimeOffset now)
    {
        if (
            person.ActiveLink is not { } pointer
            || person.Link(pointer.LinkId) is not { } active
            || LinkTransitions.IsFinal(active.StatusAt(now))
        )
            return null;
        return LinkTransitions.Allows(active.Stored, LinkStatus.Revoked)
            ? active with
            {
                Stored = LinkStatus.Revoked,
                RevokedAt = now,
                RevokeReason = "The person was erased.",
            }
            : active with
            {
                Stored = LinkStatus.Expired,
                ExpiredAt = now,
            };
    }

    /// <summary>The keys of the newest links, of which one may be open, and of their related rows.</summary>
    private async Task<IReadOnlyCollection<string>> RowsToCloseAsync(PersonKey owner, CancellationToken ct)
    {
        var ids = new List<LinkId>();
        await foreach (
            var row in tables.Users.QueryAsync<TableEntity>(
                Link.Kind.FilterIn(owner.Partition),
                select: ["PartitionKey", "RowKey"],
                cancellationToken: ct
            )
        )
            ids.Add(Link.IdIn(row.RowKey));
        // Only a few, to keep the filter of the next query short.
        return [.. ids.OrderBy(id => id.Value, StringComparer.Ordinal).TakeLast(3).SelectMany(links.RowsOf)];
    }
}

/// <summary>The proof that a person was erased. The same call again gives the same receipt.</summary>
internal sealed record ErasureReceipt
{
    /// <summary>Names this erasure: keep it.</summary>
    /// <example>erasure_demo_01m8m0hr009c2x7k4wb8n1z5hd</example>
    public required string ReceiptId { get; init; }

    /// <summary>Your own id of the person. It cannot be used again.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>Our id of the person, which stays in the records of transfers.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public required string UserId { get; init; }

    /// <summary>When the person was erased.</summary>
    /// <example>2026-11-29T16:00:00.000Z</example>
    public required DateTimeOffset ErasedAt { get; init; }

    /// <summary>What happened, in English, for people.</summary>
    /// <example>The key of this person's data was destroyed: no copy of it can be read any more.</example>
    public required string Message { get; init; }
}

/// <summary>Internal: no partner receives it.</summary>
internal sealed record UserErasedData
{
    /// <summary>The erased person.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public required string UserId { get; init; }
}
