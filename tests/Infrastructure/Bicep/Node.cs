using System.Text.Json.Serialization;

namespace Serverless.Infrastructure.Bicep;

/// <summary>A node of a syntax tree, as syntax.mjs writes it.</summary>
/// <param name="Type">The grammar's name of the node.</param>
/// <param name="Line">From 1.</param>
/// <param name="Text">Of a leaf.</param>
/// <param name="Field">The node's part in its parent, where the grammar names it.</param>
/// <param name="Children">Named nodes in order; comments are left out.</param>
internal sealed record Node(
    [property: JsonPropertyName("t")] string Type,
    [property: JsonPropertyName("l")] int Line,
    [property: JsonPropertyName("x")] string? Text,
    [property: JsonPropertyName("f")] string? Field,
    [property: JsonPropertyName("c")] IReadOnlyList<Node>? Children
)
{
    public IReadOnlyList<Node> Parts => Children ?? [];

    public IEnumerable<Node> All => Parts.SelectMany(part => part.All).Prepend(this);

    /// <summary>The text of a string without interpolation; null for anything else.</summary>
    public string? Literal =>
        Type == "string" && Parts.All(part => part.Type is "string_content" or "escape_sequence")
            ? string.Concat(Parts.Select(part => part.Type == "escape_sequence" ? part.Text![1..] : part.Text))
            : null;

    public Node? With(string field) => Parts.FirstOrDefault(part => part.Field == field);

    /// <summary>The properties of an object; the name is null where it is computed.</summary>
    public IEnumerable<(string? Name, Node Value, int Line)> Properties =>
        Type == "object"
            ? Parts
                .Where(part => part.Type == "object_property" && part.Parts.Count == 2)
                .Select(part =>
                    (
                        part.Parts[0].Type == "string" ? part.Parts[0].Literal : part.Parts[0].Text,
                        part.Parts[1],
                        part.Line
                    )
                )
            : [];

    public Node? this[string property] => Properties.FirstOrDefault(item => item.Name == property).Value;
}
