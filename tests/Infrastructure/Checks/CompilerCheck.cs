using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Bicep.Types;
using Azure.Bicep.Types.Az;
using Azure.Bicep.Types.Concrete;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>What the compiler does not say of the files that it compiles.</summary>
internal static partial class CompilerCheck
{
    private static readonly AzTypeLoader Loader = new();
    private static readonly Lazy<Dictionary<string, CrossFileTypeReference>> Index = new(() =>
        new(Loader.LoadTypeIndex().Resources, StringComparer.OrdinalIgnoreCase)
    );

    /// <summary>A type is read once: with all that it refers to it takes a tenth of a second and more.</summary>
    private static readonly ConcurrentDictionary<string, Lazy<TypeBase?>> Types = new();

    /// <summary>Every parameter and output says what it is: nobody should have to read the code to give it.</summary>
    public static IEnumerable<string> Undescribed(Template template) =>
        from file in template.FilesOf(".bicep")
        from declared in Declared().Matches(template.Texts[file])
        where !declared.Groups[1].Value.Contains("@description(", StringComparison.Ordinal)
        select $"{file}: '{declared.Groups[2].Value}' has no description";

    /// <summary>
    /// Where a service may come to accept further values, the published types list those of today and allow any text,
    /// so that the compiler passes a misspelt one. Here only the listed ones are good.
    /// </summary>
    public static IEnumerable<string> UnknownValues(Template template) =>
        template
            .Deployments.SelectMany(deployment => deployment.Resources)
            .SelectMany(resource =>
                TypeOf($"{resource.Type}@{resource.Text("apiVersion")}") is { } type
                    ? Walk(resource.Json, type, resource.Name)
                    : [$"{resource.Name}: there is no {resource.Type}@{resource.Text("apiVersion")}"]
            )
            .Distinct();

    private static TypeBase? TypeOf(string name) =>
        Types.GetOrAdd(name, _ => new(() => Index.Value.TryGetValue(name, out var at) ? Load(at) : null)).Value;

    private static TypeBase Load(CrossFileTypeReference reference) => Loader.LoadResourceType(reference).Body.Type;

    private static IEnumerable<string> Walk(JsonElement value, TypeBase type, string path)
    {
        switch (type)
        {
            case UnionType union when value.ValueKind == JsonValueKind.String:
                var listed = union.Elements.Select(item => (item.Type as StringLiteralType)?.Value).ToList();
                var text = value.GetString()!;
                return listed.Contains(null) && listed.Count > 1 && !text.StartsWith('[') && !listed.Contains(text)
                    ? [$"{path}: '{text}' is none of {string.Join(", ", listed.Where(item => item is not null))}"]
                    : [];
            case ArrayType array when value.ValueKind == JsonValueKind.Array:
                return value.EnumerateArray().SelectMany((item, i) => Walk(item, array.ItemType.Type, $"{path}[{i}]"));
            case ObjectType owner when value.ValueKind == JsonValueKind.Object:
                return Members(value, owner.Properties, owner.AdditionalProperties?.Type, path);
            case DiscriminatedObjectType choice when value.ValueKind == JsonValueKind.Object:
                var name = value.TryGetProperty(choice.Discriminator, out var kind) ? kind.ToString() : "";
                var chosen = choice.Elements.GetValueOrDefault(name)?.Type;
                var rest = chosen is null ? [] : Walk(value, chosen, path);
                return Members(value, choice.BaseProperties, null, path).Concat(rest);
            default:
                return [];
        }
    }

    private static IEnumerable<string> Members(
        JsonElement value,
        IReadOnlyDictionary<string, ObjectTypeProperty> known,
        TypeBase? others,
        string path
    ) =>
        from member in value.EnumerateObject()
        // A child's name stands with its parent's.
        where member.Name != "name"
        let type = known.TryGetValue(member.Name, out var property) ? property.Type.Type : others
        where type is not null
        from problem in Walk(member.Value, type, $"{path}.{member.Name}")
        select problem;

    [GeneratedRegex(@"((?:^@.*\n)*)^((?:param|output) \w+)", RegexOptions.Multiline)]
    private static partial Regex Declared();
}
