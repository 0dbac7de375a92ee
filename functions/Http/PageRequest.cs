namespace Serverless.Functions.Http;

/// <summary>Which page of a list (contract m2m, section 2).</summary>
/// <param name="Page">From 1.</param>
/// <param name="Limit">Items a page.</param>
internal sealed record PageRequest(int Page, int Limit)
{
    /// <summary>How far beyond the page matches are counted.</summary>
    public const int MaxCounted = 50_000;

    public static PageRequest Read(QueryInput query) => new(query.Integer("page", 1, 1_000_000) ?? 1, query.Integer("limit", 1, 100) ?? 20);

    /// <summary>The page out of everything that matches, in order. <c>total</c> is exact up to <see cref="MaxCounted"/> matches beyond the page; there counting stops.</summary>
    public async Task<(List<T> Items, Pagination Pagination)> TakeAsync<T>(IAsyncEnumerable<T> found, CancellationToken ct)
    {
        var items = new List<T>();
        var total = 0;
        var first = (Page - 1L) * Limit;
        await foreach (var item in found.WithCancellation(ct))
        {
            if (total >= first && items.Count < Limit)
                items.Add(item);
            if (++total >= first + Limit + MaxCounted)
                break;
        }
        return (items, new Pagination(Page, Limit, total, (total + Limit - 1) / Limit));
    }
}

/// <summary>The member <c>pagination</c> of a list.</summary>
internal sealed record Pagination(int Page, int Limit, int Total, int TotalPages);
