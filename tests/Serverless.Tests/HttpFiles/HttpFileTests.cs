using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Serverless.Functions.Events;
using Serverless.Tests.Widget;
using Xunit;

namespace Serverless.Tests.HttpFiles;

/// <summary>
/// Each file of requests to paste is gone through as its reader does: variables filled in, request after request, with
/// the presses of the person in between.
/// </summary>
public sealed class HttpFileTests(TestApp app) : IClassFixture<TestApp>
{
    /// <summary>The picture of the test values.</summary>
    private const string Picture =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9aw"
        + "AAAABJRU5ErkJggg==";

    private const string Digits = "four digits of the last mail";

    private static readonly HttpClient Http = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(SamplePrograms.Folder, "*.http").Select(path => Path.GetFileName(path)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Every_request_to_paste_is_answered_as_the_comment_above_it_says(string name)
    {
        var file = HttpFile.Parse(await File.ReadAllTextAsync(Path.Combine(SamplePrograms.Folder, name), Cancel));
        var inbox = await app.NewInboxAsync();
        // As the demo partner: it hears of everything, and has every optional feature.
        var partner = await app.NewPartnerAsync(
            inbox,
            [.. PartnerEvents.All],
            new
            {
                otpEnabled = true,
                kycWebhooks = true,
                standaloneKyc = true,
                reliance = true,
            }
        );
        await using var signer = await SampleServer.StartAsync(
            "signed.mjs",
            [partner.Identity.Key, partner.Identity.Secret],
            ("APP", app.Address.ToString().TrimEnd('/')),
            ("PORT", "0")
        );
        var values = new Dictionary<string, string>(file.Variables)
        {
            ["app"] = app.Address.ToString().TrimEnd('/'),
            ["apiKey"] = partner.Key,
        };
        if (values.ContainsKey("signed"))
            values["signed"] = signer.Url;

        foreach (var request in file.Requests)
        {
            if (request.Steps.Wait is { } wait)
                await app.AdvanceAsync(wait);
            if (request.Steps.Send is { } amount)
                await SendAsync(values["linkId"], amount);
            await app.IdleAsync();
            var (status, text) = await SendAsync(request, values);
            Assert.True(status == request.Steps.Status, $"{request.Title}: {status} {text}");
            var answer = JsonNode.Parse(text);
            var difference = HttpFile.Difference(JsonNode.Parse(HttpFile.Fill(request.Steps.Answer, values)), answer);
            Assert.True(difference is null, $"{request.Title}: {difference}\n{text}");
            foreach (var (member, variable) in request.Steps.Copies)
                values[variable] =
                    (
                        member == Digits
                            ? await app.CodeToAsync((string)answer!["items"]!.AsArray()[^1]!["to"]!)
                            : HttpFile.Find(answer, member)
                    ) ?? throw new InvalidOperationException($"{request.Title}: the answer has no {member}: {text}");
        }
        Assert.NotEmpty(file.Requests);
    }

    [Theory]
    [InlineData("@a = 1\n\n### x\n# Answer 200: {}\nGET {{b}}\n")]
    [InlineData("@a = 1\n\n### x\n# Answer 200: {}\nGET {{$guid}}\n")]
    [InlineData("@a = 1\n\n### x\n# Answer 200: {}\nGET http://h/ HTTP/1.1\n")]
    [InlineData("@a = 1\n\n### x\nGET http://h/\n")]
    [InlineData("@a = 1\n\n### x\nGET http://h/\n\n# Answer 200: {}\n")]
    [InlineData("@a = 1\n\n### x\n# Answer 200: {}\nGET http://h/\n\n> {% client.global.set('b', 1) %}\n")]
    [InlineData("@a = 1\n\n### x\n# @name x\n# Answer 200: {}\nGET http://h/\n")]
    [InlineData("@a = 1\n\n### x\n# Answer 200: {}\n# Copy id to @b.\nGET http://h/\n")]
    [InlineData("GET http://h/\n")]
    public void What_one_of_the_tools_would_not_take_is_refused(string text) =>
        Assert.Throws<FormatException>(() => HttpFile.Parse(text));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""", null)]
    [InlineData("""{"a":"link_…"}""", """{"a":"link_x"}""", null)]
    [InlineData("""{"a":"…"}""", """{"a":[1]}""", null)]
    [InlineData("""{"a":"…"}""", """{"b":1}""", "$.a is missing")]
    [InlineData("""{"a":"link_…"}""", """{"a":"op_x"}""", "$.a does not begin with link_")]
    [InlineData("""{"a":[{"b":1}]}""", """{"a":[{"b":2}]}""", "$.a[0].b is 2 instead of 1")]
    [InlineData("""{"a":[]}""", """{"a":[1]}""", "$.a is [1] instead of []")]
    public void A_comment_says_a_part_of_the_answer(string said, string got, string? difference) =>
        Assert.StartsWith(
            difference ?? "same",
            HttpFile.Difference(JsonNode.Parse(said), JsonNode.Parse(got)) ?? "same",
            StringComparison.Ordinal
        );

    private static async Task<(int Status, string Text)> SendAsync(
        PastedRequest request,
        Dictionary<string, string> values
    )
    {
        using var message = new HttpRequestMessage(request.Method, new Uri(HttpFile.Fill(request.Url, values)));
        if (request.Body is { } body)
            message.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(HttpFile.Fill(body, values)));
        foreach (var (name, value) in request.Headers)
            if (name == "Content-Type")
                message.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(value);
            else
                Assert.True(message.Headers.TryAddWithoutValidation(name, HttpFile.Fill(value, values)), name);
        using var response = await Http.SendAsync(message, Cancel);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>Opens the link as the person does, gives what is asked for, is verified and sends.</summary>
    private async Task SendAsync(string linkId, int amount)
    {
        var opened = (await app.PostAsync($"/widget/links/{linkId}/open")).Is(200);
        var visitor = new Visitor(app, linkId, (string)opened.Data["session"]!);
        // Each step comes once at most.
        for (var step = 0; step < 5; step++)
        {
            var state = (await visitor.StateAsync()).Is(200).Data;
            switch ((string)state["step"]!)
            {
                case "data":
                    // What no request of the files gives.
                    Assert.Equal(["dob"], state["missing"]!.AsArray().Select(path => (string)path!));
                    (await visitor.PutAsync(new JsonObject { ["dob"] = "1990-05-14" })).Is(200);
                    break;
                case "document":
                    (await visitor.PutAsync(new JsonObject { ["idImage"] = Picture })).Is(200);
                    break;
                case "verify":
                    (await visitor.PostAsync("cip", new { })).Is(201);
                    await app.AdvanceAsync(TimeSpan.FromSeconds(5));
                    break;
                case "amount":
                    var quote = (await visitor.PostAsync("quote", new { send = amount })).Is(201).Data;
                    (await visitor.PostAsync("confirm", new { quoteId = (string)quote["quoteId"]! })).Is(201);
                    return;
                default:
                    Assert.Fail($"The page is at {state["step"]}.");
                    break;
            }
        }
        Assert.Fail("The page asks for more than a person would give.");
    }
}
