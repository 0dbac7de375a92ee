using System.Text.Json.Nodes;

namespace Serverless.Tests.OpenApi;

/// <summary>Something that a client of the API counted on, and that another document takes away.</summary>
/// <param name="Operation">Method and route, or the event.</param>
/// <param name="Record">The record in which it stands; null outside of one.</param>
/// <param name="Member">What is meant: the path of a member, a parameter, a header, a status, or the operation.</param>
/// <param name="What">What became of it.</param>
internal sealed record BreakingChange(string Operation, string? Record, string Member, string What)
{
    /// <summary>
    /// True where a line names it: the operation or the record, and the member, each as code
    /// (<c>`POST /partner/links`: `expiresInMinutes` …</c>).
    /// </summary>
    public bool IsNamedBy(string line)
    {
        bool Has(string? name) => name is not null && line.Contains($"`{name}`", StringComparison.Ordinal);
        var last = Member[(Member.LastIndexOf('.') + 1)..];
        return (Has(Operation) || Has(Record)) && (Has(Member) || Has(last));
    }

    public override string ToString() =>
        Member == Operation ? $"`{Operation}` {What}"
        : Record is null ? $"`{Operation}`: `{Member}` {What}"
        : $"`{Operation}`: `{Member}` {What} (in `{Record}`)";
}

/// <summary>
/// Compares two documents of one API as the guide on changes defines it: what a client could send before must still be
/// taken, and what it could read before must still be there. What is added breaks nobody.
/// </summary>
/// <remarks>
/// Of ours, because the rules are ours. What is kept well has others: to <c>redocly diff</c> a new error code is a
/// breaking change, and one that is gone a patch.
/// </remarks>
internal sealed class BreakingChanges
{
    private readonly JsonObject _old;
    private readonly JsonObject _new;
    private readonly List<BreakingChange> _found = [];
    private readonly HashSet<(string, string)> _comparing = [];
    private string _operation = "";
    private string? _record;

    private BreakingChanges(JsonObject old, JsonObject current) => (_old, _new) = (old, current);

    /// <summary>What breaks a client of the old document.</summary>
    public static IReadOnlyList<BreakingChange> Between(JsonObject old, JsonObject current)
    {
        var comparison = new BreakingChanges(old, current);
        comparison.CompareOperations();
        comparison.CompareWebhooks();
        return [.. comparison._found.Distinct()];
    }

    private void CompareOperations()
    {
        var current = Operations(_new).ToDictionary(one => one.Key, one => one.Operation);
        foreach (var (key, name, operation) in Operations(_old))
        {
            _operation = name;
            if (current.TryGetValue(key, out var now))
                CompareOperation(operation, now);
            else
                Report(name, "was removed");
        }
    }

    private void CompareOperation(JsonObject old, JsonObject current)
    {
        // A further way to be admitted breaks nobody.
        if (!Security(old, _old).IsSubsetOf(Security(current, _new)))
            Report("security", "is another one");
        CompareParameters(old, current);
        CompareRequests(old, current);
        foreach (var (status, response) in Members(old, "responses"))
        {
            if (current["responses"]?[status] is not { } answer)
            {
                Report(status, "is no longer answered");
                continue;
            }
            var (was, now) = (Resolve(response, _old)!, Resolve(answer, _new)!);
            foreach (var (header, _) in Members(was, "headers"))
                if (now["headers"]?[header] is null)
                    Report(header, $"is no longer a header of {status}");
            if (Body(was) is { } body)
                CompareAnswers(body, Body(now), status, "");
        }
    }

    private void CompareParameters(JsonObject old, JsonObject current)
    {
        // A parameter of the path is known by its place: the key of the operation already says where they are.
        var (was, now) = (Parameters(old, _old), Parameters(current, _new));
        foreach (var (name, parameter) in was)
            if (!now.TryGetValue(name, out var same))
                Report(name, "is no longer taken");
            else
            {
                if (!IsTrue(parameter["required"]) && IsTrue(same["required"]))
                    Report(name, "is required");
                CompareTaken(parameter["schema"], same["schema"], name);
            }
        foreach (var (name, parameter) in now)
            if (!was.ContainsKey(name) && IsTrue(parameter["required"]))
                Report(name, "is new and required");
    }

    private void CompareRequests(JsonObject old, JsonObject current)
    {
        var (was, now) = (Resolve(old["requestBody"], _old), Resolve(current["requestBody"], _new));
        if (was is null)
        {
            if (IsTrue(now?["required"]))
                Report("body", "is new and required");
            return;
        }
        if (now is null)
        {
            Report("body", "is no longer taken");
            return;
        }
        if (!IsTrue(was["required"]) && IsTrue(now["required"]))
            Report("body", "is required");
        CompareTaken(Body(was), Body(now), "");
    }

    private void CompareWebhooks()
    {
        foreach (var (name, item) in Members(_old, "webhooks"))
        {
            _operation = name;
            if (_new["webhooks"]?[name]?["post"] is not JsonObject now)
            {
                Report(name, "was removed");
                continue;
            }
            var was = item["post"]!.AsObject();
            var headers = Parameters(now, _new);
            foreach (var header in Parameters(was, _old).Keys.Where(header => !headers.ContainsKey(header)))
                Report(header, "is no longer sent");
            CompareAnswers(
                Body(Resolve(was["requestBody"], _old)),
                Body(Resolve(now["requestBody"], _new)),
                "body",
                ""
            );
        }
    }

