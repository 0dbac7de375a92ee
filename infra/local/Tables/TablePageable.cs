using Azure;

namespace Serverless.Local.Tables;

/// <summary>A query, asked page by page as its results are read. A continuation token is null on the last page.</summary>
internal sealed class TablePageable<T>(Func<string?, int?, CancellationToken, Task<Page<T>>> fetch, int? maxPerPage, CancellationToken cancellationToken)
    : AsyncPageable<T>(cancellationToken)
    where T : notnull
{
    public override async IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
    {
        var size = pageSizeHint ?? maxPerPage;
        do
        {
            var page = await fetch(continuationToken, size, CancellationToken).ConfigureAwait(false);
            yield return page;
            continuationToken = page.ContinuationToken;
        }
        while (!string.IsNullOrEmpty(continuationToken));
    }

    public override async IAsyncEnumerator<T> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        string? token = null;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken, cancellationToken);
        do
        {
            var page = await fetch(token, maxPerPage, either.Token).ConfigureAwait(false);
            foreach (var value in page.Values)
                yield return value;
            token = page.ContinuationToken;
        }
        while (!string.IsNullOrEmpty(token));
    }
}
