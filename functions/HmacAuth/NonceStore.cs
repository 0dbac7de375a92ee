using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.HmacAuth;

/// <summary>Nonces that were used, by key. One conditional insert decides.</summary>
/// <remarks>
/// A table holds the nonces of one UTC day and is dropped whole once the next day is over, so a nonce is kept for 24
/// hours at least while it would be accepted for 10 minutes at most. Of a million requests a day, their removal costs
/// two storage transactions; row by row, it would be 1,000 queries and, by batches of 100, at least 10,000 transactions
/// more.
/// </remarks>
internal sealed class NonceStore(AppTables tables)
{
    /// <summary>Inserts into a table that is created when it is missing.</summary>
    private const int MaxTries = 8;

    /// <summary>True for the first request with this key and nonce.</summary>
    public async Task<bool> TryUseAsync(IdentityKeyId key, Nonce nonce, CancellationToken ct)
    {
        var table = tables.Nonces(nonce.Day);
        var row = new TableEntity(key.Value, nonce.Text) { ["Request"] = Guid.NewGuid() };
        // By hand: a missing table is no contention, and no pause makes it appear.
        for (var tries = 1; ; tries++)
        {
            try
            {
                await table.AddEntityAsync(row, ct);
                return true;
            }
            catch (RequestFailedException ex) when (ex.Status == 404 && tries < MaxTries)
            {
                // The day's first request.
                await table.CreateIfNotExistsAsync(ct);
            }
            catch (RequestFailedException ex) when (ex.Status == 409)
            {
                // A retried insert that had succeeded is answered like this too: whose the row is, it says itself.
                var used = await table.GetEntityAsync<TableEntity>(key.Value, nonce.Text, cancellationToken: ct);
                return used.Value.GetGuid("Request") == row.GetGuid("Request");
            }
        }
    }
}
