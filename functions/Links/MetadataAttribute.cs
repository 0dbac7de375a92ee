using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Http;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Links;

/// <summary>The partner's own keys and values, kept as JSON.</summary>
internal sealed class MetadataAttribute : FieldAttribute
{
    private const int MaxKeys = 20;
    private const int KeyLength = 40;
    private const int ValueLength = 500;
    private const int MaxBytes = 4096;

    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (body.Object(member) is not { } metadata || body.Find(member) is not { } json)
            return null;
        var before = body.Errors.Count;
        var members = json.EnumerateObject().ToList();
        if (members.Count > MaxKeys)
            body.Fail(member, $"must have at most {MaxKeys} keys");
        for (var i = 0; i < members.Count && i < MaxKeys; i++)
        {
            // A key that is too long or not text is not repeated in the answer.
            if (
                NameOf(members[i]) is not { Length: >= 1 } name
                || PlainText.IsLongerThan(name, KeyLength)
                || name.Any(char.IsControl)
            )
                metadata.Fail($"[{i}]", $"must have a key of 1 to {KeyLength} characters");
            else if (!IsValue(members[i].Value))
                metadata.Fail(name, $"must be a string, number or boolean of at most {ValueLength} characters");
        }
        if (body.Errors.Count > before)
            return null;
        const int Braces = 1; // two braces, and one comma fewer than members
        if (members.Sum(BytesOf) + Braces <= MaxBytes)
            return members.Count == 0 ? null : JsonSerializer.Serialize(json, StoredJson.Options);
        body.Fail(member, $"must have at most {MaxBytes} bytes in all");
        return null;
    }

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "object";
        schema["maxProperties"] = MaxKeys;
        schema["propertyNames"] = new JsonObject { ["minLength"] = 1, ["maxLength"] = KeyLength };
        schema["additionalProperties"] = new JsonObject
        {
            ["type"] = new JsonArray("string", "number", "boolean"),
            ["maxLength"] = ValueLength,
        };
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

    private static bool IsValue(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String => JsonInput.TextOf(value) is { } text && !PlainText.IsLongerThan(text, ValueLength),
            JsonValueKind.Number => value.GetRawText().Length <= ValueLength,
            JsonValueKind.True or JsonValueKind.False => true,
            _ => false,
        };
}
