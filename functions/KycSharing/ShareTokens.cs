using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.KycSharing;

/// <summary>The account and share that a token belongs to.</summary>
/// <param name="Reference">The reference that it was first sent for.</param>
/// <param name="Share">Its share.</param>
/// <param name="IsDone">True if that share is known to be stored or not needed.</param>
internal sealed record TokenClaim(ReferenceId Reference, Ulid Share, bool IsDone);

/// <summary>
/// The table ShareTokens: one row a token of a partner, inserted conditionally, so that a token belongs to one account
/// whoever races. Holds a keyed hash, nothing of the token.
/// </summary>
internal sealed class ShareTokens(AppTables tables, EmailIndex index)
{
    private const string Row = "token";

    /// <summary>The keyed hash of a token, unique for a partner.</summary>
    public async Task<string> HashAsync(PersonKey person, string token, CancellationToken ct) =>
        Convert.ToHexStringLower(
            HMACSHA256.HashData(
                await index.KeyAsync(person.Partner, ct),
                Encoding.UTF8.GetBytes($"share-token|{token}")
            )
        );

    /// <summary>Claims a token unless it is claimed already; returns the valid claim.</summary>
    public async Task<TokenClaim> ClaimAsync(PersonKey person, string hash, Ulid share, CancellationToken ct)
    {
        var row = new TableEntity(PartitionOf(person, hash), Row)
        {
            ["Reference"] = person.Reference.Value,
            ["Share"] = share.Text,
            ["Done"] = false,
        };
        try
        {
            await tables.ShareTokens.AddEntityAsync(row, ct);
            return new TokenClaim(person.Reference, share, IsDone: false);
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            var existing = (
                await tables.ShareTokens.GetEntityAsync<TableEntity>(row.PartitionKey, Row, cancellationToken: ct)
            ).Value;
            return new TokenClaim(
                ReferenceId.FromStorage(existing.Text("Reference")),
                Ulid.FromStorage(existing.Text("Share")),
                existing.GetBoolean("Done") ?? false
            );
        }
    }

    /// <summary>Marks the claim as done: a repeated call with this token needs no further work.</summary>
    public Task DoneAsync(PersonKey person, string hash, CancellationToken ct) =>
        tables.ShareTokens.UpdateEntityAsync(
            new TableEntity(PartitionOf(person, hash), Row) { ["Done"] = true },
            ETag.All,
            TableUpdateMode.Merge,
            ct
        );

    private static string PartitionOf(PersonKey person, string hash) => $"{person.Partner}|{hash}";
}
