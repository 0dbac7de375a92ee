using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.OpenApi;

/// <summary>Which changes of a document break a client: each kind, seeded into a small API.</summary>
public sealed class BreakingChangeTests
{
    private const string Operation = "paths./things.post";
    private const string Request = "components.schemas.NewThing";
    private const string Answer = "components.schemas.Thing";
    private const string Refusal = $"{Operation}.responses.409.content.application/json.schema.allOf.1.properties.code";

    private const string Api = """
        {
          "paths": {
            "/things": {
              "post": {
                "parameters": [
                  { "name": "Idempotency-Key", "in": "header", "schema": { "type": "string", "maxLength": 255 } },
                  { "name": "sort", "in": "query", "schema": { "enum": ["name", "size"] } }
                ],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/NewThing" } } } },
                "responses": {
                  "201": {
                    "headers": { "Retry-After": { "schema": { "type": "integer" } } },
                    "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } }
                  },
                  "409": {
                    "content": {
                      "application/json": {
                        "schema": {
                          "allOf": [
                            { "$ref": "#/components/schemas/Failure" },
                            { "properties": { "code": { "enum": ["EXISTS", "ERASED"] } } }
                          ]
                        }
                      }
                    }
                  }
                },
                "security": [{ "Key": [] }]
              },
              "get": { "responses": {} }
            },
            "/things/{thingId}": { "get": { "responses": {} } }
          },
          "webhooks": {
            "thing.made": {
              "post": {
                "parameters": [{ "name": "webhook-id", "in": "header", "schema": { "type": "string" } }],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Thing" } } } }
              }
            }
          },
          "components": {
            "securitySchemes": { "Key": { "type": "apiKey", "in": "header", "name": "X-Key" } },
            "schemas": {
              "NewThing": {
                "type": "object",
                "required": ["name"],
                "properties": {
                  "name": { "type": "string", "maxLength": 40 },
                  "size": { "type": "integer", "minimum": 1, "maximum": 10 },
                  "kind": { "type": "string", "enum": ["big", "small"] },
                  "tags": { "type": "array", "items": { "type": "string" } },
                  "owner": { "type": "object", "properties": { "email": { "type": "string" } } },
                  "way": { "oneOf": [{ "title": "cash", "type": "object" }, { "title": "bank", "type": "object" }] }
                }
              },
              "Thing": {
                "type": "object",
                "required": ["thingId", "size"],
                "properties": {
                  "thingId": { "type": "string" },
                  "size": { "type": "integer" },
                  "madeAt": { "type": "string", "format": "date-time" },
                  "status": { "type": "string", "enum": ["made", "sold"] },
                  "part": { "$ref": "#/components/schemas/Thing" }
                }
              },
              "Failure": { "type": "object", "properties": { "code": { "type": "string" }, "message": { "type": "string" } } }
            }
          }
        }
        """;

