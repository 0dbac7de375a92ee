using System.Globalization;
using System.Text.Json.Nodes;

namespace Serverless.Tests.OpenApi;

/// <summary>How well a made request keeps to the document.</summary>
internal enum Manner
{
    /// <summary>As the document says.</summary>
    Valid,

    /// <summary>One thing in it breaks a rule that the document states.</summary>
    NearlyValid,

    /// <summary>Anything.</summary>
    Hostile,
}

/// <summary>Makes values out of the schemas of a document.</summary>
/// <param name="document">The document.</param>
/// <param name="random">Decides everything, so that a seed repeats it.</param>
/// <param name="known">Values that exist, by the name of the member or parameter.</param>
internal sealed class RequestMaker(JsonNode document, Random random, Func<string, string?> known)
{
    /// <summary>Texts that have broken programs.</summary>
    public static IReadOnlyList<string> Nasty { get; } =
    [
        "",
        " ",
        "null",
        "' OR 1=1 --",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "%00",
        "a\u0000b",
        "\u202Eabc",
        "\U0001F468\u200D\U0001F469\u200D\U0001F467",
        "é\u0301\u0301\u0301",
        "١٢٣",
        "＋52",
        "-1",
        "1e400",
        "9007199254740993",
        "2026-02-30",
        "9999-12-31T23:59:59.999Z",
        "0001-01-01",
        "javascript:alert(1)",
        "http://169.254.169.254/latest",
        "https://user:pw@partner.example/",
        "data:image/png;base64,AAAA",
        new string('a', 5000),
        string.Concat(Enumerable.Repeat("e\u0301", 2000)),
    ];

    /// <summary>Bodies that are no proper JSON object.</summary>
    public static IReadOnlyList<byte[]> NastyBodies { get; } =
    [
        [],
        [0xFF, 0xFE, 0x00],
        [0xEF, 0xBB, 0xBF, (byte)'{', (byte)'}'],
        "{"u8.ToArray(),
        "[]"u8.ToArray(),
        "null"u8.ToArray(),
        "\"a\""u8.ToArray(),
        "NaN"u8.ToArray(),
        "{\"a\":1,\"a\":2}"u8.ToArray(),
        "{\"referenceId\":\"\\ud800\"}"u8.ToArray(),
        "{\"\\ud800\":1}"u8.ToArray(),
        "{/**/}"u8.ToArray(),
        "{\"referenceId\":1e999}"u8.ToArray(),
        [.. Enumerable.Repeat((byte)'[', 5000)],
        [.. "{\"a\":"u8, .. Enumerable.Repeat((byte)' ', 20000), .. "1}"u8],
    ];

    /// <summary>A value as a schema describes it.</summary>
    public JsonNode? Valid(JsonNode? described, string name)
    {
        var schema = Resolve(described);
        if (known(name) is { } existing)
            return existing;
        if (schema["const"] is { } constant)
            return constant.DeepClone();
        if (schema["enum"] is JsonArray values)
            return values[random.Next(values.Count)]!.DeepClone();
        if (schema["oneOf"] is JsonArray kinds)
            return Valid(kinds[random.Next(kinds.Count)], name);
        if (schema["properties"] is JsonObject)
            return ValidObject(schema);
        if (schema["examples"] is JsonArray { Count: > 0 } examples && random.Next(4) > 0)
            return examples[0]?.DeepClone();
        return Types(schema).FirstOrDefault() switch
        {
            "integer" => random.Next(Whole(schema, "minimum", 0), Whole(schema, "maximum", 1000) + 1),
            "boolean" => random.Next(2) == 0,
            "array" => new JsonArray([
                .. Enumerable.Range(0, random.Next(3)).Select(_ => Valid(schema["items"], name)),
            ]),
            "object" => new JsonObject
            {
                ["order"] = "A-1",
                ["count"] = 3,
                ["gift"] = true,
            },
            _ when schema["examples"] is JsonArray { Count: > 0 } given => given[0]?.DeepClone(),
            _ => new string('a', Math.Max(1, Whole(schema, "minLength", 1))),
        };
    }

    private JsonObject ValidObject(JsonNode schema)
    {
        var required = Required(schema);
        var made = new JsonObject();
        foreach (var (name, member) in schema["properties"]!.AsObject())
            if (required.Contains(name) || random.Next(5) < 3)
                made[name] = Valid(member, name);
        return made;
    }

