using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Http;
using Serverless.Functions.Storage;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Users;

/// <summary>How a person is paid: a bank account or cash.</summary>
internal static class PaymentMethod
{
    /// <summary>The two types.</summary>
    public static IReadOnlyList<string> Types { get; } = ["bank_account", "cash"];

    /// <summary>What stands beside the type, with its members.</summary>
    private static readonly Dictionary<string, string[]> Companions = new()
    {
        ["bankAccount"] = ["country", "accountNumber"],
        ["cash"] = ["provider", "reference"],
    };

    /// <summary>
    /// The method as JSON with only the members that were validated; null after noting what is wrong.
    /// </summary>
    public static string? Read(JsonInput method)
    {
        var type = method.OneOf("type", [.. Types], required: true);
        object? companion = type switch
        {
            "bank_account" => Companion(method, "bankAccount", ReadBankAccount),
            "cash" => Companion(method, "cash", ReadCash),
            _ => null,
        };
        return (type, companion) switch
        {
            (_, null) => null,
            ("bank_account", _) => JsonSerializer.Serialize(new { type, bankAccount = companion }, StoredJson.Options),
            _ => JsonSerializer.Serialize(new { type, cash = companion }, StoredJson.Options),
        };
    }

    /// <summary>The members that are none of a payment method or of what its type names.</summary>
    public static IEnumerable<(string Path, string Name)> Unknown(JsonInput method) =>
        method
            .Unknown(["type", .. Companions.Keys])
            .Concat(
                Companions
                    .Where(companion => method.Find(companion.Key) is { ValueKind: JsonValueKind.Object })
                    .SelectMany(companion => method.Object(companion.Key)!.Unknown(companion.Value))
            );

    /// <summary>Its JSON Schema: the member that the type names, beside the type.</summary>
    public static void Describe(JsonObject schema)
    {
        schema["type"] = "object";
        schema["oneOf"] = new JsonArray(
            Kind(
                Types[0],
                "bankAccount",
                Member("country", Countries.Rule, "MX", 2, 2),
                Member("accountNumber", AccountNumbers.RuleOf("MX"), "032180000118359719", 4, 1000)
            ),
            Kind(
                Types[1],
                "cash",
                Member("provider", "who pays out", "OXXO", 1, 100),
                Member("reference", "under which reference", "A-1001", 1, 100)
            )
        );
    }

    private static JsonObject Kind(string type, string companion, params KeyValuePair<string, JsonNode?>[] members) =>
        new()
        {
            ["title"] = type,
            ["required"] = new JsonArray("type", companion),
            ["properties"] = new JsonObject
            {
                ["type"] = new JsonObject { ["const"] = type },
                [companion] = new JsonObject
                {
                    ["type"] = "object",
                    ["description"] = $"Where the money goes, if the type is {type}.",
                    ["required"] = new JsonArray([.. members.Select(member => JsonValue.Create(member.Key))]),
                    ["properties"] = new JsonObject(members),
                },
            },
        };

    private static KeyValuePair<string, JsonNode?> Member(string name, string rule, string example, int min, int max) =>
        new(
            name,
            new JsonObject
            {
                ["type"] = "string",
                ["description"] = $"{char.ToUpperInvariant(rule[0])}{rule[1..]}.",
                ["minLength"] = min,
                ["maxLength"] = max,
                ["examples"] = new JsonArray(example),
            }
        );

    private static object? Companion(JsonInput method, string member, Func<JsonInput, object?> read)
    {
        if (method.Object(member) is { } companion)
            return read(companion);
        if (!method.Has(member))
            method.Fail(member, "is required");
        return null;
    }

    private static object? ReadBankAccount(JsonInput account)
    {
        var country = account.String("country", Countries.Rule, required: true);
        if (country is not null && !Countries.IsCountry(country))
        {
            account.Fail("country", Countries.Rule);
            country = null;
        }
        if (
            account.String("accountNumber", AccountNumbers.RuleOf(country), required: true) is not { } typed
            || country is null
        )
            return null;
        if (AccountNumbers.Read(country, typed, out var rule) is { } accountNumber)
            return new { country, accountNumber };
        account.Fail("accountNumber", rule);
        return null;
    }

    private static object? ReadCash(JsonInput cash)
    {
        var provider = cash.Text("provider", required: true);
        var reference = cash.Text("reference", required: true);
        return provider is null || reference is null ? null : new { provider, reference };
    }
}