    /// <summary>Where, what is put there (null: what stands there is removed), and the change that it is.</summary>
    public static TheoryData<string, string?, string> Breaking =>
        new()
        {
            { "paths./things/{thingId}", null, "`GET /things/{thingId}` was removed" },
            { "paths./things.get", null, "`GET /things` was removed" },
            { $"{Operation}.parameters.0", null, "`POST /things`: `Idempotency-Key` is no longer taken" },
            { $"{Operation}.parameters.1", null, "`POST /things`: `sort` is no longer taken" },
            { $"{Operation}.parameters.1.required", "true", "`POST /things`: `sort` is required" },
            {
                $"{Operation}.parameters.1",
                """{ "name": "x", "in": "query", "required": true }""",
                "`POST /things`: `x` is new and required"
            },
            { $"{Operation}.parameters.1.schema.enum.0", null, "`POST /things`: `sort` no longer takes `name`" },
            {
                $"{Operation}.parameters.0.schema.maxLength",
                "9",
                "`POST /things`: `Idempotency-Key` has a lower maxLength"
            },
            { $"{Operation}.requestBody", null, "`POST /things`: `body` is no longer taken" },
            { $"{Operation}.requestBody.required", "true", "`POST /things`: `body` is required" },
            { $"{Request}.required.1", "\"size\"", "`POST /things`: `size` is required (in `NewThing`)" },
            { $"{Request}.required.1", "\"more\"", "`POST /things`: `more` is new and required (in `NewThing`)" },
            { $"{Request}.properties.tags", null, "`POST /things`: `tags` is no longer taken (in `NewThing`)" },
            {
                $"{Request}.properties.owner.properties.email",
                null,
                "`POST /things`: `owner.email` is no longer taken (in `NewThing`)"
            },
            {
                $"{Request}.properties.size.minimum",
                "2",
                "`POST /things`: `size` has a higher minimum (in `NewThing`)"
            },
            { $"{Request}.properties.size.maximum", "9", "`POST /things`: `size` has a lower maximum (in `NewThing`)" },
            {
                $"{Request}.properties.name.minLength",
                "2",
                "`POST /things`: `name` has a higher minLength (in `NewThing`)"
            },
            {
                $"{Request}.properties.name.pattern",
                "\"^a\"",
                "`POST /things`: `name` has another pattern (in `NewThing`)"
            },
            {
                $"{Request}.properties.tags.maxItems",
                "2",
                "`POST /things`: `tags` has a lower maxItems (in `NewThing`)"
            },
            {
                $"{Request}.properties.tags.items.type",
                "\"integer\"",
                "`POST /things`: `tags` takes fewer types (in `NewThing`)"
            },
            {
                $"{Request}.properties.name.type",
                "\"integer\"",
                "`POST /things`: `name` takes fewer types (in `NewThing`)"
            },
            {
                $"{Request}.properties.kind.enum.0",
                null,
                "`POST /things`: `kind` no longer takes `big` (in `NewThing`)"
            },
            {
                $"{Request}.properties.name.enum",
                "[\"a\"]",
                "`POST /things`: `name` takes only some values (in `NewThing`)"
            },
            {
                $"{Request}.properties.way.oneOf.0",
                null,
                "`POST /things`: `way` no longer takes `cash` (in `NewThing`)"
            },
            { $"{Operation}.responses.409", null, "`POST /things`: `409` is no longer answered" },
            {
                $"{Operation}.responses.201.headers.Retry-After",
                null,
                "`POST /things`: `Retry-After` is no longer a header of 201"
            },
            { $"{Refusal}.enum.1", null, "`POST /things`: `code` is no longer `ERASED`" },
            { $"{Answer}.properties.madeAt", null, "`POST /things`: `madeAt` is gone (in `Thing`)" },
            { $"{Answer}.properties.size.type", "\"string\"", "`POST /things`: `size` has other types (in `Thing`)" },
            { $"{Answer}.properties.size.type", "\"number\"", "`POST /things`: `size` has other types (in `Thing`)" },
            { $"{Answer}.properties.madeAt.format", null, "`POST /things`: `madeAt` has another format (in `Thing`)" },
            { $"{Answer}.properties.status.enum.1", null, "`POST /things`: `status` is no longer `sold` (in `Thing`)" },
            { $"{Answer}.required.1", null, "`POST /things`: `size` may be absent (in `Thing`)" },
            { "webhooks.thing~made", null, "`thing.made` was removed" },
            { "webhooks.thing~made.post.parameters.0", null, "`thing.made`: `webhook-id` is no longer sent" },
            { $"{Answer}.properties.status", null, "`thing.made`: `status` is gone (in `Thing`)" },
            { "components.securitySchemes.Key.name", "\"X-Other\"", "`POST /things`: `security` is another one" },
            { $"{Operation}.security.0.Other", "[]", "`POST /things`: `security` is another one" },
        };