    /// <summary>A value that clients send: all that was taken must be taken.</summary>
    private void CompareTaken(JsonNode? old, JsonNode? current, string path) =>
        Within(
            old,
            current,
            path,
            (was, now) =>
            {
                CompareLimits(was, now, path);
                var before = Properties(was, _old);
                var after = Properties(now, _new);
                foreach (var (name, property) in before)
                    if (after.TryGetValue(name, out var same))
                        CompareTaken(property, same, Join(path, name));
                    else
                        Report(Join(path, name), "is no longer taken");
                var mustBe = Required(was, _old);
                foreach (var name in Required(now, _new).Where(name => !mustBe.Contains(name)))
                    Report(Join(path, name), before.ContainsKey(name) ? "is required" : "is new and required");
                if (Items(was, _old) is { } items)
                    CompareTaken(items, Items(now, _new), path);
                var choices = Alternatives(now, _new);
                foreach (var (title, alternative) in Alternatives(was, _old))
                    if (choices.TryGetValue(title, out var same))
                        CompareTaken(alternative, same, path);
                    else
                        Report(path, $"no longer takes `{title}`");
            }
        );

    private void CompareLimits(JsonObject was, JsonObject now, string path)
    {
        var name = path.Length > 0 ? path : "body";
        var (types, typesNow) = (Types(was, _old), Types(now, _new));
        if (!Covers(typesNow, types))
            Report(name, "takes fewer types");
        var (values, valuesNow) = (Values(was, _old), Values(now, _new));
        if (values is null && valuesNow is not null)
            Report(name, "takes only some values");
        foreach (var gone in valuesNow is null ? [] : (values ?? []).Except(valuesNow))
            Report(name, $"no longer takes `{gone}`");
        foreach (var least in new[] { "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties" })
            if (Limit(now, least) is { } limit && (Limit(was, least) is not { } before || before < limit))
                Report(name, $"has a higher {least}");
        foreach (var most in new[] { "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties" })
            if (Limit(now, most) is { } limit && (Limit(was, most) is not { } before || before > limit))
                Report(name, $"has a lower {most}");
        foreach (var rule in new[] { "pattern", "format" })
            if (now[rule] is { } stricter && !JsonNode.DeepEquals(was[rule], stricter))
                Report(name, $"has another {rule}");
    }

    /// <summary>A value that clients read: all that was there must be there.</summary>
    private void CompareAnswers(JsonNode? old, JsonNode? current, string what, string path)
    {
        var name = path.Length > 0 ? path : what;
        if (old is not null && current is null)
        {
            Report(name, "is gone");
            return;
        }
        Within(
            old,
            current,
            name,
            (was, now) =>
            {
                var (types, typesNow) = (Types(was, _old), Types(now, _new));
                if (!Covers(types, typesNow))
                    Report(name, "has other types");
                var values = Values(was, _old) ?? [];
                foreach (var gone in values.Except(Values(now, _new) ?? values))
                    Report(name, $"is no longer `{gone}`");
                if (was["format"] is { } format && !JsonNode.DeepEquals(format, now["format"]))
                    Report(name, "has another format");
                var after = Properties(now, _new);
                foreach (var (member, property) in Properties(was, _old))
                    CompareAnswers(property, after.GetValueOrDefault(member), what, Join(path, member));
                var (sure, sureNow) = (Required(was, _old), Required(now, _new));
                foreach (var member in sure.Where(member => after.ContainsKey(member) && !sureNow.Contains(member)))
                    Report(Join(path, member), "may be absent");
                if (Items(was, _old) is { } items)
                    CompareAnswers(items, Items(now, _new), what, path);
            }
        );
    }

    /// <summary>Compares two schemas once, also where they contain themselves.</summary>
    private void Within(JsonNode? old, JsonNode? current, string path, Action<JsonObject, JsonObject> compare)
    {
        if (old is not JsonObject was || current is not JsonObject now)
            return;
        var (reference, referenceNow) = ((string?)was["$ref"], (string?)now["$ref"]);
        var pair = (reference ?? "", referenceNow ?? "");
        var isNamed = reference is not null && referenceNow is not null;
        if (isNamed && !_comparing.Add(pair))
            return;
        var outer = _record;
        _record = referenceNow is null ? _record : referenceNow[(referenceNow.LastIndexOf('/') + 1)..];
        compare(Resolve(was, _old)!, Resolve(now, _new)!);
        _record = outer;
        if (isNamed)
            _comparing.Remove(pair);
    }

    private void Report(string member, string what) => _found.Add(new(_operation, _record, member, what));

    private static IEnumerable<(string Key, string Name, JsonObject Operation)> Operations(JsonObject document) =>
        from path in Members(document, "paths")
        from operation in path.Value.AsObject()
        let method = operation.Key.ToUpperInvariant()
        select (
            // How a parameter of the path is called is nothing that a client sends.
            $"{method} {string.Join('/', path.Key.Split('/').Select(part => part.StartsWith('{') ? "{}" : part))}",
            $"{method} {path.Key}",
            operation.Value!.AsObject()
        );

