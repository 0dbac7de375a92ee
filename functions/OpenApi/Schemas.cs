using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Serverless.Functions.Http;

namespace Serverless.Functions.OpenApi;

/// <summary>
/// The JSON Schemas (draft 2020-12) of one document's records: of answers and events as they are serialized, of
/// requests by the rules on their members. Records are named by their types, and refer to each other.
/// </summary>
internal sealed class Schemas(XmlDocs docs, FieldContext context)
{
    /// <summary>How answers are serialized; the exporter wants the resolver to be named.</summary>
    private static readonly JsonSerializerOptions AsSerialized = new(Answer.Json)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private const string Prefix = "#/components/schemas/";
    private readonly SortedDictionary<string, (Type Type, JsonObject Schema)> _named = new(StringComparer.Ordinal);

    /// <summary>The schemas by name.</summary>
    public IEnumerable<KeyValuePair<string, JsonObject>> Named =>
        _named.Select(known => KeyValuePair.Create(known.Key, known.Value.Schema));

    /// <summary>A reference to the schema of an answer or event.</summary>
    public JsonObject OfAnswer(Type type) => Refer(type, () => ExportAnswer(type));

    /// <summary>A reference to the schema of a request's body.</summary>
    public JsonObject OfRequest(Type type) => Refer(type, () => DescribeRequest(type));

    /// <summary>The schema of a member of a request.</summary>
    public JsonObject OfField(RequestField field)
    {
        var schema = new JsonObject();
        if (field.Rule is NestedAttribute)
            schema = OfRequest(field.Property.PropertyType);
        else
            field.Rule.Describe(schema, context);
        if (field.Rule is NestedListAttribute)
            schema["items"] = OfRequest(field.ItemType);
        schema["description"] = docs.SummaryOf(field.Property);
        if (docs.ExampleOf(field.Property) is { } example)
            schema["examples"] = new JsonArray(Value(schema, example));
        if (DefaultOf(field) is { } preset)
            schema["default"] = preset;
        if (field.Rule.MayBeNull)
            AllowNull(schema);
        return schema;
    }

    private static void AllowNull(JsonObject schema)
    {
        schema["type"] = new JsonArray(schema["type"]!.DeepClone(), "null");
        (schema["enum"] as JsonArray)?.Add(null);
    }

    private JsonObject Refer(Type type, Func<JsonObject> make)
    {
        var name = NameOf(type);
        if (_named.TryGetValue(name, out var known))
        {
            if (known.Type != type)
                throw new InvalidOperationException($"Two records have the name {name}: {known.Type} and {type}.");
        }
        else
        {
            // First the name, because a record may refer to itself.
            _named[name] = (type, []);
            _named[name] = (type, make());
        }
        return new JsonObject { ["$ref"] = Prefix + name };
    }

    private JsonObject ExportAnswer(Type type)
    {
        var options = new JsonSchemaExporterOptions
        {
            TreatNullObliviousAsNonNullable = true,
            TransformSchemaNode = (node, schema) => Transform(node, schema, type),
        };
        return AsSerialized.GetJsonSchemaAsNode(type, options).AsObject();
    }

    private JsonObject Transform(JsonSchemaExporterContext node, JsonNode exported, Type root)
    {
        var type = Nullable.GetUnderlyingType(node.TypeInfo.Type) ?? node.TypeInfo.Type;
        var isRoot = node.Path.IsEmpty;
        if (!isRoot && IsRecord(node.TypeInfo) && type != root)
            return Annotate(OfAnswer(type), node);
        // A type with a converter of its own is exported as true: anything.
        var schema = exported as JsonObject ?? [];
        RemoveNull(schema);
        if (type == typeof(DateTimeOffset))
            (schema["type"], schema["format"]) = ("string", "date-time");
        else if (type == typeof(JsonElement) || type == typeof(JsonNode))
            schema["type"] = "object";
        if (node.TypeInfo.Kind == JsonTypeInfoKind.Object)
            Require(schema, node.TypeInfo);
        if (isRoot)
            schema["description"] = docs.SummaryOf(type);
        return Annotate(schema, node);
    }

    private JsonObject Annotate(JsonObject schema, JsonSchemaExporterContext node)
    {
        if (node.PropertyInfo?.AttributeProvider is not PropertyInfo property || node.Path[^1] == "items")
            return schema;
        if (docs.SummaryOf(property) is { } summary)
            schema["description"] = summary;
        if (docs.ExampleOf(property) is { } example)
            schema["examples"] = new JsonArray(Value(schema, example));
        return schema;
    }

    /// <summary>Nulls are left out of answers: a member may be absent, but is never null.</summary>
    private static void RemoveNull(JsonObject schema)
    {
        if (schema["type"] is JsonArray types)
        {
            var left = types.Select(type => type!.GetValue<string>()).Where(type => type != "null").ToList();
            schema["type"] =
                left.Count == 1 ? left[0] : new JsonArray([.. left.Select(type => JsonValue.Create(type))]);
        }
        if (schema["enum"] is JsonArray values)
        {
            schema["enum"] = new JsonArray([.. values.Where(value => value is not null).Select(v => v!.DeepClone())]);
            schema["type"] ??= "string";
        }
    }

    private static void Require(JsonObject schema, JsonTypeInfo type)
    {
        var nullability = new NullabilityInfoContext();
        var required = type
            .Properties.Where(property =>
                property.AttributeProvider is PropertyInfo known
                && Nullable.GetUnderlyingType(known.PropertyType) is null
                && nullability.Create(known).ReadState != NullabilityState.Nullable
            )
            .Select(property => (JsonNode)property.Name)
            .ToArray();
        schema.Remove("required");
        if (required.Length > 0)
            schema["required"] = new JsonArray(required);
    }

    private JsonObject DescribeRequest(Type type)
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var field in RequestField.Of(type))
        {
            properties[field.Name] = OfField(field);
            if (field.Rule.Required)
                required.Add(field.Name);
        }
        var schema = new JsonObject
        {
            ["type"] = "object",
            ["description"] = docs.SummaryOf(type),
            ["properties"] = properties,
        };
        if (required.Count > 0)
            schema["required"] = required;
        return schema;
    }

    /// <summary>What a new record has, where a request does not say otherwise.</summary>
    private static JsonNode? DefaultOf(RequestField field)
    {
        if (field.Rule.Required || Nullable.GetUnderlyingType(field.Property.PropertyType) is not null)
            return null;
        var preset = field.Property.GetValue(Activator.CreateInstance(field.Property.ReflectedType!));
        return preset is string or int or bool ? JsonSerializer.SerializeToNode(preset, Answer.Json) : null;
    }

    /// <summary>An example as its schema's type has it.</summary>
    private static JsonNode? Value(JsonObject schema, string example) =>
        schema["type"]?.GetValueKind() == JsonValueKind.String && schema["type"]!.GetValue<string>() == "string"
            ? JsonValue.Create(example)
            : JsonNode.Parse(example);

    private static bool IsRecord(JsonTypeInfo type) =>
        type.Kind == JsonTypeInfoKind.Object && type.Type.Assembly == typeof(Schemas).Assembly;

    private static string NameOf(Type type)
    {
        if (!type.IsGenericType)
            return type.Name;
        var name = type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)];
        return $"{name}Of{string.Concat(type.GetGenericArguments().Select(NameOf))}";
    }
}
