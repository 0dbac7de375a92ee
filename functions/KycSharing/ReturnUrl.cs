using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Http;
using Serverless.Functions.Outbound;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// The URL that the hosted screens return to: a web page (https, as for every URL of a partner), or the custom scheme
/// of the partner's app.
/// </summary>
internal static partial class ReturnUrl
{
    public const int MaxLength = 2048;

    private const string Rule = "must be an absolute https URL, or a link of your app such as myapp://kyc/done";

    /// <summary>
    /// Schemes that a browser or operating system handles itself: none of them leads to a partner's app.
    /// </summary>
    private static readonly HashSet<string> NoApps = new(StringComparer.OrdinalIgnoreCase)
    {
        "about",
        "blob",
        "chrome",
        "content",
        "data",
        "edge",
        "file",
        "filesystem",
        "ftp",
        "ftps",
        "intent",
        "jar",
        "javascript",
        "livescript",
        "mailto",
        "mhtml",
        "mocha",
        "resource",
        "sms",
        "ssh",
        "tel",
        "vbscript",
        "view-source",
        "ws",
        "wss",
    };

    /// <summary>Reads an optional member and notes what is wrong with it.</summary>
    public static string? Read(JsonInput body, string member, OutboundUrlRules urls)
    {
        // Web pages, and values that are missing or not text, follow the rules of every URL.
        if (
            body.Find(member) is not { ValueKind: System.Text.Json.JsonValueKind.String } value
            || JsonInput.TextOf(value) is not { } text
            || SchemeOf(text) is "http" or "https"
        )
            return urls.Read(body, member);
        if (text.Length <= MaxLength && AppLink.IsMatch(text) && !NoApps.Contains(SchemeOf(text)))
            return text;
        body.Fail(member, Rule);
        return null;
    }

    private static string SchemeOf(string text) => text.Trim().Split(':', 2)[0].ToLowerInvariant();

    // A scheme (RFC 3986, section 3.1) of two or more characters, then the characters allowed in a URL. A
    // reverse-domain scheme needs only one slash, as in RFC 8252 (section 7.1): com.example.app:/done.
    [GeneratedRegex(
        @"^[A-Za-z](?:[A-Za-z0-9+.-]{1,63}://|[A-Za-z0-9+-]*\.[A-Za-z0-9+.-]{1,63}:/)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex AppLink { get; }
}

/// <summary>Where hosted screens return to.</summary>
internal sealed class ReturnUrlAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context) =>
        ReturnUrl.Read(body, member, context.Services.GetRequiredService<OutboundUrlRules>());

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["format"] = "uri";
        schema["maxLength"] = ReturnUrl.MaxLength;
    }
}
