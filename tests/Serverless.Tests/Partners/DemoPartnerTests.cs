using System.Text.Json.Nodes;
using Serverless.Tests.Crashes;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.Partners;

/// <summary>What the first start prints leads to a transfer, pasted as it stands.</summary>
public sealed class DemoPartnerTests
{
    [Fact]
    public async Task The_printed_commands_lead_to_a_transfer_and_pasted_again_they_teach()
    {
        Assert.SkipUnless(SamplePrograms.Has("sh") && SamplePrograms.Has("curl"), "There is no sh or no curl.");
        await using var said = new StringWriter();
        var hook = CrashSettings.FreePort();
        await using var app = await TestApp.StartAsync(
            services => services.Add(new(typeof(TextWriter), said)),
            ("Demo:Seed", "true"),
            ("Demo:WebhookUrl", $"http://127.0.0.1:{hook}/hook"),
            ("port", $"{CrashSettings.FreePort()}")
        );
        var commands = said.ToString()
            .Split('\n', StringSplitOptions.TrimEntries)
            .Where(line => line.StartsWith("curl ", StringComparison.Ordinal) || IsNode(line))
            .ToArray();
        Assert.Equal(2, commands.Length);
        await using var receiver = await SampleServer.StartAsync("receiver.mjs", commands[0].Split(' ')[2..]);

        var created = (await PasteAsync(commands[1]))["data"]!;
        var again = (await PasteAsync(commands[1]))["error"]!;

        Assert.Equal("ACTIVE_LINK_EXISTS", (string)again["code"]!);
        Assert.Equal((string)created["url"]!, (string)again["link"]!["url"]!);
        Assert.Contains("Send that one again, revoke it, or wait", (string)again["message"]!, StringComparison.Ordinal);

        await SendAsync(app, created, ["verify", "amount"]);
        // Now the same command makes the verified person's second link.
        await SendAsync(app, (await PasteAsync(commands[1]))["data"]!, ["amount"]);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var webhooks = (await receiver.StopAsync())
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' '))
            .ToList();
        Assert.Equal(["verified"], webhooks.Select(words => words[3]).Distinct());
        Assert.Equal(2, webhooks.Count(words => words[1] == "operation.completed"));
    }

    private static bool IsNode(string line) =>
        line.StartsWith("node tests/samples/receiver.mjs ", StringComparison.Ordinal);

    private static async Task<JsonNode> PasteAsync(string command)
    {
        var (exitCode, output) = await SamplePrograms.RunAsync("sh", ["-c", command]);
        Assert.True(exitCode == 0, output);
        Assert.EndsWith("}\n", output, StringComparison.Ordinal);
        return JsonNode.Parse(output)!;
    }

    /// <summary>Presses what the message says; the page is at these steps on the way.</summary>
    private static async Task SendAsync(TestApp app, JsonNode created, string[] steps)
    {
        var linkId = (string)created["linkId"]!;
        var opened = (await app.PostAsync($"/widget/links/{linkId}/open")).Is(200);
        var visitor = new Visitor(app, linkId, (string)opened.Data["session"]!);
        foreach (var step in steps)
        {
            Assert.Equal(step, (string)(await visitor.StateAsync()).Is(200).Data["step"]!);
            if (step == "verify")
            {
                (await visitor.PostAsync("cip", new { })).Is(201);
                await app.AdvanceAsync(TimeSpan.FromSeconds(5));
                continue;
            }
            var quote = (await visitor.PostAsync("quote", new { send = 250 })).Is(201).Data;
            (await visitor.PostAsync("confirm", new { quoteId = (string)quote["quoteId"]! })).Is(201);
        }
    }
}