    /// <summary>Breaks one rule somewhere in a valid object, and says which; null where there is none to break.</summary>
    public string? Break(JsonObject valid, JsonNode? described)
    {
        var schema = Resolve(described);
        if (schema["oneOf"] is JsonArray kinds)
            schema = kinds
                .Select(Resolve)
                .First(kind => JsonNode.DeepEquals(kind["properties"]!["type"]!["const"], valid["type"]));
        var required = Required(schema).Where(valid.ContainsKey).ToList();
        if (required.Count > 0 && random.Next(4) == 0)
        {
            var gone = Pick(required);
            valid.Remove(gone);
            return $"no {gone}";
        }
        var members = valid
            .Select(member => member.Key)
            .Where(name => schema["properties"]?[name] is not null)
            .ToList();
        if (members.Count == 0)
            return null;
        var chosen = Pick(members);
        var rule = Resolve(schema["properties"]![chosen]);
        if (valid[chosen] is JsonObject inner && Parts(rule) && random.Next(3) > 0 && Break(inner, rule) is { } within)
            return $"{chosen}: {within}";
        var (what, value) = Pick([.. Violations(rule)]);
        valid[chosen] = value;
        return $"{chosen} {what}";
    }

    private static bool Parts(JsonNode rule) => rule["properties"] is not null || rule["oneOf"] is not null;

    /// <summary>Values that break the rules of a member.</summary>
    private static IEnumerable<(string What, JsonNode? Value)> Violations(JsonNode rule)
    {
        var types = Types(rule);
        if (!types.Contains("object"))
            yield return ("is an object", new JsonObject { ["a"] = 1 });
        if (!types.Contains("array"))
            yield return ("is an array", new JsonArray(1, "a"));
        if (!types.Contains("boolean"))
            yield return ("is true", true);
        if (types.SequenceEqual(["integer"]))
        {
            yield return ("is a text", "5");
            yield return ("is a fraction", 5.5);
            yield return ("is too large", Whole(rule, "maximum", int.MaxValue - 1) + 1L);
            yield return ("is too small", Whole(rule, "minimum", int.MinValue + 1) - 1L);
        }
        if (!types.SequenceEqual(["string"]))
            yield break;
        yield return ("is a number", 7);
        if (rule["enum"] is not null)
            yield return ("is no known word", "no-such-word");
        if (rule["pattern"] is not null)
            yield return ("has another form", "\u2603 \u2603");
        if (rule["maxLength"] is not null && Whole(rule, "maxLength", 0) is < 10000 and var most)
            yield return ("is too long", new string('a', most + 1));
        if (Whole(rule, "minLength", 0) > 0)
            yield return ("is empty", "");
        if (rule["format"]?.GetValue<string>() is "date" or "date-time" or "uri")
            yield return ("has another format", "tomorrow");
    }

    /// <summary>Anything, in the place of a valid value.</summary>
    public JsonNode? Anything(int depth = 0) =>
        random.Next(depth > 2 ? 5 : 7) switch
        {
            0 => null,
            1 => random.Next(-5, 100000),
            2 => random.NextDouble() * 1e30,
            3 => random.Next(2) == 0,
            4 => Pick(Nasty),
            5 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Anything(depth + 1))]),
            _ => new JsonObject(
                Enumerable
                    .Range(0, random.Next(4))
                    .Select(at => KeyValuePair.Create($"{Pick(Nasty)}{at}", Anything(depth + 1)))
            ),
        };

    /// <summary>One of several.</summary>
    public T Pick<T>(IReadOnlyList<T> values) => values[random.Next(values.Count)];

    /// <summary>A schema in the place of a reference to it.</summary>
    public JsonNode Resolve(JsonNode? described)
    {
        var schema = described ?? new JsonObject();
        while (schema["$ref"]?.GetValue<string>() is { } reference)
            schema = reference.Split('/').Skip(1).Aggregate(document, (node, name) => node[name]!);
        return schema;
    }

    private static List<string> Types(JsonNode schema) =>
        schema["type"] switch
        {
            JsonArray several => [.. several.Select(type => type!.GetValue<string>())],
            { } one => [one.GetValue<string>()],
            null => [],
        };

    private static List<string> Required(JsonNode schema) =>
        [.. (schema["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>())];

    private static int Whole(JsonNode schema, string keyword, int otherwise) =>
        schema[keyword] is { } value ? int.Parse(value.ToString(), CultureInfo.InvariantCulture) : otherwise;
}
