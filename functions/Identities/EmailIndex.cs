using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Identities;

/// <summary>A row of the e-mail index.</summary>
/// <param name="Reference">The anchor: a reference of the account that holds the address.</param>
/// <param name="At">When it was claimed.</param>
/// <param name="ETag">The row's version.</param>
internal sealed record EmailClaim(ReferenceId Reference, DateTimeOffset At, ETag ETag);

/// <summary>
/// The table EmailIndex: one row per address of a partner, inserted conditionally, so that an address stays unique
/// under concurrency. The row only points to an account; the account says whether it holds the address
/// (<see cref="Account.Emails"/>).
/// </summary>
internal sealed class EmailIndex(
    AppTables tables,
    PartnerStore partners,
    PartnerDirectory directory,
    KeyRing keyRing,
    TimeProvider time
)
{
    private const string Row = "email";

    /// <summary>The hash of an address in a partner's index.</summary>
    public async ValueTask<string> HashAsync(PartnerId partner, EmailAddress email, CancellationToken ct) =>
        email.HashWith(await KeyAsync(partner, ct));

    /// <summary>
    /// The hash, for a call that must not write; null where the partner has no index key yet and so no addresses.
    /// </summary>
    public async ValueTask<string?> FindHashAsync(PartnerId partner, EmailAddress email, CancellationToken ct) =>
        (
            (await directory.FindAsync(partner, ct))?.WrappedIndexKey
            ?? (await partners.FindAsync(partner, ct))?.WrappedIndexKey
        )
            is { } wrapped
            ? email.HashWith(await keyRing.UnwrapAsync(wrapped, PurposeOf(partner), ct))
            : null;

    /// <summary>The partner's own index key: created on first use, encrypted by the key ring, never changed.</summary>
    public async ValueTask<byte[]> KeyAsync(PartnerId partner, CancellationToken ct)
    {
        var wrapped = (await directory.FindAsync(partner, ct))?.WrappedIndexKey;
        if (wrapped is null)
        {
            var fresh = await keyRing.WrapAsync(
                System.Security.Cryptography.RandomNumberGenerator.GetBytes(32),
                PurposeOf(partner),
                ct
            );
            var stored = await partners.UpdateAsync(
                partner,
                current => current.WrappedIndexKey is null ? current with { WrappedIndexKey = fresh } : current,
                ct
            );
            directory.Forget(partner);
            wrapped = stored?.WrappedIndexKey ?? throw new InvalidOperationException("There is no such partner.");
        }
        return await keyRing.UnwrapAsync(wrapped, PurposeOf(partner), ct);
    }

    /// <summary>The claim of an address; null when there is none.</summary>
    public async Task<EmailClaim?> FindAsync(PartnerId partner, string hash, CancellationToken ct)
    {
        var row = await tables.EmailIndex.GetEntityIfExistsAsync<TableEntity>(
            PartitionOf(partner, hash),
            Row,
            cancellationToken: ct
        );
        return row.HasValue
            ? new EmailClaim(
                ReferenceId.FromStorage(row.Value!.Text("Reference")),
                row.Value!.Time("At"),
                row.Value!.ETag
            )
            : null;
    }

    /// <summary>Claims a free address; false when another request was first.</summary>
    public async Task<bool> TryClaimAsync(PersonKey person, string hash, CancellationToken ct)
    {
        try
        {
            await tables.EmailIndex.AddEntityAsync(NewRow(person, hash), ct);
            return true;
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            return false;
        }
    }

    /// <summary>Takes over a claim; false when it has changed since it was read.</summary>
    public async Task<bool> TryReplaceAsync(PersonKey person, string hash, EmailClaim claim, CancellationToken ct)
    {
        try
        {
            await tables.EmailIndex.UpdateEntityAsync(NewRow(person, hash), claim.ETag, TableUpdateMode.Replace, ct);
            return true;
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            return false;
        }
    }

    /// <summary>Releases a claim, if it has not changed since it was read.</summary>
    public async Task ReleaseAsync(PartnerId partner, string hash, EmailClaim claim, CancellationToken ct)
    {
        try
        {
            await tables.EmailIndex.DeleteEntityAsync(PartitionOf(partner, hash), Row, claim.ETag, ct);
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            // Another request has taken it over.
        }
    }

    private TableEntity NewRow(PersonKey person, string hash) =>
        new(PartitionOf(person.Partner, hash), Row) { ["Reference"] = person.Reference.Value, ["At"] = time.Now() };

    private static string PartitionOf(PartnerId partner, string hash) => $"{partner}|{hash}";

    private static string PurposeOf(PartnerId partner) => $"index-key|{partner}";
}
