using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary><c>GET /partner/links</c>: newest first, with filters and pages.</summary>
/// <remarks>
/// With <c>referenceId</c> it reads one person's partition; otherwise the index, a thousand rows a storage transaction.
/// <c>total</c> is exact up to <see cref="PageRequest.MaxCounted"/> matches beyond the page that was asked for; there
/// counting stops.
/// </remarks>
internal sealed class ListLinks(
    AppTables tables,
    LinkIndex index,
    LinkStore links,
    RequestReader requests,
    TimeProvider time
)
{
    /// <summary>List links</summary>
    /// <remarks>
    /// Your links, newest first. The filters can be combined. With <c>referenceId</c> it is the fastest. Go on with
    /// <c>nextCursor</c> rather than with page numbers, which shift when links are created meanwhile.
    /// </remarks>
    [Function(nameof(ListLinks))]
    [Takes(typeof(ListLinksQuery))]
    [Answers(200, typeof(Page<LinkView>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/links")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListLinksQuery>(query);
        var partner = http.Partner().Id;
        var page = PageRequest.Read(query, asked, partner, "links");
        if (query.Error is { } error)
            return Answer.Error(error);

        var filter = new Filter(asked.From, page.Until(asked.To), asked.Visibility, asked.Status, time.GetUtcNow());
        var found = asked.ReferenceId is { } reference
            ? ReadPersonAsync(new PersonKey(partner, reference), filter, ct)
            : ReadIndexAsync(partner, filter, ct);

        var (items, pagination) = await page.TakeAsync(found, entry => entry.Id.Id.Text, ct);
        return Answer.Ok(
            new Page<LinkView> { Items = await ShowAsync(items, filter.Now, ct), Pagination = pagination }
        );
    }

    private async IAsyncEnumerable<Entry> ReadIndexAsync(
        PartnerId partner,
        Filter filter,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        await foreach (var row in index.Read(partner, filter.From, filter.To, ct))
        {
            var id = LinkId.FromStorage($"link_{partner}_{Ulid.Invert(row.RowKey)}");
            var owner = new PersonKey(partner, ReferenceId.FromStorage(row.Text("Reference")));
            var entry = new Entry(
                owner,
                id,
                row.Time("CreatedAt"),
                row.Time("ExpiresAt"),
                row.GetDateTimeOffset("OpenedAt"),
                row.GetDateTimeOffset("RevokedAt")
            );
            if (!filter.Matches(entry))
                continue;
            // An unconfirmed row may belong to a creation that failed after a conflict: only the person's partition is
            // authoritative.
            if (row.GetBoolean("Committed") != true && await links.FindAsync(owner, id, ct) is null)
                continue;
            yield return entry;
        }
    }

    private async IAsyncEnumerable<Entry> ReadPersonAsync(
        PersonKey owner,
        Filter filter,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        var rows = new List<Link>();
        var all = Link.Kind.FilterIn(owner.Partition);
        await foreach (var row in tables.Users.QueryAsync<TableEntity>(all, cancellationToken: ct))
            rows.Add(Link.FromRow(row));
        foreach (
            var link in rows.OrderByDescending(link => link.CreatedAt)
                .ThenByDescending(link => link.Id.Value, StringComparer.Ordinal)
        )
        {
            var entry = new Entry(owner, link.Id, link.CreatedAt, link.ExpiresAt, link.OpenedAt, link.RevokedAt);
            if (filter.Matches(entry))
                yield return entry;
        }
    }

    /// <summary>The page's items, read in parallel from their persons' partitions.</summary>
    private async Task<IReadOnlyList<LinkView>> ShowAsync(List<Entry> entries, DateTimeOffset now, CancellationToken ct)
    {
        var shown = await Task.WhenAll(
            entries.Select(async entry =>
                await links.FindAsync(entry.Owner, entry.Id, ct) is var (link, person)
                    ? LinkView.Item(link, now, UserDataView.Of(await person.ReadNamesAsync(ct)))
                    : null
            )
        );
        return [.. shown.OfType<LinkView>()];
    }

    private sealed record Entry(
        PersonKey Owner,
        LinkId Id,
        DateTimeOffset CreatedAt,
        DateTimeOffset ExpiresAt,
        DateTimeOffset? OpenedAt,
        DateTimeOffset? RevokedAt
    );

    /// <summary>
    /// The documented filters, which can be combined: visibility depends on the expiry, status on what was done with
    /// the link.
    /// </summary>
    private sealed record Filter(
        DateTimeOffset? From,
        DateTimeOffset? To,
        string? Visibility,
        string? Status,
        DateTimeOffset Now
    )
    {
        public bool Matches(Entry link) =>
            (From is null || link.CreatedAt >= From)
            && (To is null || link.CreatedAt <= To)
            && Visibility switch
            {
                "active" => link.RevokedAt is null && Now < link.ExpiresAt,
                "expired" => link.RevokedAt is null && Now >= link.ExpiresAt,
                _ => true,
            }
            && Status switch
            {
                "created" => link.RevokedAt is null && link.OpenedAt is null,
                "opened" => link.RevokedAt is null && link.OpenedAt is not null,
                "revoked" => link.RevokedAt is not null,
                _ => true,
            };
    }
}

/// <summary>Which links are wanted.</summary>
internal sealed record ListLinksQuery : PeriodQuery
{
    /// <summary>Only those of this person.</summary>
    /// <example>customer-4711</example>
    [ReferenceId]
    public ReferenceId? ReferenceId { get; init; }

    /// <summary><c>active</c>: not expired yet; <c>expired</c>: expired. Neither has revoked links.</summary>
    /// <example>active</example>
    [OneOf("active", "expired")]
    public string? Visibility { get; init; }

    /// <summary>
    /// What was done with the link: <c>created</c>, it was never opened; <c>opened</c>, it was; <c>revoked</c>, you
    /// revoked it. This is not the link's own status, which also changes with time.
    /// </summary>
    /// <example>opened</example>
    [OneOf("created", "opened", "revoked")]
    public string? Status { get; init; }
}
