using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Samples;

/// <summary>
/// Verifies a webhook by hand. With a Program.cs of <c>return Samples.VerifyWebhook.Run(args,
/// Environment.GetEnvironmentVariable("WEBHOOK_SECRET") ?? "", Console.OpenStandardInput(), Console.Error);</c> it is a
/// program: <c>WEBHOOK_SECRET=whsec_… dotnet run -- standard|m2m 'name: value' … &lt; body</c>. It ends with 0 for a
/// genuine, fresh webhook, else with 1 and the reason. Several secrets, separated by spaces: any of them may have
/// signed it.
/// </summary>
internal static class VerifyWebhook
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>What is wrong with the webhook, or null.</summary>
    /// <param name="scheme"><c>standard</c> or <c>m2m</c>.</param>
    /// <param name="secrets">Any of them may have signed it.</param>
    /// <param name="headers">With names that compare without case.</param>
    /// <param name="body">The raw bytes.</param>
    /// <param name="now">The time.</param>
    public static string? ProblemOf(
        string scheme,
        IEnumerable<string> secrets,
        IReadOnlyDictionary<string, string> headers,
        ReadOnlySpan<byte> body,
        DateTimeOffset now
    )
    {
        var isM2m = scheme == "m2m";
        var timestamp = headers.GetValueOrDefault(isM2m ? "X-M2M-Timestamp" : "webhook-timestamp", "");
        if (
            !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs((decimal)now.ToUnixTimeSeconds() - seconds) > (decimal)Tolerance.TotalSeconds
        )
            return "the timestamp is missing or too far from now";
        foreach (var secret in secrets)
        {
            if (
                isM2m
                    ? SignedByM2m(secret, headers, timestamp, body)
                    : SignedByStandard(secret, headers, timestamp, body)
            )
                return null;
        }
        return "the signature does not match";
    }

    /// <summary>The program.</summary>
    public static int Run(string[] args, string secrets, Stream input, TextWriter errors)
    {
        if (args is not ["standard" or "m2m", ..])
        {
            errors.WriteLine("Usage: WEBHOOK_SECRET=whsec_… dotnet run -- standard|m2m 'name: value' … < body");
            return 1;
        }
        var headers = args.Skip(1)
            .Select(line => line.Split(':', 2))
            .ToDictionary(parts => parts[0], parts => parts[^1].Trim(), StringComparer.OrdinalIgnoreCase);
        using var body = new MemoryStream();
        input.CopyTo(body);
        if (
            ProblemOf(
                args[0],
                secrets.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                headers,
                body.ToArray(),
                DateTimeOffset.UtcNow
            )
            is not { } problem
        )
            return 0;
        errors.WriteLine(problem);
        return 1;
    }

    /// <summary>
    /// <c>X-M2M-Signature</c>: <c>sha256=</c> and hex of HMAC(the whole secret as text, "timestamp.body").
    /// </summary>
    private static bool SignedByM2m(
        string secret,
        IReadOnlyDictionary<string, string> headers,
        string timestamp,
        ReadOnlySpan<byte> body
    ) =>
        Same(
            "sha256=" + Convert.ToHexStringLower(Hmac(Encoding.UTF8.GetBytes(secret), $"{timestamp}.", body)),
            headers.GetValueOrDefault("X-M2M-Signature", "")
        );

    /// <summary>
    /// <c>webhook-signature</c>: <c>v1,</c> and base64 of HMAC(the decoded secret, "id.timestamp.body"), during a
    /// rotation two of them.
    /// </summary>
    private static bool SignedByStandard(
        string secret,
        IReadOnlyDictionary<string, string> headers,
        string timestamp,
        ReadOnlySpan<byte> body
    )
    {
        var key = Convert.FromBase64String(
            secret.StartsWith("whsec_", StringComparison.Ordinal) ? secret["whsec_".Length..] : secret
        );
        var expected =
            "v1,"
            + Convert.ToBase64String(Hmac(key, $"{headers.GetValueOrDefault("webhook-id", "")}.{timestamp}.", body));
        return headers.GetValueOrDefault("webhook-signature", "").Split(' ').Any(sent => Same(expected, sent));
    }

    private static byte[] Hmac(byte[] key, string before, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes(before));
        hmac.AppendData(body);
        return hmac.GetHashAndReset();
    }

    /// <summary>In constant time.</summary>
    private static bool Same(string expected, string sent) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(sent));
}
