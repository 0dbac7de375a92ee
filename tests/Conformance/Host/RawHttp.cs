using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>Requests as no client library would send them.</summary>
internal static class RawHttp
{
    /// <summary>
    /// Sends these characters, each as one byte, and reads the answer until the connection is closed.
    /// </summary>
    public static async Task<string> SendAsync(Uri address, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, address.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.Latin1);
        try
        {
            return await reader
                .ReadToEndAsync(TestContext.Current.CancellationToken)
                .WaitAsync(TimeSpan.FromSeconds(20));
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>A GET with these header lines.</summary>
    public static Task<string> GetAsync(Uri address, string target, params string[] headers) =>
        SendAsync(
            address,
            $"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{string.Concat(headers.Select(line => line + "\r\n"))}\r\n"
        );

    public static int Status(string answer) =>
        answer.Length > 12 ? int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture) : 0;

    /// <summary>The answer's body, which must not be chunked or must be one chunk.</summary>
    public static string Body(string answer)
    {
        var body = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        return body.StartsWith('{') || !body.Contains('{', StringComparison.Ordinal)
            ? body
            : body[body.IndexOf('{', StringComparison.Ordinal)..(body.LastIndexOf('}') + 1)];
    }
}
