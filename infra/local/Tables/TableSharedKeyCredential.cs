using System.Security.Cryptography;
using System.Text;

namespace Azure.Data.Tables;

/// <summary>An account's name and key.</summary>
public class TableSharedKeyCredential
{
    private byte[] _key;

    public TableSharedKeyCredential(string accountName, string accountKey)
    {
        ArgumentNullException.ThrowIfNull(accountName);
        AccountName = accountName;
        _key = Convert.FromBase64String(accountKey);
    }

    public string AccountName { get; }

    /// <summary>Replaces the key; requests from now on are signed with it.</summary>
    public void SetAccountKey(string accountKey) => Volatile.Write(ref _key, Convert.FromBase64String(accountKey));

    /// <summary>The value of the header <c>Authorization</c>: Shared Key Lite over the date and the resource.</summary>
    internal string Authorize(string date, string absolutePath, string? comp)
    {
        // In path style (Azurite) the path itself begins with the account, which therefore appears twice.
        var text = comp is null ? $"{date}\n/{AccountName}{absolutePath}" : $"{date}\n/{AccountName}{absolutePath}?comp={comp}";
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Volatile.Read(ref _key), Encoding.UTF8.GetBytes(text), mac);
        return $"SharedKeyLite {AccountName}:{Convert.ToBase64String(mac)}";
    }
}
