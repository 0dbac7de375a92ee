using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Serverless.Functions.Security;

/// <summary>
/// Wraps small secrets (data keys, webhook secrets) with AES-256-GCM under the master keys of the secret
/// <c>KeyRing</c>: <c>{"current":"2026-11","keys":{"2026-11":"base64 of 32 bytes", …}}</c>. New values use the current
/// key; older ones stay readable as long as their key is listed, so a rotation rewrites nothing.
/// </summary>
/// <remarks>
/// A wrapped value is <c>keyId.base64(nonce, ciphertext, tag)</c>; its purpose is authenticated, so that a value cannot
/// be moved to another place.
/// </remarks>
internal sealed class KeyRing(ISecretSource secrets, TimeProvider time) : IDisposable
{
    /// <summary>Name of the secret that contains it.</summary>
    public const string SecretName = "KeyRing";

    /// <summary>The required format of the secret.</summary>
    public const string Shape =
        $"Secret '{SecretName}' must be "
        + """{"current":"id","keys":{"id":"base64 of 32 bytes"}} and list its current key.""";

    private static readonly TimeSpan Refresh = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Signatures come from outside: one with an unknown key id must not cause a lookup of the secret each time.
    /// </summary>
    private static readonly TimeSpan UnknownKeyPause = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _loading = new(1, 1);
    private Keys? _keys;

    /// <summary>True for a secret that is a key ring.</summary>
    public static bool IsWellFormed(string secret) => Keys.TryParse(secret, default) is not null;

    /// <summary>Encrypts a text for a purpose.</summary>
    public async ValueTask<string> WrapAsync(string text, string purpose, CancellationToken ct) =>
        await WrapAsync(Encoding.UTF8.GetBytes(text), purpose, ct);

    /// <summary>Encrypts bytes for a purpose.</summary>
    public async ValueTask<string> WrapAsync(byte[] bytes, string purpose, CancellationToken ct)
    {
        var keys = await KeysAsync(ct);
        return $"{keys.Current}.{Convert.ToBase64String(Sealed.Seal(bytes, keys.ById[keys.Current], purpose))}";
    }

    /// <summary>Decrypts a text.</summary>
    public async ValueTask<string> UnwrapTextAsync(string wrapped, string purpose, CancellationToken ct) =>
        Encoding.UTF8.GetString(await UnwrapAsync(wrapped, purpose, ct));

    /// <summary>
    /// Decrypts what <see cref="WrapAsync(byte[],string,CancellationToken)"/> made for the same purpose.
    /// </summary>
    /// <exception cref="CryptographicException">
    /// The value was changed, belongs to another purpose, or its key is no longer listed.
    /// </exception>
    public async ValueTask<byte[]> UnwrapAsync(string wrapped, string purpose, CancellationToken ct)
    {
        var dot = wrapped.LastIndexOf('.');
        var sealedBytes = new byte[Math.Max(0, wrapped.Length - dot)];
        // Base64 with stray bits in its last character decodes to the same bytes: only the canonical spelling is
        // accepted.
        if (
            dot < 0
            || !Convert.TryFromBase64Chars(wrapped.AsSpan(dot + 1), sealedBytes, out var length)
            || Convert.ToBase64String(sealedBytes.AsSpan(0, length)) != wrapped[(dot + 1)..]
        )
            throw new CryptographicException("The wrapped value is malformed.");
        var id = wrapped[..dot];
        var keys = await KeysAsync(ct);
        if (!keys.ById.TryGetValue(id, out var key))
        {
            // Another instance may already use a newer ring: reload once before giving up.
            _keys = null;
            keys = await KeysAsync(ct);
            if (!keys.ById.TryGetValue(id, out key))
                throw new CryptographicException($"The key ring holds no key '{id}'.");
        }
        return Sealed.Open(sealedBytes.AsSpan(0, length), key, purpose);
    }

    /// <summary>
    /// Signs a text for a purpose: <c>keyId.signature</c> (HMAC-SHA256 under a key derived for the purpose, as
    /// base64url).
    /// </summary>
    public async ValueTask<string> SignAsync(string text, string purpose, CancellationToken ct)
    {
        var keys = await KeysAsync(ct);
        return $"{keys.Current}.{Base64Url.EncodeToString(Mac(keys.ById[keys.Current], text, purpose))}";
    }

