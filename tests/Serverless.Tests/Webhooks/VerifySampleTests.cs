using System.Globalization;
using System.Text;
using Samples;
using Serverless.Functions.Partners;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>
/// The programs of <c>tests/samples/verify</c>, one a language, do what their page says. A language that is not on the
/// machine is skipped.
/// </summary>
public sealed class VerifySampleTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly SemaphoreSlim CompilingGo = new(1, 1);
    private static string? _go;

    public enum Language
    {
        CSharp,
        Node,
        NodeLibrary,
        Python,
        Go,
        Php,
    }

    public static TheoryData<Language, string> Programs()
    {
        var all = new TheoryData<Language, string>();
        foreach (var language in Enum.GetValues<Language>())
        {
            all.Add(language, "standard");
            // The library knows its own scheme only.
            if (language != Language.NodeLibrary)
                all.Add(language, "m2m");
        }
        return all;
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public async Task A_delivery_is_accepted_and_what_was_changed_is_refused(Language language, string scheme)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);
        await partner.CreateLinkAsync(metadata: new { note = "¡señal! \u2028 \"quoted\" \\ 😀" });
        await app.IdleAsync();
        var delivered = Assert.Single(inbox.Received);
        var wrong = WebhookSecret.New().Reveal();

        async Task Gives(int expected, string secrets, Webhook webhook)
        {
            var (exitCode, output) = await RunAsync(language, scheme, secrets, webhook);
            Assert.True(expected == exitCode, $"{exitCode} instead of {expected}: {output}");
            Assert.Equal(expected == 0, output.Length == 0);
            Assert.DoesNotContain(secrets, output, StringComparison.Ordinal);
        }

        await Gives(0, partner.Secret, delivered);
        await Gives(0, $"{wrong} {partner.Secret}", delivered);
        await Gives(1, wrong, delivered);
        await Gives(1, partner.Secret, delivered with { Body = [.. delivered.Body, (byte)' '] });
        await Gives(
            1,
            partner.Secret,
            delivered with
            {
                Body = Encoding.UTF8.GetBytes(delivered.Text.Replace("created", "revoked", StringComparison.Ordinal)),
            }
        );
        foreach (var header in new[] { "webhook-signature", "X-M2M-Signature" })
        {
            var signature = delivered.Headers[header];
            var first = signature.IndexOfAny([',', '=']) + 1;
            var changed = With(
                delivered,
                (header, signature[..first] + (signature[first] == '0' ? '1' : '0') + signature[(first + 1)..])
            );
            await Gives(header.StartsWith('w') == (scheme == "standard") ? 1 : 0, partner.Secret, changed);
        }
        await Gives(scheme == "standard" ? 1 : 0, partner.Secret, With(delivered, ("webhook-id", "evt_another")));

        // Signed correctly, at another time.
        var now = DateTimeOffset.UtcNow;
        await Gives(0, partner.Secret, SignedAt(now.AddMinutes(-4)));
        await Gives(0, partner.Secret, SignedAt(now.AddMinutes(4)));
        await Gives(1, partner.Secret, SignedAt(now.AddMinutes(-10)));
        await Gives(1, partner.Secret, SignedAt(now.AddMinutes(10)));
        // The timestamp is signed: a fresh one under an old signature helps nobody.
        var old = SignedAt(now.AddMinutes(-10));
        await Gives(
            1,
            partner.Secret,
            With(old, ("webhook-timestamp", Seconds(now)), ("X-M2M-Timestamp", Seconds(now)))
        );
        await Gives(1, partner.Secret, delivered with { Headers = new Dictionary<string, string>() });
        await Gives(1, partner.Secret, With(delivered, ("webhook-timestamp", "soon"), ("X-M2M-Timestamp", "soon")));

        Webhook SignedAt(DateTimeOffset at) =>
            With(
                delivered,
                ("webhook-timestamp", Seconds(at)),
                (
                    "webhook-signature",
                    Expected.Standard(partner.Secret, delivered.Headers["webhook-id"], Seconds(at), delivered.Body)
                ),
                ("X-M2M-Timestamp", Seconds(at)),
                ("X-M2M-Signature", Expected.M2m(partner.Secret, Seconds(at), delivered.Body))
            );
    }

    [Theory]
    [InlineData(Language.CSharp)]
    [InlineData(Language.Node)]
    [InlineData(Language.Python)]
    [InlineData(Language.Go)]
    [InlineData(Language.Php)]
    public async Task A_program_that_is_called_without_a_scheme_says_how_to_call_it(Language language)
    {
        var nothing = new Webhook(default, "POST", new Dictionary<string, string>(), []);
        var (exitCode, output) = await RunAsync(language, "", "", nothing);
        Assert.Equal(1, exitCode);
        Assert.Contains("Usage: WEBHOOK_SECRET=whsec_…", output, StringComparison.Ordinal);
    }

    /// <summary>The exit code of the hand-written check in Node.</summary>
    internal static async Task<int> ByHandAsync(string scheme, string secrets, Webhook webhook) =>
        (await RunAsync(Language.Node, scheme, secrets, webhook)).ExitCode;

    private static async Task<(int ExitCode, string Output)> RunAsync(
        Language language,
        string scheme,
        string secrets,
        Webhook webhook
    )
    {
        string[] arguments = [scheme, .. webhook.Headers.Select(header => $"{header.Key}: {header.Value}")];
        Task<(int, string)> Run(string program, params string[] before) =>
            SamplePrograms.RunAsync(program, [.. before, .. arguments], webhook.Body, ("WEBHOOK_SECRET", secrets));
        switch (language)
        {
            case Language.Node:
                return await Run("node", "verify/verify.mjs");
            case Language.NodeLibrary:
                await SamplePrograms.InstallAsync();
                return await Run("node", "verify/library.mjs");
            case Language.Python:
                Assert.SkipUnless(SamplePrograms.Has("python3"), "Python is not on this machine.");
                return await Run("python3", "verify/verify.py");
            case Language.Php:
                Assert.SkipUnless(SamplePrograms.Has("php"), "PHP is not on this machine.");
                return await Run("php", "verify/verify.php");
            case Language.Go:
                Assert.SkipUnless(SamplePrograms.Has("go"), "Go is not on this machine.");
                return await Run(await CompiledGoAsync());
            default:
                // The very file, compiled into this project.
                using (var input = new MemoryStream(webhook.Body))
                await using (var errors = new StringWriter())
                    return (VerifyWebhook.Run(arguments, secrets, input, errors), errors.ToString());
        }
    }

    private static async Task<string> CompiledGoAsync()
    {
        await CompilingGo.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (_go is null)
            {
                var file = Path.Combine(
                    AppContext.BaseDirectory,
                    "verify-go" + (OperatingSystem.IsWindows() ? ".exe" : "")
                );
                var (exitCode, output) = await SamplePrograms.RunAsync(
                    "go",
                    ["build", "-o", file, "verify/verify.go"],
                    null,
                    ("CGO_ENABLED", "0")
                );
                Assert.True(exitCode == 0, output);
                _go = file;
            }
            return _go;
        }
        finally
        {
            CompilingGo.Release();
        }
    }

    private static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static Webhook With(Webhook webhook, params (string Name, string Value)[] changes)
    {
        var headers = webhook.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in changes)
            headers[name] = value;
        return webhook with { Headers = headers };
    }
}
