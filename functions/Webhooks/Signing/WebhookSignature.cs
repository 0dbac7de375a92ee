using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Webhooks.Signing;

/// <summary>
/// The two signature families that each delivery carries. Pure: the time is a parameter.
/// </summary>
internal static class WebhookSignature
{
    /// <summary>
    /// <c>X-M2M-Signature</c>: <c>sha256=</c> and lower-case hex of HMAC-SHA256 over <c>timestamp.body</c>.
    /// </summary>
    /// <param name="timestamp">Unix seconds, as sent in <c>X-M2M-Timestamp</c>.</param>
    public static string M2m(byte[] key, long timestamp, ReadOnlySpan<byte> body)
    {
        var before = string.Create(CultureInfo.InvariantCulture, $"{timestamp}.");
        return "sha256=" + Convert.ToHexStringLower(Hmac(key, before, body));
    }

    /// <summary>
    /// <c>webhook-signature</c> of Standard Webhooks: <c>v1,</c> and base64 of HMAC-SHA256 over
    /// <c>id.timestamp.body</c>.
    /// </summary>
    public static string Standard(byte[] key, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        var before = string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.");
        return "v1," + Convert.ToBase64String(Hmac(key, before, body));
    }

    private static byte[] Hmac(byte[] key, string before, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes(before));
        hmac.AppendData(body);
        return hmac.GetHashAndReset();
    }
}
