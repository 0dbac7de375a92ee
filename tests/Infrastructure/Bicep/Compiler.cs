using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using StreamJsonRpc;

namespace Serverless.Infrastructure.Bicep;

/// <summary>
/// The real Bicep compiler, as one process that answers requests (<c>bicep jsonrpc --stdio</c>): its start takes
/// longer than an answer. It ends when its input does, so with this process.
/// </summary>
internal static class Compiler
{
    private static readonly Lazy<JsonRpc> Started = new(Start);

    /// <summary>Null where it can run; else why not.</summary>
    public static string? Missing { get; } =
        OperatingSystem.IsLinux() && RuntimeInformation.OSArchitecture == Architecture.X64
            ? null
            : "The package of the Bicep compiler is for Linux on x64: elsewhere these tests are left to the workflow.";

    /// <exception cref="RemoteInvocationException">What the compiler says about a request that it refuses.</exception>
    public static JsonElement Ask(string method, object parameters) =>
        Started.Value.InvokeWithParameterObjectAsync<JsonElement>(method, parameters).GetAwaiter().GetResult();

    private static JsonRpc Start()
    {
        var start = new ProcessStartInfo(Repository.Compiler, ["jsonrpc", "--stdio"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start)!;
        var (input, output) = (process.StandardInput.BaseStream, process.StandardOutput.BaseStream);
        var rpc = new JsonRpc(new HeaderDelimitedMessageHandler(input, output, new SystemTextJsonFormatter()));
        rpc.StartListening();
        return rpc;
    }
}