    /// <summary>
    /// True for a signature of <see cref="SignAsync"/> for this text and purpose, as long as its key is listed.
    /// </summary>
    public async ValueTask<bool> IsSignedAsync(string text, string purpose, string signature, CancellationToken ct)
    {
        var dot = signature.LastIndexOf('.');
        if (dot <= 0 || !Base64Url.IsValid(signature.AsSpan(dot + 1)))
            return false;
        var keys = await KeysAsync(ct);
        if (
            !keys.ById.TryGetValue(signature[..dot], out var key)
            && time.GetUtcNow() >= keys.Until - Refresh + UnknownKeyPause
        )
        {
            _keys = null;
            (await KeysAsync(ct)).ById.TryGetValue(signature[..dot], out key);
        }
        return key is not null
            && CryptographicOperations.FixedTimeEquals(
                Mac(key, text, purpose),
                Base64Url.DecodeFromChars(signature.AsSpan(dot + 1))
            );
    }

    public void Dispose() => _loading.Dispose();

    private static byte[] Mac(byte[] key, string text, string purpose) =>
        HMACSHA256.HashData(
            HKDF.DeriveKey(HashAlgorithmName.SHA256, key, 32, info: Encoding.UTF8.GetBytes(purpose)),
            Encoding.UTF8.GetBytes(text)
        );

    private async ValueTask<Keys> KeysAsync(CancellationToken ct)
    {
        if (_keys is { } known && time.GetUtcNow() < known.Until)
            return known;
        await _loading.WaitAsync(ct);
        try
        {
            if (_keys is { } loaded && time.GetUtcNow() < loaded.Until)
                return loaded;
            return _keys =
                Keys.TryParse(await secrets.GetAsync(SecretName, ct), time.GetUtcNow() + Refresh)
                ?? throw new InvalidOperationException(Shape);
        }
        finally
        {
            _loading.Release();
        }
    }

    private sealed record Keys(string Current, IReadOnlyDictionary<string, byte[]> ById, DateTimeOffset Until)
    {
        public static Keys? TryParse(string json, DateTimeOffset until)
        {
            try
            {
                using var document = JsonDocument.Parse(json);
                var current = document.RootElement.GetProperty("current").GetString() ?? "";
                var byId = document
                    .RootElement.GetProperty("keys")
                    .EnumerateObject()
                    .ToDictionary(key => key.Name, key => key.Value.GetBytesFromBase64());
                if (byId.ContainsKey(current) && byId.Values.All(key => key.Length == 32))
                    return new Keys(current, byId, until);
            }
            catch (Exception ex)
                when (ex is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
            {
                // The parser's message could quote the secret, so the required format is reported instead.
            }
            return null;
        }
    }
}

/// <summary>AES-256-GCM with a random nonce: nonce (12 bytes), ciphertext, tag (16 bytes).</summary>
internal static class Sealed
{
    private const int NonceSize = 12;
    private const int TagSize = 16;

    public static byte[] Seal(ReadOnlySpan<byte> plain, byte[] key, string purpose)
    {
        var result = new byte[NonceSize + plain.Length + TagSize];
        var nonce = result.AsSpan(0, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(
            nonce,
            plain,
            result.AsSpan(NonceSize, plain.Length),
            result.AsSpan(NonceSize + plain.Length),
            Encoding.UTF8.GetBytes(purpose)
        );
        return result;
    }

    /// <exception cref="CryptographicException">It was not encrypted with this key for this purpose.</exception>
    public static byte[] Open(ReadOnlySpan<byte> sealedBytes, byte[] key, string purpose)
    {
        if (sealedBytes.Length < NonceSize + TagSize)
            throw new CryptographicException("The sealed value is too short.");
        var plain = new byte[sealedBytes.Length - NonceSize - TagSize];
        using var aes = new AesGcm(key, TagSize);
        aes.Decrypt(
            sealedBytes[..NonceSize],
            sealedBytes.Slice(NonceSize, plain.Length),
            sealedBytes[^TagSize..],
            plain,
            Encoding.UTF8.GetBytes(purpose)
        );
        return plain;
    }
}
