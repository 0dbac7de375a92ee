using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Xunit;

namespace Serverless.Tests.Storage;

/// <summary>
/// Rows of all tables as an earlier version wrote them (<c>rows-2026-11.json</c>), to be put under an app of today.
/// </summary>
internal static class StoredRows
{
    /// <summary>The settings that what is sealed or signed in the rows was written under.</summary>
    public static (string Name, string? Value)[] Settings { get; } =
    [
        ("Secrets:KeyRing", """{"current":"rows","keys":{"rows":"c3RvcmVkLXJvd3Mtb25seS1mb3ItdGVzdHMtMzItYiE="} }"""),
        ("PublicBaseUrl", "https://links.test"),
        ("Identities:CallsPerMinute", "10000"),
    ];

    /// <summary>What cannot be read out of the rows: the moment, keys, secrets, sessions, ids.</summary>
    public static JsonNode Known => Rows.Value["known"]!;

    /// <summary>When the rows were captured.</summary>
    public static DateTimeOffset At => DateTimeOffset.Parse(Text("at"), CultureInfo.InvariantCulture);

    private static Lazy<JsonNode> Rows { get; } = new(() => Read("rows-2026-11.json"));

    /// <summary>The tables that rows were captured of.</summary>
    public static IEnumerable<string> Tables =>
        Rows.Value["rows"]!.AsArray().Select(row => (string)row!["table"]!).Distinct();

    /// <summary>Questions to the app, each with the answer of the version that wrote the rows.</summary>
    public static JsonArray Answers() => Read("answers-2026-11.json").AsArray();

    /// <summary>An app on these rows, at the moment when they were captured; its clock stands.</summary>
    public static async Task<(TestApp App, TestPartner Partner)> StartAsync()
    {
        var app = await TestApp.StartAsync(Settings);
        app.Clock.Restore(At - DateTimeOffset.UtcNow);
        app.Clock.Stand();
        foreach (var row in Rows.Value["rows"]!.AsArray())
            await app.Table((string)row!["table"]!)
                .AddEntityAsync(ToEntity(row), TestContext.Current.CancellationToken);
        var partner = new TestPartner(app, Text("partner"), Text("apiKey"), Text("webhookSecret"))
        {
            Identity = new TestIdentityClient(app, Text("identityKey"), Text("identitySecret")),
        };
        return (app, partner);
    }

    /// <summary>One of the texts of <see cref="Known"/>.</summary>
    public static string Text(string name) => (string)Known[name]!;

    /// <summary>Sends a question as <c>as</c> says and gives its answer without what differs each time.</summary>
    public static async Task<(int Status, JsonNode Body)> AskAsync(
        TestApp app,
        TestPartner partner,
        JsonNode question,
        JsonNode? known = null
    )
    {
        var call = ((string)question["call"]!).Split(' ', 2);
        var method = HttpMethod.Parse(call[0]);
        var body = question["body"]?.ToJsonString();
        var reply = (string)question["as"]! switch
        {
            "partner" => await partner.SendAsync(method, call[1], body),
            "identity" => await partner.Identity.SendAsync(method, call[1], body),
            "operator" => await app.SendAsync(method, call[1], body),
            var session => await app.SendAsync(
                method,
                call[1],
                body,
                ("Authorization", $"Bearer {(string)(known ?? Known)[session]!}")
            ),
        };
        var answer = reply.Json;
        answer.AsObject().Remove("traceId");
        if (answer["data"] is JsonObject data)
            data.Remove("serverTime");
        // Signed anew each time that they are shown.
        if (call[1].StartsWith("/partner/events", StringComparison.Ordinal))
            foreach (var item in answer["data"]!["items"]!.AsArray())
                item!.AsObject().Remove("headers");
        return (reply.Status, answer);
    }

    private static JsonNode Read(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Storage", file)))!;

    private static TableEntity ToEntity(JsonNode row)
    {
        var entity = new TableEntity((string)row["partition"]!, (string)row["row"]!);
        foreach (var (name, cell) in row["columns"]!.AsObject())
            entity[name] = cell switch
            {
                JsonArray { Count: 2 } typed => ((string)typed[0]!, (string)typed[1]!) switch
                {
                    ("binary", var text) => Convert.FromBase64String(text),
                    ("datetime", var text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture),
                    ("double", var text) => double.Parse(text, CultureInfo.InvariantCulture),
                    ("int64", var text) => long.Parse(text, CultureInfo.InvariantCulture),
                    ("guid", var text) => Guid.Parse(text),
                    var (type, _) => throw new FormatException($"Unknown type '{type}' of column '{name}'."),
                },
                not null => cell.GetValueKind() switch
                {
                    JsonValueKind.String => (string)cell!,
                    JsonValueKind.Number => (int)cell,
                    _ => (bool)cell,
                },
                null => throw new FormatException($"Column '{name}' is null."),
            };
        return entity;
    }
}
