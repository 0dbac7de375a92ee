using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Campaign;

/// <summary>Signatures of the identity API, made by its description alone.</summary>
internal static class Signer
{
    private static long _last;

    public static string Sign(string secret, string method, string target, string nonce, byte[] body)
    {
        var head = Encoding.UTF8.GetBytes($"{method}\n{target}\n{nonce}");
        byte[] canonical = body.Length > 0 ? [.. head, (byte)'\n', .. body] : head;
        return Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), canonical));
    }

    /// <summary>Microseconds by the wall clock, which signatures are judged by; never the same twice.</summary>
    public static string Nonce()
    {
        while (true)
        {
            var last = Interlocked.Read(ref _last);
            var now = (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            var next = Math.Max(last + 1, now);
            if (Interlocked.CompareExchange(ref _last, next, last) == last)
                return next.ToString(CultureInfo.InvariantCulture);
        }
    }
}
