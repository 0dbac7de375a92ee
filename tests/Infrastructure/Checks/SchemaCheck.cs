using System.Text.Json;
using System.Text.RegularExpressions;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// Every resource against the published schema of its type: version, property names, required properties, literal
/// values, and what is read from it.
/// </summary>
internal sealed class SchemaCheck(string folder)
{
    /// <summary>Added to every resource by the language.</summary>
    private static readonly HashSet<string> OfLanguage = ["parent", "scope", "dependsOn"];

    private readonly Dictionary<string, JsonElement?> _schemas = new(StringComparer.OrdinalIgnoreCase);

    public IEnumerable<string> Problems(Template template) => template.Files.Values.SelectMany(OfFile);

    private IEnumerable<string> OfFile(BicepFile file)
    {
        foreach (var resource in file.Resources)
        {
            if (Schema(resource.ResourceType) is not { } schema)
            {
                yield return $"{file.Name}:{resource.Line}: no schema of type '{resource.ResourceType}'";
                continue;
            }
            if (schema.GetProperty("type").GetString() != resource.ResourceType)
                yield return $"{file.Name}:{resource.Line}: the type is written '{schema.GetProperty("type").GetString()}'";
            if (schema.GetProperty("apiVersion").GetString() != resource.ApiVersion)
                yield return $"{file.Name}:{resource.Line}: version '{resource.ApiVersion}', the schema describes {schema.GetProperty("apiVersion").GetString()}";
            foreach (
                var problem in Object(
                    file,
                    resource.Body,
                    schema.GetProperty("body"),
                    resource.Symbol,
                    top: true,
                    complete: !resource.Existing
                )
            )
                yield return $"{file.Name}:{problem}";
        }
        foreach (
            var problem in file
                .Tree.All.Where(node => node.Type == "member_expression")
                .SelectMany(node => Read(file, node))
        )
            yield return $"{file.Name}:{problem}";
    }

    private JsonElement? Schema(string type)
    {
        if (!_schemas.TryGetValue(type, out var schema))
        {
            var path = Directory
                .EnumerateFiles(folder, "*.json")
                .FirstOrDefault(path =>
                    string.Equals(
                        Path.GetFileNameWithoutExtension(path),
                        type.Replace('/', '.'),
                        StringComparison.OrdinalIgnoreCase
                    )
                );
            _schemas[type] = schema = path is null ? null : JsonDocument.Parse(File.ReadAllText(path)).RootElement;
        }
        return schema;
    }

    /// <summary>A value: what can be seen without running the deployment.</summary>
    private IEnumerable<string> Value(BicepFile file, Node value, JsonElement schema, string path)
    {
        var kind = schema.GetProperty("kind").GetString()!;
        if (kind == "any" || value.Type == "null")
            return [];
        switch (value.Type)
        {
            case "ternary_expression":
                return value.Parts.Skip(1).SelectMany(part => Value(file, part, schema, path));
            case "parenthesized_expression":
                return Value(file, value.Parts[0], schema, path);
            case "identifier" when file.Variables.TryGetValue(value.Text!, out var variable):
                return Value(file, variable, schema, path);
            case "identifier" when file.Parameters.Find(parameter => parameter.Name == value.Text) is { } parameter:
                return parameter.Type == Shape(kind) || kind == "discriminated"
                    ? parameter
                        .Allowed.SelectMany(text => Text(text, schema))
                        .Select(problem => $"{value.Line}: {path}: parameter '{parameter.Name}': {problem}")
                    : [$"{value.Line}: {path} is {Shape(kind)}, parameter '{parameter.Name}' is {parameter.Type}"];
            case "object":
                return kind is "object" or "discriminated"
                    ? Object(file, value, schema, path, top: false, complete: true)
                    : [$"{value.Line}: {path} is {kind}, not an object"];
            case "array":
                return kind == "array"
                    ? value.Parts.SelectMany(item => Value(file, item, schema.GetProperty("items"), path + "[]"))
                    : [$"{value.Line}: {path} is {kind}, not an array"];
            case "for_statement":
                return kind == "array"
                    ? Value(file, value.With("body")!, schema.GetProperty("items"), path + "[]")
                    : [$"{value.Line}: {path} is {kind}, not an array"];
            case "number" or "boolean":
                return Shape(kind) == (value.Type == "number" ? "int" : "bool")
                    ? Number(value, schema, path)
                    : [$"{value.Line}: {path} is {kind}, not {value.Type}"];
            case "string":
                return Shape(kind) != "string" ? [$"{value.Line}: {path} is {kind}, not a string"]
                    : value.Literal is { } text
                        ? Text(text, schema).Select(problem => $"{value.Line}: {path}: {problem}")
                    : [];
            default:
                return [];
        }
    }

