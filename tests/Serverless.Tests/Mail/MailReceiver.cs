using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Mail;

/// <summary>A mail server by somebody else: npm's smtp-server, in a process of its own.</summary>
internal sealed class MailReceiver : IDisposable
{
    private readonly Process _process;

    private MailReceiver(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public static async Task<MailReceiver> StartAsync(object options)
    {
        await SamplePrograms.InstallAsync();
        var process = Process.Start(
            new ProcessStartInfo("node", ["smtp.mjs"])
            {
                WorkingDirectory = SamplePrograms.Folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            }
        )!;
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(options));
        var port = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        return new MailReceiver(process, int.Parse(port!, CultureInfo.InvariantCulture));
    }

    /// <summary>The next mail that it took.</summary>
    public async Task<JsonNode> NextAsync() =>
        JsonNode.Parse(
            (
                await _process
                    .StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)
                    .AsTask()
                    .WaitAsync(TimeSpan.FromSeconds(20))
            )!
        )!;

    /// <summary>Ends it; what it took and nobody asked for.</summary>
    public async Task<string> RestAsync()
    {
        _process.StandardInput.Close();
        return await _process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
