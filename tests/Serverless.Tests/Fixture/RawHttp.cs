using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Serverless.Tests;

/// <summary>
/// Sends bytes as they are, because an HTTP client would refuse to send or would tidy up what is malformed.
/// </summary>
public sealed class RawHttp : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private readonly TcpClient _client = new();

    private RawHttp() { }

    public static async Task<RawHttp> ConnectAsync(Uri address)
    {
        var raw = new RawHttp();
        await raw._client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        return raw;
    }

    /// <summary>Sends a request and reads the answer by its Content-Length.</summary>
    public async Task<RawReply> SendAsync(byte[] request)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Timeout);
        var stream = _client.GetStream();
        try
        {
            await stream.WriteAsync(request, limit.Token);
        }
        catch (IOException)
        {
            // The app answered and closed before it had read everything: the answer is what counts.
        }
        var hasBody = !request.AsSpan().StartsWith("HEAD "u8);
        var received = new List<byte>();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var text = Encoding.UTF8.GetString([.. received]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                var reply = new RawReply(text[..end].Split("\r\n"), text[(end + 4)..]);
                if (
                    !hasBody
                    || Encoding.UTF8.GetByteCount(reply.Body)
                        >= int.Parse(reply["Content-Length"] ?? "0", CultureInfo.InvariantCulture)
                )
                    return reply;
            }
            var read = await stream.ReadAsync(buffer, limit.Token);
            if (read == 0)
                throw new IOException($"The connection was closed after: {text}");
            received.AddRange(buffer.AsSpan(0, read));
        }
    }

    public void Dispose() => _client.Dispose();
}

/// <summary>An answer as text.</summary>
public sealed record RawReply(string[] Head, string Body)
{
    public int Status => int.Parse(Head[0].Split(' ')[1], CultureInfo.InvariantCulture);

    public string? this[string header] =>
        Array.Find(Head, line => line.StartsWith(header + ":", StringComparison.OrdinalIgnoreCase)) is { } line
            ? line[(header.Length + 1)..].Trim()
            : null;
}