    private IEnumerable<string> Object(
        BicepFile file,
        Node body,
        JsonElement schema,
        string path,
        bool top,
        bool complete
    )
    {
        if (schema.GetProperty("kind").GetString() == "discriminated")
        {
            var discriminator = schema.GetProperty("discriminator").GetString()!;
            var chosen = body[discriminator]?.Literal;
            if (chosen is null || !schema.GetProperty("variants").TryGetProperty(chosen, out var variant))
            {
                yield return $"{body.Line}: {path}.{discriminator} must be one of {string.Join(", ", schema.GetProperty("variants").EnumerateObject().Select(item => item.Name))}";
                yield break;
            }
            schema = variant;
        }
        var properties = schema.GetProperty("properties");
        var given = new HashSet<string>();
        foreach (var (name, value, line) in body.Properties)
        {
            if (top && name is not null && OfLanguage.Contains(name))
                continue;
            if (name is not null && !given.Add(name))
                yield return $"{line}: {path}.{name} is given twice";
            if (name is not null && properties.TryGetProperty(name, out var property))
            {
                if (property.TryGetProperty("readOnly", out var readOnly) && readOnly.GetBoolean())
                    yield return $"{line}: {path}.{name} is read-only";
                foreach (var problem in Value(file, value, property.GetProperty("schema"), $"{path}.{name}"))
                    yield return problem;
            }
            else if (schema.TryGetProperty("additional", out var additional))
            {
                foreach (var problem in Value(file, value, additional, $"{path}.{name ?? "*"}"))
                    yield return problem;
            }
            else
            {
                yield return $"{line}: {path}.{name ?? "(computed)"} is not a property";
            }
        }
        if (!complete)
            yield break;
        foreach (var property in properties.EnumerateObject())
        {
            var isRequired =
                property.Value.TryGetProperty("required", out var required)
                && required.GetBoolean()
                && !(property.Value.TryGetProperty("readOnly", out var readOnly) && readOnly.GetBoolean());
            if (isRequired && !given.Contains(property.Name))
                yield return $"{body.Line}: {path}.{property.Name} is required";
        }
    }

    /// <summary><c>resource.properties.x</c>: every step exists.</summary>
    private IEnumerable<string> Read(BicepFile file, Node expression)
    {
        var steps = new Stack<string>();
        var node = expression;
        for (; node.Type == "member_expression"; node = node.Parts[0])
            steps.Push(node.Parts[1].Text!);
        if (node.Type == "subscript_expression")
            node = node.Parts[0];
        if (
            node.Type != "identifier"
            || file.Resources.Find(resource => resource.Symbol == node.Text) is not { } resource
            || Schema(resource.ResourceType) is not { } schema
        )
            yield break;
        var at = schema.GetProperty("body");
        foreach (var step in steps)
        {
            if (
                at.GetProperty("kind").GetString() == "object"
                && at.GetProperty("properties").TryGetProperty(step, out var property)
            )
            {
                at = property.GetProperty("schema");
                continue;
            }
            if (at.GetProperty("kind").GetString() == "object" && !at.TryGetProperty("additional", out _))
                yield return $"{expression.Line}: {resource.ResourceType} has no '{string.Join('.', steps)}'";
            yield break;
        }
    }

    private static string Shape(string kind) => kind is "enum" ? "string" : kind;

    private static IEnumerable<string> Text(string text, JsonElement schema)
    {
        if (
            schema.TryGetProperty("values", out var values)
            && !schema.GetProperty("open").GetBoolean()
            && !values.EnumerateArray().Any(value => value.GetString() == text)
        )
            yield return $"'{text}' is not one of {string.Join(", ", values.EnumerateArray())}";
        // An open set takes other values too, but one that differs only in case is a slip.
        else if (
            schema.TryGetProperty("values", out values)
            && values
                .EnumerateArray()
                .FirstOrDefault(value => string.Equals(value.GetString(), text, StringComparison.OrdinalIgnoreCase))
                is { ValueKind: JsonValueKind.String } near
            && near.GetString() != text
        )
            yield return $"'{text}' is written '{near.GetString()}'";
        else if (
            schema.TryGetProperty("values", out values)
            && !values.EnumerateArray().Any(value => value.GetString() == text)
        )
            yield return $"'{text}' is none of the known values {string.Join(", ", values.EnumerateArray())}";
        if (schema.TryGetProperty("minLength", out var least) && text.Length < least.GetInt32())
            yield return $"'{text}' is shorter than {least}";
        if (schema.TryGetProperty("maxLength", out var most) && text.Length > most.GetInt32())
            yield return $"'{text}' is longer than {most}";
        if (schema.TryGetProperty("pattern", out var pattern) && !Regex.IsMatch(text, pattern.GetString()!))
            yield return $"'{text}' does not match {pattern}";
    }

    private static IEnumerable<string> Number(Node value, JsonElement schema, string path)
    {
        if (value.Type != "number")
            yield break;
        var number = long.Parse(value.Text!, null);
        if (schema.TryGetProperty("min", out var least) && number < least.GetInt64())
            yield return $"{value.Line}: {path}: {number} is less than {least}";
        if (schema.TryGetProperty("max", out var most) && number > most.GetInt64())
            yield return $"{value.Line}: {path}: {number} is more than {most}";
    }
}
