using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>What is delivered is verified by the libraries that partners would use: npm's standardwebhooks and svix.</summary>
public sealed class ThirdPartyVerificationTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task The_libraries_of_Standard_Webhooks_and_Svix_accept_a_delivery_and_refuse_it_when_changed()
    {
        var samples = await ReadyAsync();
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync(metadata: new { note = "¡señal! \u2028 \"quoted\"" });
        await app.IdleAsync();
        var delivered = Assert.Single(inbox.Received);

        var (accepted, output) = await VerifyAsync(samples, partner.Secret, delivered, delivered.Text);
        Assert.True(accepted == 0, output);
        Assert.Equal("""{"standardwebhooks":"ok","svix":"ok"}""", output.Trim());
        Assert.NotEqual(0, (await VerifyAsync(samples, partner.Secret, delivered, delivered.Text.Replace("created", "revoked", StringComparison.Ordinal))).ExitCode);
        Assert.NotEqual(0, (await VerifyAsync(samples, (await app.NewPartnerAsync()).Secret, delivered, delivered.Text)).ExitCode);
    }

    [Fact]
    public async Task They_accept_an_event_that_is_pulled_and_refuse_it_when_changed()
    {
        var samples = await ReadyAsync();
        var partner = await app.NewPartnerAsync(await app.NewInboxAsync());
        await partner.CreateLinkAsync(metadata: new { note = "¡señal! \u2028 \"quoted\"" });
        await app.AdvanceAsync(TimeSpan.FromSeconds(15));
        var pulled = Assert.Single((await partner.GetAsync("/partner/events")).Is(200).Data["items"]!.AsArray())!;
        var headers = pulled["headers"]!.AsObject().ToDictionary(header => header.Key, header => (string)header.Value!);

        var (accepted, output) = await VerifyAsync(samples, partner.Secret, headers, (string)pulled["body"]!);
        Assert.True(accepted == 0, output);
        Assert.NotEqual(0, (await VerifyAsync(samples, partner.Secret, headers, (string)pulled["body"]! + " ")).ExitCode);
    }

    private static Task<(int ExitCode, string Output)> VerifyAsync(string samples, string secret, Webhook webhook, string body) => VerifyAsync(samples, secret, webhook.Headers, body);

    private static Task<(int ExitCode, string Output)> VerifyAsync(string samples, string secret, IReadOnlyDictionary<string, string> headers, string body) =>
        RunAsync(samples, "node", JsonSerializer.Serialize(new { secret, headers, body }), "verify.mjs");

    private static async Task<string> ReadyAsync()
    {
        var samples = FindSamples();
        if (!File.Exists(Path.Combine(samples, "node_modules", ".package-lock.json")))
            Assert.Equal(0, (await RunAsync(samples, OperatingSystem.IsWindows() ? "npm.cmd" : "npm", "", "ci", "--ignore-scripts", "--no-audit", "--no-fund")).ExitCode);
        return samples;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string folder, string program, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }

    private static string FindSamples()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Directory.Exists(Path.Combine(folder.FullName, "tests", "samples")))
                return Path.Combine(folder.FullName, "tests", "samples");
        throw new DirectoryNotFoundException("tests/samples");
    }
}
