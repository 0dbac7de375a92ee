using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Idempotency;

/// <summary>What came of claiming a key.</summary>
internal abstract record IdempotencyClaim
{
    /// <summary>This request is the first with the key.</summary>
    public sealed record First(string Claim) : IdempotencyClaim;

    /// <summary>
    /// The same request came before, with this plan; <paramref name="Outcome"/> is what was stored of its end, null
    /// where the plan tells it or it did not come to an end.
    /// </summary>
    public sealed record Again(string Claim, WorkPlan Plan, string? Outcome) : IdempotencyClaim;

    /// <summary>Another request used the key.</summary>
    public sealed record Reused : IdempotencyClaim;
}

/// <summary>
/// The table Idempotency: one row a key. The first request with a key claims it together with the ids that it is going
/// to use, so that every later one finishes or finds the same work.
/// </summary>
internal sealed class IdempotencyStore(AppTables tables, KeyRing keyRing, TimeProvider time)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    private const string RowKey = "claim";

    // Only refusals were stored when the column got its name.
    private const string OutcomeColumn = "Refusal";

    /// <summary>Claims a key for a request, or says what was claimed before.</summary>
    /// <param name="request">Method, path and exact body tell one request from another.</param>
    /// <param name="key">The header's value; stored hashed.</param>
    /// <param name="plan">What this request is going to make.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<IdempotencyClaim> ClaimAsync(
        IdempotentRequest request,
        string key,
        WorkPlan plan,
        CancellationToken ct
    )
    {
        var claim = $"{request.Partner}|{Hash(Encoding.ASCII.GetBytes(key))}";
        var fingerprint = FingerprintOf(request);
        var now = time.Now();
        var row = new TableEntity(claim, RowKey)
        {
            ["Fingerprint"] = fingerprint,
            ["ResourceId"] = plan.ResourceId,
            ["Token"] = await keyRing.WrapAsync(plan.Secret, claim, ct),
            ["CreatedAt"] = now,
        };
        return await Contention.RepeatAsync<IdempotencyClaim>(
            async () =>
            {
                if (await TryAddAsync(row, ct))
                    return new IdempotencyClaim.First(claim);
                var stored = await tables.Idempotency.GetEntityIfExistsAsync<TableEntity>(
                    claim,
                    RowKey,
                    cancellationToken: ct
                );
                if (!stored.HasValue)
                    return TryResult.Lost;
                var known = stored.Value!;
                if (now - known.Time("CreatedAt") >= Retention)
                {
                    await ForgetAsync(known, ct);
                    return TryResult.Lost;
                }
                return known.Text("Fingerprint") == fingerprint
                    ? await ReadAsync(claim, known, ct)
                    : new IdempotencyClaim.Reused();
            },
            ct
        );
    }

    /// <summary>Stores how a request ended, for the requests that repeat it.</summary>
    /// <param name="claim">Where the claim stands.</param>
    /// <param name="outcome">What they are to know.</param>
    /// <param name="ct">Cancels the call.</param>
    public Task StoreOutcomeAsync(string claim, string outcome, CancellationToken ct) =>
        tables.Idempotency.UpdateEntityAsync(
            new TableEntity(claim, RowKey) { [OutcomeColumn] = outcome },
            ETag.All,
            TableUpdateMode.Merge,
            ct
        );

    private async Task<IdempotencyClaim> ReadAsync(string claim, TableEntity row, CancellationToken ct)
    {
        var secret = await keyRing.UnwrapTextAsync(row.Text("Token"), claim, ct);
        return new IdempotencyClaim.Again(
            claim,
            new WorkPlan(row.Text("ResourceId"), secret),
            row.GetString(OutcomeColumn)
        );
    }

    private async Task<bool> TryAddAsync(TableEntity row, CancellationToken ct)
    {
        try
        {
            await tables.Idempotency.AddEntityAsync(row, ct);
            return true;
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            return false;
        }
    }

    /// <summary>Removes a claim that is over; another request with its key may do so at the same time.</summary>
    private async Task ForgetAsync(TableEntity over, CancellationToken ct)
    {
        try
        {
            await tables.Idempotency.DeleteEntityAsync(over.PartitionKey, over.RowKey, over.ETag, ct);
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            // It has, and a new claim may stand there already.
        }
    }

    private static string FingerprintOf(IdempotentRequest request)
    {
        // Case and a slash at the end make no other route, and ids of ours are in lower case.
        var path = request.Http.Path.ToUriComponent().TrimEnd('/').ToLowerInvariant();
        return Hash([.. Encoding.UTF8.GetBytes($"{request.Http.Method} {path}\n"), .. request.Body]);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
