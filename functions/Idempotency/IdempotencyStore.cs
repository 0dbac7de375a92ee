using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Idempotency;

/// <summary>The result of claiming a key.</summary>
internal abstract record IdempotencyClaim
{
    /// <summary>This request is the first with the key.</summary>
    public sealed record First(string Claim) : IdempotencyClaim;

    /// <summary>
    /// The same request came before, with this plan. <paramref name="Outcome"/> is its stored outcome; null where the
    /// plan is enough to repeat the answer, or the request did not finish.
    /// </summary>
    public sealed record Again(string Claim, WorkPlan Plan, string? Outcome) : IdempotencyClaim;

    /// <summary>Another request used the key.</summary>
    public sealed record Reused : IdempotencyClaim;
}

/// <summary>
/// The table Idempotency: one row per key. The first request with a key claims it and stores the ids that it will use,
/// so that every repetition finishes or finds the same work.
/// </summary>
internal sealed class IdempotencyStore(AppTables tables, KeyRing keyRing, TimeProvider time)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    private const string RowKey = "claim";

    // The name is historical: at first only refusals were stored.
    private const string OutcomeColumn = "Refusal";

    /// <summary>Claims a key for a request, or returns the existing claim.</summary>
    /// <param name="request">Two requests are the same if method, path and exact body are equal.</param>
    /// <param name="key">The header's value; stored as a hash.</param>
    /// <param name="plan">The plan of this request.</param>
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
                // An expired claim was removed between the two calls: try to add again.
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

    /// <summary>Stores the outcome of a request, for its repetitions.</summary>
    /// <param name="claim">The claim's partition key.</param>
    /// <param name="outcome">The outcome.</param>
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

    /// <summary>Removes an expired claim; another request with its key may do the same concurrently.</summary>
    private async Task ForgetAsync(TableEntity over, CancellationToken ct)
    {
        try
        {
            await tables.Idempotency.DeleteEntityAsync(over.PartitionKey, over.RowKey, over.ETag, ct);
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            // Another request removed it first, and may already have stored a new claim.
        }
    }

    private static string FingerprintOf(IdempotentRequest request)
    {
        // Paths that differ only in case or a trailing slash reach the same route; our ids are all lower case.
        var path = request.Http.Path.ToUriComponent().TrimEnd('/').ToLowerInvariant();
        return Hash([.. Encoding.UTF8.GetBytes($"{request.Http.Method} {path}\n"), .. request.Body]);
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
