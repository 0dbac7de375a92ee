using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Serverless.Tests;

/// <summary>What an app's local mailbox holds.</summary>
public static partial class Mails
{
    private static readonly HttpClient Http = new();

    /// <summary>The answer of <c>GET /local/mailbox</c>.</summary>
    public static async Task<string> MailboxAsync(this TestApp app, string accept = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Address, "/local/mailbox"));
        request.Headers.Accept.ParseAdd(accept);
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        return await response
            .EnsureSuccessStatusCode()
            .Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The mails to an address, oldest first.</summary>
    public static async Task<List<JsonNode>> MailsToAsync(this TestApp app, string address) =>
        [
            .. JsonNode.Parse(await app.MailboxAsync())!["items"]!
                .AsArray()
                .OfType<JsonNode>()
                .Where(mail => (string)mail["to"]! == address),
        ];

    /// <summary>The code of the last mail to an address.</summary>
    public static async Task<string> CodeToAsync(this TestApp app, string address) =>
        Code().Match((string)(await app.MailsToAsync(address))[^1]["text"]!).Groups[1].Value;

    [GeneratedRegex(@"^\s+(\d{4})$", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Code();
}
