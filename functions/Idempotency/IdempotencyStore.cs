using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Azure;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Idempotency;

/// <summary>
/// Requests that came with an <c>Idempotency-Key</c>. The first one with a key
/// claims it together with the ids that it is going to use; every later one gets those ids and finishes or repeats the
/// same work, so that a crash between claim and commit leaves nothing stuck.
/// </summary>
internal sealed partial class IdempotencyStore(AppTables tables, KeyRing keyRing, TimeProvider time)
{
    /// <summary>How long a key is remembered.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromHours(24);

    private const string HeaderName = "Idempotency-Key";
    private const string RowKey = "claim";

    /// <summary>Reads the optional header; notes what is wrong with it.</summary>
    public static string? ReadKey(HttpRequest request, JsonInput errors)
    {
        if (request.HeaderText(HeaderName) is not { } key)
            return null;
        if (Printable().IsMatch(key))
            return key;
        errors.Fail(HeaderName, "must be sent once and have 1 to 255 printable ASCII characters, but no comma");
        return null;
    }

    /// <summary>Claims a key for a request, or says what was claimed before.</summary>
    /// <param name="partner">Keys are per partner.</param>
    /// <param name="key">The header's value; stored hashed.</param>
    /// <param name="request">Method, path and exact body.</param>
    /// <param name="resourceId">The id that this request is going to create.</param>
    /// <param name="token">The secret that its answer will show; stored wrapped.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<IdempotencyClaim> ClaimAsync(
        PartnerId partner,
        string key,
        IdempotentRequest request,
        string resourceId,
        string token,
        CancellationToken ct
    )
    {
        var partition = $"{partner}|{Hash(Encoding.ASCII.GetBytes(key))}";
        // Case and a slash at the end make no other route, and ids of ours are in lower case.
        var path = request.Path.TrimEnd('/').ToLowerInvariant();
        var fingerprint = Hash([.. Encoding.UTF8.GetBytes($"{request.Method} {path}\n"), .. request.Body]);
        var now = time.Now();
        var row = new TableEntity(partition, RowKey)
        {
            ["Fingerprint"] = fingerprint,
            ["ResourceId"] = resourceId,
            ["Token"] = await keyRing.WrapAsync(token, partition, ct),
            ["CreatedAt"] = now,
        };
        return await Contention.RepeatAsync<IdempotencyClaim>(
            async () =>
            {
                try
                {
                    await tables.Idempotency.AddEntityAsync(row, ct);
                    return new IdempotencyClaim.First(partition);
                }
                catch (RequestFailedException ex) when (ex.Status == 409)
                {
                    // Claimed before: by whom, says the row.
                }
                var stored = await tables.Idempotency.GetEntityIfExistsAsync<TableEntity>(
                    partition,
                    RowKey,
                    cancellationToken: ct
                );
                if (stored.HasValue && stored.Value is { } known)
                {
                    if (now - known.Time("CreatedAt") < Retention)
                        return await OfAsync(known);
                    await ForgetAsync(known, ct);
                }
                return TryResult.Lost;
            },
            ct
        );

        async Task<IdempotencyClaim> OfAsync(TableEntity known) =>
            known.Text("Fingerprint") == fingerprint
                ? new IdempotencyClaim.Again(
                    partition,
                    known.Text("ResourceId"),
                    await keyRing.UnwrapTextAsync(known.Text("Token"), partition, ct),
                    known.GetString("Refusal")
                )
                : new IdempotencyClaim.Reused();
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

    /// <summary>Remembers that the request was refused, so that a repetition is refused too.</summary>
    /// <param name="claim">Where the claim stands.</param>
    /// <param name="outcome">What it ended with, in the caller's own words.</param>
    /// <param name="ct">Cancels the call.</param>
    public Task RefuseAsync(string claim, string outcome, CancellationToken ct) =>
        tables.Idempotency.UpdateEntityAsync(
            new TableEntity(claim, RowKey) { ["Refusal"] = outcome },
            ETag.All,
            TableUpdateMode.Merge,
            ct
        );

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    // Without the comma: two headers of this name arrive as one, joined by it.
    [GeneratedRegex(@"^[\x20-\x2B\x2D-\x7E]{1,255}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Printable();
}

/// <summary>What identifies a repeated request.</summary>
internal sealed record IdempotentRequest(string Method, string Path, byte[] Body);

/// <summary>What came of claiming a key.</summary>
internal abstract record IdempotencyClaim
{
    /// <summary>This request is the first with the key.</summary>
    public sealed record First(string Claim) : IdempotencyClaim;

    /// <summary>
    /// The same request came before, with these ids; <paramref name="Refusal"/> is what it ended with, if it was
    /// refused.
    /// </summary>
    public sealed record Again(string Claim, string ResourceId, string Token, string? Refusal) : IdempotencyClaim;

    /// <summary>Another request used the key.</summary>
    public sealed record Reused : IdempotencyClaim;
}
