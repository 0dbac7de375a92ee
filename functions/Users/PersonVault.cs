using System.Text;
using Azure.Data.Tables;
using Serverless.Functions.Audit;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>Encrypts with a person's data key for folders that must not depend on this one.</summary>
internal sealed class PersonVault(AppTables tables, KeyRing keyRing) : IPersonVault
{
    public async Task<byte[]?> SealAsync(PersonKey person, string text, string purpose, CancellationToken ct) =>
        await FindKeyAsync(person, ct) is { } key ? Sealed.Seal(Encoding.UTF8.GetBytes(text), key, purpose) : null;

    public async Task<string?> OpenAsync(PersonKey person, byte[] sealedText, string purpose, CancellationToken ct) =>
        await FindKeyAsync(person, ct) is { } key
            ? Encoding.UTF8.GetString(Sealed.Open(sealedText, key, purpose))
            : null;

    private async Task<byte[]?> FindKeyAsync(PersonKey person, CancellationToken ct)
    {
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            person.Partition,
            User.RowKey,
            ["DataKey"],
            ct
        );
        return row.HasValue && row.Value!.GetString("DataKey") is { } wrapped
            ? await DataKey.UnwrapAsync(keyRing, person, wrapped, ct)
            : null;
    }
}
