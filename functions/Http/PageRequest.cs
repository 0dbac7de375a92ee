using Serverless.Functions.Ids;

namespace Serverless.Functions.Http;

/// <summary>
/// The requested part of a list: a page number, or the items after a cursor. Page numbers count from the newest item,
/// so pages shift and repeat items when new ones arrive; a cursor does not.
/// </summary>
/// <param name="Page">From 1; 1 with a cursor.</param>
/// <param name="Limit">Items per page.</param>
/// <param name="Scope">The list that its cursors are valid for.</param>
/// <param name="After">Key of the item after which the page begins; null at the beginning of the list.</param>
internal sealed record PageRequest(int Page, int Limit, string Scope, string? After)
{
    /// <summary>How many matches beyond the page are counted.</summary>
    public const int MaxCounted = 50_000;

    /// <summary>The part of a list that a query asks for; notes a cursor that is not of this list.</summary>
    /// <param name="query">Where a problem is noted.</param>
    /// <param name="asked">What was read from it.</param>
    /// <param name="partner">The partner that owns the list.</param>
    /// <param name="list">The name of the list.</param>
    public static PageRequest Read(QueryInput query, PageQuery asked, PartnerId partner, string list) =>
        Read(query, asked, $"{partner}|{list}");

    /// <summary>The same of a list that is no single partner's.</summary>
    /// <param name="query">Where a problem is noted.</param>
    /// <param name="asked">What was read from it.</param>
    /// <param name="scope">The name of the list; a bar sets it apart from those of partners.</param>
    public static PageRequest Read(QueryInput query, PageQuery asked, string scope)
    {
        string? after = null;
        if (asked.Cursor is { } cursor)
        {
            if (!Cursor.TryRead(cursor, scope, out after))
                query.Fail("cursor", Cursor.Rule);
            else if (asked.Page is not null)
                query.Fail("page", "must be left out with cursor, which says where the page begins");
        }
        return new PageRequest(asked.Page ?? 1, asked.Limit, scope, after);
    }

    /// <summary>The newest time to search, where items are ordered by the time in their ids, newest first.</summary>
    public DateTimeOffset? Until(DateTimeOffset? to) =>
        Ulid.TryParse(After, out var last) && !(to < last.Time) ? last.Time : to;

    /// <summary>
    /// Takes the page from all matches, in order. <c>total</c> is exact up to <see cref="MaxCounted"/> matches beyond
    /// the page, where counting stops. With a cursor, it counts only the matches after it.
    /// </summary>
    /// <param name="found">The matches.</param>
    /// <param name="keyOf">The key that the list is ordered by.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <param name="descending">True where the greatest key comes first (for ids, the newest).</param>
    public async Task<(List<T> Items, Pagination Pagination)> TakeAsync<T>(
        IAsyncEnumerable<T> found,
        Func<T, string> keyOf,
        CancellationToken ct,
        bool descending = true
    )
    {
        var items = new List<T>();
        var total = 0;
        var first = (Page - 1L) * Limit;
        await foreach (var item in found.WithCancellation(ct))
        {
            if (!IsAfter(keyOf(item)))
                continue;
            if (total >= first && items.Count < Limit)
                items.Add(item);
            if (++total >= first + Limit + MaxCounted)
                break;
        }
        var next = items.Count > 0 && total > first + items.Count ? Cursor.Of(Scope, keyOf(items[^1])) : null;
        var pagination = new Pagination
        {
            Page = Page,
            Limit = Limit,
            Total = total,
            TotalPages = (total + Limit - 1) / Limit,
            NextCursor = next,
        };
        return (items, pagination);

        bool IsAfter(string key)
        {
            var order = string.CompareOrdinal(key, After);
            return After is null || (descending ? order < 0 : order > 0);
        }
    }
}
