using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.HmacAuth;

/// <summary>The used nonces, by key. One conditional insert decides whether a nonce is new.</summary>
/// <remarks>
/// Each UTC day has its own table, which is dropped once the next day is over: a nonce is kept for at least 24 hours,
/// but would be accepted for at most 10 minutes. For a million requests a day, this removal costs two storage
/// transactions; row by row, it would cost 1,000 queries and, in batches of 100, at least 10,000 more transactions.
/// </remarks>
internal sealed class NonceStore(AppTables tables)
{
    /// <summary>Maximum number of inserts, since the day's table may first have to be created.</summary>
    private const int MaxTries = 8;

    /// <summary>True for the first request with this key and nonce.</summary>
    public async Task<bool> TryUseAsync(IdentityKeyId key, Nonce nonce, CancellationToken ct)
    {
        var table = tables.Of(DatedTable.Nonces, nonce.Day);
        var row = new TableEntity(key.Value, nonce.Text) { ["Request"] = Guid.NewGuid() };
        // Not Contention.RepeatAsync: a missing table is not contention, and waiting does not create it.
        for (var tries = 1; ; tries++)
        {
            try
            {
                await table.AddEntityAsync(row, ct);
                return true;
            }
            catch (RequestFailedException ex) when (ex.Status == 404 && tries < MaxTries)
            {
                // The first request of the day creates the table.
                await table.CreateIfNotExistsAsync(ct);
            }
            catch (RequestFailedException ex) when (ex.Status == 409)
            {
                // The client library may have retried an insert that had succeeded; the row says whether it is this
                // request's own.
                var used = await table.GetEntityAsync<TableEntity>(key.Value, nonce.Text, cancellationToken: ct);
                return used.Value.GetGuid("Request") == row.GetGuid("Request");
            }
        }
    }
}