    private static IEnumerable<(string Key, JsonNode Value)> Members(JsonNode node, string name) =>
        (node[name] as JsonObject ?? []).Select(member => (member.Key, member.Value!));

    private static Dictionary<string, JsonObject> Parameters(JsonObject operation, JsonObject document) =>
        (operation["parameters"] as JsonArray ?? [])
            .Select(parameter => Resolve(parameter, document)!)
            .Where(parameter => (string)parameter["in"]! != "path")
            .ToDictionary(parameter => (string)parameter["name"]!, StringComparer.OrdinalIgnoreCase);

    /// <summary>The ways to be admitted, each with all that it needs at once; an open operation has an empty one.</summary>
    private static HashSet<string> Security(JsonObject operation, JsonObject document) =>
        (operation["security"] as JsonArray ?? [])
            .Select(way =>
                string.Join(
                    " and ",
                    way!
                        .AsObject()
                        .Select(scheme => document["components"]?["securitySchemes"]?[scheme.Key])
                        .Select(scheme => $"{scheme?["type"]} {scheme?["in"]} {scheme?["name"]} {scheme?["scheme"]}")
                        .Order(StringComparer.Ordinal)
                )
            )
            .DefaultIfEmpty("")
            .ToHashSet();

    private static JsonNode? Body(JsonNode? owner) => owner?["content"]?["application/json"]?["schema"];

    private static JsonObject? Resolve(JsonNode? node, JsonObject document)
    {
        while (node?["$ref"] is { } reference)
            node =
                ((string)reference!).Split('/').Skip(1).Aggregate((JsonNode?)document, (at, name) => at?[name])
                ?? throw new InvalidOperationException($"The document has no {reference}.");
        return node as JsonObject;
    }

    /// <summary>A schema, and those that it is made of.</summary>
    private static IEnumerable<JsonObject> Parts(JsonNode? schema, JsonObject document) =>
        Resolve(schema, document) is not { } resolved
            ? []
            : (resolved["allOf"] as JsonArray ?? []).SelectMany(part => Parts(part, document)).Prepend(resolved);

    /// <summary>Each member by its name; one that several parts describe has all that they say.</summary>
    private static Dictionary<string, JsonNode> Properties(JsonObject schema, JsonObject document) =>
        Parts(schema, document)
            .SelectMany(part => Members(part, "properties"))
            .GroupBy(property => property.Key)
            .ToDictionary(
                same => same.Key,
                same =>
                    same.Count() == 1
                        ? same.First().Value
                        : new JsonObject { ["allOf"] = new JsonArray([.. same.Select(one => one.Value.DeepClone())]) }
            );

    private static HashSet<string> Required(JsonObject schema, JsonObject document) =>
        [
            .. Parts(schema, document)
                .SelectMany(part => part["required"] as JsonArray ?? [])
                .Select(name => (string)name!),
        ];

    private static JsonNode? Items(JsonObject schema, JsonObject document) =>
        Parts(schema, document).Select(part => part["items"]).FirstOrDefault(items => items is not null);

    /// <summary>The kinds of which a value may be one, by their titles.</summary>
    private static Dictionary<string, JsonObject> Alternatives(JsonObject schema, JsonObject document) =>
        Parts(schema, document)
            .SelectMany(part => part["oneOf"] as JsonArray ?? [])
            .Select(alternative => Resolve(alternative, document)!)
            .ToDictionary(alternative => (string)alternative["title"]!);

    /// <summary>The types that a value may have; none where any is possible.</summary>
    private static HashSet<string> Types(JsonObject schema, JsonObject document) =>
        [
            .. Parts(schema, document)
                .Select(part => part["type"])
                .Where(type => type is not null)
                .Select(type => type is JsonArray many ? many.Select(one => (string)one!) : [(string)type!])
                .FirstOrDefault([]),
        ];

    /// <summary>True where a value of each of the other types is one of these types, too: an integer is a number.</summary>
    private static bool Covers(HashSet<string> types, HashSet<string> others) =>
        types.Count == 0
        || (
            others.Count > 0
            && others.All(type => types.Contains(type) || (type == "integer" && types.Contains("number")))
        );

    /// <summary>The values that are named; null where any is possible.</summary>
    private static List<string>? Values(JsonObject schema, JsonObject document)
    {
        List<string>? values = null;
        foreach (var part in Parts(schema, document))
        {
            var named = part["const"] is { } only
                ? [only.ToString()]
                : (part["enum"] as JsonArray)?.Select(value => value!.ToString()).ToList();
            values = named is null || values is null ? named ?? values : [.. values.Intersect(named)];
        }
        return values;
    }

    private static decimal? Limit(JsonObject schema, string name) => (decimal?)schema[name];

    private static bool IsTrue(JsonNode? value) => value is not null && (bool)value;

    private static string Join(string path, string name) => path.Length > 0 ? $"{path}.{name}" : name;
}
