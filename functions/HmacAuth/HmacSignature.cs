using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.HmacAuth;

/// <summary>
/// The signature of a request: HMAC-SHA256 over method, target, nonce and body,
/// joined by line feeds.
/// </summary>
internal static class HmacSignature
{
    private const int HexLength = 2 * HMACSHA256.HashSizeInBytes;

    /// <summary>Lower-case hex.</summary>
    /// <param name="secret">UTF-8 of the secret.</param>
    /// <param name="method">HTTP method.</param>
    /// <param name="target">Path and query exactly as sent.</param>
    /// <param name="nonce">As sent.</param>
    /// <param name="body">The raw bytes; an empty body adds no fourth line.</param>
    public static string Compute(
        ReadOnlySpan<byte> secret,
        string method,
        string target,
        string nonce,
        ReadOnlySpan<byte> body
    ) => Convert.ToHexStringLower(Mac(secret, method, target, nonce, body));

    /// <summary>
    /// True when <paramref name="signature"/> (hex of either case) is that of the request. The comparison takes
    /// constant time.
    /// </summary>
    public static bool Matches(
        string signature,
        ReadOnlySpan<byte> secret,
        string method,
        string target,
        string nonce,
        ReadOnlySpan<byte> body
    )
    {
        var sent = new byte[HMACSHA256.HashSizeInBytes];
        return signature.Length == HexLength
            && Convert.FromHexString(signature, sent, out _, out _) == System.Buffers.OperationStatus.Done
            && CryptographicOperations.FixedTimeEquals(sent, Mac(secret, method, target, nonce, body));
    }

    private static byte[] Mac(
        ReadOnlySpan<byte> secret,
        string method,
        string target,
        string nonce,
        ReadOnlySpan<byte> body
    )
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        mac.AppendData(Encoding.UTF8.GetBytes($"{method.ToUpperInvariant()}\n{target}\n{nonce}"));
        if (body.Length > 0)
        {
            mac.AppendData("\n"u8);
            mac.AppendData(body);
        }
        return mac.GetHashAndReset();
    }
}
