using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Serverless.Functions.OpenApi;

/// <summary>The doc comments of the code, from the file that the compiler writes beside the assembly.</summary>
internal sealed partial class XmlDocs
{
    private readonly Dictionary<string, XElement> _members;

    private XmlDocs(XDocument file) =>
        _members = file.Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    /// <summary>Those of this app.</summary>
    /// <exception cref="FileNotFoundException">The file was not deployed with the assembly.</exception>
    public static XmlDocs Load() =>
        new(XDocument.Load(Path.ChangeExtension(typeof(XmlDocs).Assembly.Location, ".xml")));

    /// <summary>What a type is, as Markdown; null where nothing is said.</summary>
    public string? SummaryOf(Type type) => Text(Find(type), "summary");

    /// <summary>What a property or constant means, as Markdown; null where nothing is said.</summary>
    public string? SummaryOf(MemberInfo member) => Text(Find(member), "summary");

    /// <summary>More about a member, as Markdown; null where nothing is said.</summary>
    public string? RemarksOf(MemberInfo member) => Text(Find(member), "remarks");

    /// <summary>A value that a property may have, as JSON without the quotes of a string; null where none is given.
    /// </summary>
    public string? ExampleOf(MemberInfo member) => Find(member)?.Element("example")?.Value.Trim();

    private XElement? Find(Type type) => _members.GetValueOrDefault($"T:{NameOf(type)}");

    private XElement? Find(MemberInfo member)
    {
        var name = $"{NameOf(member.DeclaringType!)}.{member.Name}";
        return member switch
        {
            PropertyInfo => _members.GetValueOrDefault($"P:{name}"),
            FieldInfo => _members.GetValueOrDefault($"F:{name}"),
            // No function has two methods of one name.
            MethodInfo => _members.GetValueOrDefault($"M:{name}")
                ?? _members.FirstOrDefault(known => known.Key.StartsWith($"M:{name}(", StringComparison.Ordinal)).Value,
            _ => null,
        };
    }

    private static string NameOf(Type type)
    {
        var definition = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        return definition.FullName!.Replace('+', '.');
    }

    private static string? Text(XElement? member, string part) =>
        member?.Element(part) is { } element
            ? string.Join(
                "\n\n",
                Paragraph()
                    .Split(Markdown(element))
                    .Select(text => Space().Replace(text, " ").Trim())
                    .Where(text => text.Length > 0)
            )
            : null;

    private static string Markdown(XElement element) =>
        string.Concat(
            element
                .Nodes()
                .Select(node =>
                    node switch
                    {
                        XText text => text.Value,
                        XElement { Name.LocalName: "para" } paragraph => $"\n\n{Markdown(paragraph)}\n\n",
                        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
                        XElement { Name.LocalName: "see" } see => Name(see),
                        XElement { Name.LocalName: "paramref" } parameter => $"`{parameter.Attribute("name")?.Value}`",
                        XElement other => Markdown(other),
                        _ => "",
                    }
                )
        );

    private static string Name(XElement see)
    {
        if (see.Attribute("langword") is { } word)
            return $"`{word.Value}`";
        var name = see.Attribute("cref")?.Value ?? "";
        return $"`{name[(name.LastIndexOfAny(['.', ':']) + 1)..]}`";
    }

    [GeneratedRegex(@"\n\s*\n", RegexOptions.CultureInvariant)]
    private static partial Regex Paragraph();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Space();
}
