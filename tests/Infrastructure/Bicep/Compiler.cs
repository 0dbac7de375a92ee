using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Serverless.Infrastructure.Bicep;

/// <summary>
/// The real Bicep compiler, as one process that answers requests (<c>bicep jsonrpc --stdio</c>): its start takes
/// longer than an answer.
/// </summary>
internal sealed class Compiler
{
    private static readonly Lazy<Compiler> Started = new(() => new Compiler());
    private readonly Process _process;
    private readonly Lock _turn = new();
    private int _requests;

    private Compiler()
    {
        _process = Process.Start(
            new ProcessStartInfo(Repository.Compiler, ["jsonrpc", "--stdio"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        // It ends when its input does, so with this process.
    }

    /// <summary>Null where it can run; else why not.</summary>
    public static string? Missing { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64
            ? null
            : "The package of the Bicep compiler is for Linux on x64: elsewhere these tests are left to the workflow.";

    /// <exception cref="InvalidOperationException">What the compiler says about a request that it refuses.</exception>
    public static JsonElement Ask(string method, object parameters) => Started.Value.Send(method, parameters);

    private JsonElement Send(string method, object parameters)
    {
        lock (_turn)
        {
            var request = JsonSerializer.SerializeToUtf8Bytes(
                new
                {
                    jsonrpc = "2.0",
                    id = ++_requests,
                    method,
                    @params = parameters,
                }
            );
            var input = _process.StandardInput.BaseStream;
            input.Write(Encoding.ASCII.GetBytes($"Content-Length: {request.Length}\r\n\r\n"));
            input.Write(request);
            input.Flush();
            var answer = JsonElement.Parse(ReadMessage(_process.StandardOutput.BaseStream));
            return answer.TryGetProperty("error", out var error)
                ? throw new InvalidOperationException(error.GetProperty("message").GetString())
                : answer.GetProperty("result");
        }
    }

    private static byte[] ReadMessage(Stream stream)
    {
        var length = 0;
        while (ReadLine(stream) is { Length: > 0 } header)
        {
            if (header.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
                length = int.Parse(header.AsSpan(15), CultureInfo.InvariantCulture);
        }
        var message = new byte[length];
        stream.ReadExactly(message);
        return message;
    }

    private static string ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        for (var next = stream.ReadByte(); next != '\n'; next = stream.ReadByte())
        {
            if (next < 0)
                throw new InvalidOperationException("The Bicep compiler has ended.");
            line.Append((char)next);
        }
        return line.ToString().TrimEnd('\r');
    }
}
