using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Outbound;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>A validated request to create a link.</summary>
internal sealed record CreateLinkRequest
{
    public required ReferenceId Reference { get; init; }
    public required int ExpiresInMinutes { get; init; }
    public required string Flow { get; init; }
    public UserData? UserData { get; init; }
    public string? Metadata { get; init; }
    public string? Theme { get; init; }
    public string? Language { get; init; }
    public string? CallbackUrl { get; init; }

    /// <summary>Warnings about accepted but unwise or ignored members; null if there are none.</summary>
    public IReadOnlyList<ErrorDetail>? Warnings
    {
        get
        {
            ErrorDetail[] warnings = [.. Reference.Warnings() ?? [], .. UserData?.Warnings ?? []];
            return warnings.Length == 0 ? null : warnings;
        }
    }
}

/// <summary>Reads and validates the body of <c>POST /partner/links</c>.</summary>
internal sealed partial class LinkInput(IOptions<LinkOptions> options, OutboundUrlRules urls, TimeProvider time)
{
    /// <summary>The flow where the request names none.</summary>
    public const string DefaultFlow = "m2m-basic";

    /// <summary>The languages of the widget.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["en", "es"];

    private const int MetadataKeys = 20;
    private const int MetadataKeyLength = 40;
    private const int MetadataValueLength = 500;
    private const int MetadataBytes = 4096;

    /// <summary>The flows that a link may have.</summary>
    public IReadOnlyList<string> Flows { get; } = options.Value.FlowNames;

    /// <summary>The request; meaningless when <paramref name="body"/> has noted errors.</summary>
    public CreateLinkRequest Read(JsonInput body) =>
        new()
        {
            Reference = ReferenceId.FromStorage(
                body.Matching("referenceId", ReferenceId.Pattern, ReferenceId.Rule, required: true) ?? ""
            ),
            ExpiresInMinutes = body.Integer("expiresInMinutes", 5, 10080) ?? Partner.DefaultLinkMinutes,
            UserData = UserData.Read(body, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime)),
            Metadata = ReadMetadata(body),
            Flow = body.OneOf("flow", [.. Flows]) ?? DefaultFlow,
            Theme = body.Matching("theme", Theme(), "must have 1 to 40 lower-case letters, digits or hyphens"),
            Language = body.OneOf("language", [.. Languages]),
            CallbackUrl = urls.Read(body, "callbackUrl"),
        };

    private static string? ReadMetadata(JsonInput body)
    {
        if (body.Object("metadata") is not { } metadata || body.Find("metadata") is not { } json)
            return null;
        var before = body.Errors.Count;
        var members = json.EnumerateObject().ToList();
        if (members.Count > MetadataKeys)
            body.Fail("metadata", $"must have at most {MetadataKeys} keys");
        for (var i = 0; i < members.Count && i < MetadataKeys; i++)
        {
            // A key that is too long or not text is not repeated in the answer.
            if (
                NameOf(members[i]) is not { Length: >= 1 } name
                || PlainText.IsLongerThan(name, MetadataKeyLength)
                || name.Any(char.IsControl)
            )
                metadata.Fail($"[{i}]", $"must have a key of 1 to {MetadataKeyLength} characters");
            else if (!IsMetadataValue(members[i].Value))
                metadata.Fail(name, $"must be a string, number or boolean of at most {MetadataValueLength} characters");
        }
        if (body.Errors.Count > before)
            return null;
        const int Braces = 1; // two braces, and one comma fewer than members
        if (members.Sum(BytesOf) + Braces <= MetadataBytes)
            return members.Count == 0 ? null : JsonSerializer.Serialize(json, StoredJson.Options);
        body.Fail("metadata", $"must have at most {MetadataBytes} bytes in all");
        return null;
    }

    /// <summary>
    /// Measures compact JSON in UTF-8 without escapes, so that the size does not depend on the sender's formatting.
    /// </summary>
    private static int BytesOf(JsonProperty member)
    {
        const int Punctuation = 4;
        var value = JsonInput.TextOf(member.Value) is { } text
            ? Encoding.UTF8.GetByteCount(text) + 2
            : member.Value.GetRawText().Length;
        return Encoding.UTF8.GetByteCount(member.Name) + value + Punctuation;
    }

    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsMetadataValue(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => JsonInput.TextOf(value) is { } text
                && !PlainText.IsLongerThan(text, MetadataValueLength),
            JsonValueKind.Number => value.GetRawText().Length <= MetadataValueLength,
            JsonValueKind.True or JsonValueKind.False => true,
            _ => false,
        };

    [GeneratedRegex(@"^[a-z0-9-]{1,40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Theme();
}