    /// <summary>What a client does not notice.</summary>
    public static TheoryData<string, string?> Harmless =>
        new()
        {
            { "paths./more", """{ "get": { "responses": {} } }""" },
            { "paths./things.put", """{ "responses": {} }""" },
            { "webhooks.thing~sold", """{ "post": { "requestBody": {} } }""" },
            { $"{Operation}.parameters.2", """{ "name": "x", "in": "query" }""" },
            { $"{Operation}.security.1", """{ "Other": [] }""" },
            { $"{Operation}.parameters.0.schema.maxLength", "300" },
            { $"{Operation}.responses.410", "{}" },
            { $"{Request}.required.0", null },
            { $"{Request}.properties.more", """{ "type": "string" }""" },
            { $"{Request}.properties.size.type", "\"number\"" },
            { $"{Request}.properties.size.maximum", null },
            { $"{Request}.properties.kind.enum.2", "\"tiny\"" },
            { $"{Request}.properties.way.oneOf.2", """{ "title": "card", "type": "object" }""" },
            { $"{Answer}.properties.more", """{ "type": "string" }""" },
            { $"{Answer}.properties.status.enum.2", "\"lost\"" },
            { $"{Answer}.required.2", "\"madeAt\"" },
            { $"{Answer}.description", "\"Other words.\"" },
            { $"{Refusal}.enum.2", "\"BUSY\"" },
        };

    [Theory, MemberData(nameof(Breaking))]
    public void A_change_that_breaks_clients_is_found_and_named(string at, string? value, string change) =>
        Assert.Contains(change, Between(at, value).Select(found => found.ToString()));

    [Theory, MemberData(nameof(Harmless))]
    public void A_change_that_breaks_nobody_is_passed_over(string at, string? value) =>
        Assert.Empty(Between(at, value));

    [Fact]
    public void A_document_differs_from_itself_in_nothing() => Assert.Empty(BreakingChanges.Between(Parse(), Parse()));

    [Fact]
    public void Another_name_for_a_parameter_of_a_path_breaks_nobody()
    {
        var renamed = JsonNode.Parse(Api.Replace("{thingId}", "{id}", StringComparison.Ordinal))!.AsObject();
        Assert.Empty(BreakingChanges.Between(Parse(), renamed));
    }

    [Theory]
    [InlineData("- `POST /things`: `madeAt` went: read `soldAt`.", true)]
    [InlineData("- `madeAt` of `Thing` went: read `soldAt`.", true)]
    [InlineData("- `POST /things` has no madeAt.", false)]
    [InlineData("- `madeAt` went.", false)]
    public void A_line_names_a_change_by_operation_or_record_and_by_member(string line, bool names) =>
        Assert.Equal(names, Between($"{Answer}.properties.madeAt", null)[0].IsNamedBy(line));

    [Fact]
    public void Only_what_the_next_release_changes_or_removes_is_announced()
    {
        const string Text = """
            # Changes
            ### Unreleased
            **Added**
            - one
            **Changed**
            - two
            **Removed**
            - three
            ### 2026-01
            **Changed**
            - four
            """;
        Assert.Equal(["- two", "- three"], Changelog.Announced(Text));
        Assert.Equal(
            ["- two", "- three"],
            Changelog.Announced(
                Text.Replace("**", "", StringComparison.Ordinal)
                    .Replace("### Unreleased", "## [Unreleased]", StringComparison.Ordinal)
                    .Replace("\nAdded", "\n### Added", StringComparison.Ordinal)
                    .Replace("\nChanged", "\n### Changed", StringComparison.Ordinal)
                    .Replace("\nRemoved", "\n### Removed", StringComparison.Ordinal)
            )
        );
    }

    private static IReadOnlyList<BreakingChange> Between(string at, string? value)
    {
        var changed = Parse();
        // A name with a dot in it is written with a tilde.
        var names = at.Split('.').Select(name => name.Replace('~', '.')).ToList();
        var owner = names[..^1].Aggregate((JsonNode)changed, (node, name) => Child(node, name)!);
        var made = value is null ? null : JsonNode.Parse(value);
        if (owner is JsonArray items)
        {
            var index = int.Parse(names[^1], System.Globalization.CultureInfo.InvariantCulture);
            if (index < items.Count)
                items.RemoveAt(index);
            if (made is not null)
                items.Insert(index, made);
        }
        else if (made is null)
            Assert.True(owner.AsObject().Remove(names[^1]));
        else
            owner[names[^1]] = made;
        return BreakingChanges.Between(Parse(), changed);
    }

    private static JsonNode? Child(JsonNode node, string name) =>
        node is JsonArray items
            ? items[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)]
            : node[name];

    private static JsonObject Parse() => JsonNode.Parse(Api)!.AsObject();
}
