using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Serverless.Tests;

/// <summary>
/// Signs and sends requests to the identity API, each with a nonce of its own.
/// <see cref="Signing"/> replaces parts.
/// </summary>
public sealed class TestIdentityClient(TestApp app, string key, string secret)
{
    private long _lastNonce;

    public string Key => key;

    public string Secret => secret;

    public Task<Reply> GetAsync(string target, Signing? signing = null) =>
        SendAsync(HttpMethod.Get, target, null, signing);

    public Task<Reply> PostAsync(string target, object? body, Signing? signing = null) =>
        SendAsync(HttpMethod.Post, target, body, signing);

    public Task<Reply> PatchAsync(string target, object? body, Signing? signing = null) =>
        SendAsync(HttpMethod.Patch, target, body, signing);

    /// <summary>Sends a request; <paramref name="body"/> is JSON text, bytes, or an object to serialise.</summary>
    public Task<Reply> SendAsync(
        HttpMethod method,
        string target,
        object? body,
        Signing? signing = null,
        params (string Name, string Value)[] headers
    )
    {
        var bytes = TestApp.BytesOf(body);
        // What the HTTP client will send, which is not always what it was given.
        var sent = new Uri(app.Address, target).PathAndQuery;
        return app.SendAsync(
            method,
            target,
            body is null ? null : bytes,
            [("Authorization", Authorize(method.Method, sent, bytes, signing)), .. headers]
        );
    }

    /// <summary>Sends a request with exactly this target, which an HTTP client would tidy up.</summary>
    public async Task<RawReply> SendRawAsync(
        string method,
        string target,
        string body = "",
        Signing? signing = null,
        params string[] headers
    )
    {
        using var raw = await RawHttp.ConnectAsync(app.Address);
        var bytes = Encoding.UTF8.GetBytes(body);
        List<string> head =
        [
            $"{method} {target} HTTP/1.1",
            "Host: a",
            $"Authorization: {Authorize(method, target, bytes, signing)}",
            "Content-Type: application/json",
            .. bytes.Length > 0 ? [$"Content-Length: {bytes.Length}"] : Array.Empty<string>(),
            .. headers,
            "",
            "",
        ];
        return await raw.SendAsync([.. Encoding.Latin1.GetBytes(string.Join("\r\n", head)), .. bytes]);
    }

    /// <summary>The header for a request.</summary>
    public string Authorize(string method, string target, byte[] body, Signing? signing = null)
    {
        signing ??= new Signing();
        var nonce = signing.Nonce ?? NextNonce();
        var signed = signing.Body is { } other ? TestApp.BytesOf(other) : body;
        var head = Encoding.UTF8.GetBytes($"{signing.Method ?? method}\n{signing.Target ?? target}\n{nonce}");
        byte[] canonical = signed.Length > 0 ? [.. head, (byte)'\n', .. signed] : head;
        var signature =
            signing.Signature
            ?? Convert.ToHexStringLower(
                HMACSHA256.HashData(Encoding.UTF8.GetBytes(signing.Secret ?? secret), canonical)
            );
        return signing.Header is { } header
            ? header(signing.Key ?? key, signature, nonce)
            : $"Bearer {signing.Key ?? key}:{signature}:{nonce}";
    }

    /// <summary>Microseconds by the wall clock, which signatures are judged by; never the same twice.</summary>
    public string NextNonce()
    {
        while (true)
        {
            var last = Interlocked.Read(ref _lastNonce);
            var next = Math.Max(last + 1, NonceAt(DateTimeOffset.UtcNow));
            if (Interlocked.CompareExchange(ref _lastNonce, next, last) == last)
                return next.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The same key, calling another instance.</summary>
    public TestIdentityClient At(TestApp instance) => new(instance, key, secret);

    /// <summary>The same partner with another of its keys.</summary>
    public TestIdentityClient With(string otherKey, string otherSecret) => new(app, otherKey, otherSecret);

    public static long NonceAt(DateTimeOffset at) =>
        (at - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}

/// <summary>What is signed or sent instead of the right thing; null for the right thing.</summary>
public sealed record Signing
{
    public string? Key { get; init; }

    public string? Secret { get; init; }

    public string? Nonce { get; init; }

    /// <summary>Signed instead of the method that is sent.</summary>
    public string? Method { get; init; }

    /// <summary>Signed instead of the target that is sent.</summary>
    public string? Target { get; init; }

    /// <summary>Signed instead of the body that is sent.</summary>
    public object? Body { get; init; }

    public string? Signature { get; init; }

    /// <summary>Makes the header out of key, signature and nonce.</summary>
    public Func<string, string, string, string>? Header { get; init; }
}
