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
internal sealed class ListLinks(AppTables tables, LinkIndex index, LinkStore links, TimeProvider time)
{
    [Function(nameof(ListLinks))]
    [Answers(200, typeof(Page<LinkView>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/links")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var partner = http.Partner().Id;
        var page = PageRequest.Read(query, partner, "links");
        var (from, to) = query.Range();
        var reference = query.Matching("referenceId", ReferenceId.Pattern, ReferenceId.Rule);
        var visibility = query.OneOf("visibility", ["active", "expired"]);
        var status = query.OneOf("status", ["created", "opened", "revoked"]);
        if (query.Error is { } error)
            return Answer.Error(error);

        var filter = new Filter(from, page.Until(to), visibility, status, time.GetUtcNow());
        var found = reference is null
            ? ReadIndexAsync(partner, filter, ct)
            : ReadPersonAsync(new PersonKey(partner, ReferenceId.FromStorage(reference)), filter, ct);

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
