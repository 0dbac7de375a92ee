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
internal sealed partial class ListOperations(
    AppTables tables,
    OperationIndex index,
    OperationStore operations,
    LinkIndex links
)
{
    [Function(nameof(ListOperations))]
    [Answers(200, typeof(Page<OperationView>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/operations")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var partner = http.Partner().Id;
        var page = PageRequest.Read(query, partner, "operations");
        var (from, to) = query.Range();
        var reference = query.Matching("referenceId", ReferenceId.Pattern, ReferenceId.Rule);
        var user = query.Matching("userId", UserIds(), "must be a user's id");
        var link = query.Matching("linkId", LinkId.Pattern, LinkId.Rule);
        var status = query.OneOf("status", ["created", "processing", "completed", "failed", "cancelled"]);
        if (query.Error is { } error)
            return Answer.Error(error);

        var filter = new Filter(
            from,
            page.Until(to),
            reference,
            user,
            link,
            status is null ? null : Enum.Parse<OperationStatus>(status, ignoreCase: true)
        );
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
        Filter filter,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        var owner = filter.Reference is { } reference
            ? new PersonKey(partner, ReferenceId.FromStorage(reference))
            : null;
        if (owner is null && filter.Link is { } text)
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

    /// <summary>Format of a user's id; an unknown id gives an empty list.</summary>
    [GeneratedRegex(@"^user_[A-Za-z0-9_-]{1,128}\z", RegexOptions.CultureInvariant)]
    private static partial Regex UserIds();

    private sealed record Filter(
        DateTimeOffset? From,
        DateTimeOffset? To,
        string? Reference,
        string? User,
        string? Link,
        OperationStatus? Status
    )
    {
        public bool Matches(OperationEntry entry) =>
            (From is null || entry.CreatedAt >= From)
            && (To is null || entry.CreatedAt <= To)
            && (Reference is null || entry.Owner.Reference.Value == Reference)
            && (User is null || entry.UserId == User)
            && (Link is null || entry.Link.Value == Link)
            && (Status is null || entry.Status == Status);
    }
}
