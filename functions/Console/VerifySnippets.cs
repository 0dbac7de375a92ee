using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;

namespace Serverless.Functions.Console;

/// <summary>
/// The module <c>snippets.js</c>: how a webhook is verified, in each language in which the guide shows it, word for
/// word as there.
/// </summary>
internal static partial class VerifySnippets
{
    /// <summary>The module's name among the assets.</summary>
    public const string File = "snippets.js";

    /// <summary>The module.</summary>
    public static string Script { get; } = $"export const verify = {JsonSerializer.Serialize(Read(), Answer.Json)};\n";

    /// <summary>The code below each heading of a language.</summary>
    private static Dictionary<string, string> Read() =>
        Snippet()
            .Matches(EmbeddedTexts.Read("docs/guides/")["webhooks.md"])
            .ToDictionary(found => found.Groups["language"].Value, found => found.Groups["code"].Value);

    [GeneratedRegex(
        @"^### (?<language>Node|Python|Go|PHP|C#)\n\n```\w+\n(?<code>.*?)\n```$",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.CultureInvariant
    )]
    private static partial Regex Snippet();
}
