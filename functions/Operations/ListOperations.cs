using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Operations;

/// <summary><c>GET /partner/operations</c>: newest first, with filters and pages.</summary>
/// <remarks>
/// With <c>referenceId</c> or <c>linkId</c> it reads one person's partition; otherwise the index, a thousand rows a
/// storage transaction.
/// </remarks>
internal sealed class ListOperations(
    AppTables tables,
    OperationIndex index,
    OperationStore operations,
    LinkIndex links,
    RequestReader requests
)
{
    /// <summary>List transfers</summary>
    /// <remarks>
    /// The transfers of your users, newest first. The filters can be combined. With <c>referenceId</c> or <c>linkId</c>
    /// it is the fastest.
    /// </remarks>
    [Function(nameof(ListOperations))]
    [Takes(typeof(ListOperationsQuery))]
    [Answers(200, typeof(Page<OperationView>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/operations")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListOperationsQuery>(query);
        var partner = http.Partner().Id;
        var page = PageRequest.Read(query, asked, partner, "operations");
        if (query.Error is { } error)
            return Answer.Error(error);

        var filter = asked with { To = page.Until(asked.To) };
        var (entries, pagination) = await page.TakeAsync(FindAsync(partner, filter, ct), entry => entry.Id.Id.Text, ct);
        var items = await Task.WhenAll(
            entries.Select(async entry =>
                await operations.FindAsync(entry.Owner, entry.Id, ct) is var (operation, person)
                    ? OperationView.Of(operation, await operation.ReadMethodAsync(person, ct))
                    : null
            )
        );
        return Answer.Ok(
            new Page<OperationView> { Items = [.. items.OfType<OperationView>()], Pagination = pagination }
        );
    }

    private async IAsyncEnumerable<OperationEntry> FindAsync(
        PartnerId partner,
        ListOperationsQuery filter,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        var owner = filter.ReferenceId is { } reference ? new PersonKey(partner, reference) : null;
        if (owner is null && filter.LinkId is { } text)
        {
            if (
                !LinkId.TryParse(text, out var link)
                || link.Partner != partner
                || await links.FindOwnerAsync(link, ct) is not { } linked
            )
                yield break;
            owner = linked;
        }
        var found = owner is null ? index.ReadAsync(partner, filter.From, filter.To, ct) : ReadPersonAsync(owner, ct);
        await foreach (var entry in found)
        {
            if (!filter.Matches(entry))
                continue;
            // An unconfirmed row may belong to a confirmation that failed after a conflict: only the person's
            // partition is authoritative.
            if (!entry.Committed && await operations.FindAsync(entry.Owner, entry.Id, ct) is null)
                continue;
            yield return entry;
        }
    }

    private async IAsyncEnumerable<OperationEntry> ReadPersonAsync(
        PersonKey owner,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        var rows = new List<Operation>();
        var filter = Operation.Kind.FilterIn(owner.Partition);
        await foreach (var row in tables.Users.QueryAsync<TableEntity>(filter, cancellationToken: ct))
            rows.Add(Operation.FromRow(row));
        foreach (var operation in rows.OrderByDescending(operation => operation.Id.Value, StringComparer.Ordinal))
            yield return new OperationEntry(
                owner,
                operation.Id,
                operation.Link,
                operation.UserId,
                operation.CreatedAt,
                operation.Status,
                Committed: true
            );
    }
}

/// <summary>Which transfers are wanted.</summary>
internal sealed record ListOperationsQuery : PeriodQuery
{
    /// <summary>Only those of this person, by your own id.</summary>
    /// <example>customer-4711</example>
    [ReferenceId]
    public ReferenceId? ReferenceId { get; init; }

    /// <summary>Only those of this person, by our id.</summary>
    /// <example>user_demo_01kbq3v7m2x9f4t8z6w1c5r0ne</example>
    [UserId]
    public string? UserId { get; init; }

    /// <summary>Only the one that was confirmed with this link.</summary>
    /// <example>link_demo_01kbq3v7m2x9f4t8z6w1c5r0ne</example>
    [LinkId]
    public string? LinkId { get; init; }

    /// <summary>Only those that stand there.</summary>
    /// <example>completed</example>
    [OneOf<OperationStatus>]
    public OperationStatus? Status { get; init; }

    /// <summary>True for a transfer that is wanted.</summary>
    public bool Matches(OperationEntry entry) =>
        (From is null || entry.CreatedAt >= From)
        && (To is null || entry.CreatedAt <= To)
        && (ReferenceId is null || entry.Owner.Reference == ReferenceId)
        && (UserId is null || entry.UserId == UserId)
        && (LinkId is null || entry.Link.Value == LinkId)
        && (Status is null || entry.Status == Status);
}

/// <summary>Our id of a person; an unknown one gives an empty list.</summary>
internal sealed partial class UserIdAttribute() : PatternAttribute(Pattern, "must be a user's id")
{
    [GeneratedRegex(@"^user_[A-Za-z0-9_-]{1,128}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }
}
