namespace Serverless.Infrastructure.Bicep;

/// <summary>A resource or module: its object, however it is wrapped in a loop or a condition.</summary>
internal sealed record Declared(string Symbol, string Target, bool Existing, Node Body, Node? Loop, int Line)
{
    /// <summary>Type without version, of a resource.</summary>
    public string ResourceType => Target.Split('@')[0];

    public string ApiVersion => Target.Split('@') is [_, var version] ? version : "";
}

internal sealed record Parameter(string Name, string Type, Node? Default, IReadOnlyList<Node> Decorators, int Line)
{
    public Node? Decorator(string name) =>
        Decorators.FirstOrDefault(decorator => decorator.With("function")?.Text == name)?.With("arguments");

    /// <summary>The values that <c>@allowed</c> lists; empty without it.</summary>
    public IEnumerable<string> Allowed =>
        Decorator("allowed")?.Parts[0].Parts.Select(item => item.Literal ?? item.Text!) ?? [];
}

/// <summary>One Bicep file and what it declares.</summary>
internal sealed class BicepFile
{
    public BicepFile(string name, string text, IReadOnlyList<int> errors, Node tree)
    {
        Name = name;
        Text = text;
        Errors = errors;
        Tree = tree;
        IReadOnlyList<Node> decorators = [];
        foreach (var node in tree.Parts)
        {
            if (node.Type == "decorators")
            {
                decorators = [.. node.Parts.Select(decorator => decorator.Parts[0])];
                continue;
            }
            var symbol = node.Parts.Count > 0 ? node.Parts[0].Text ?? "" : "";
            switch (node.Type)
            {
                case "parameter_declaration":
                    Parameters.Add(
                        new(
                            symbol,
                            node.Parts[1].All.Last().Text ?? "",
                            node.Parts.Count > 2 ? node.Parts[2] : null,
                            decorators,
                            node.Line
                        )
                    );
                    break;
                case "variable_declaration":
                    Variables[symbol] = node.Parts[1];
                    break;
                case "output_declaration":
                    Outputs[symbol] = (node.Parts[2], decorators);
                    break;
                case "resource_declaration":
                    Resources.Add(Declare(node));
                    break;
                case "module_declaration":
                    Modules.Add(Declare(node));
                    break;
            }
            decorators = [];
        }
    }

    /// <summary>Path below infra/azure.</summary>
    public string Name { get; }

    public string Text { get; }

    public IReadOnlyList<int> Errors { get; }

    public Node Tree { get; }

    public List<Parameter> Parameters { get; } = [];

    public Dictionary<string, Node> Variables { get; } = [];

    public Dictionary<string, (Node Value, IReadOnlyList<Node> Decorators)> Outputs { get; } = [];

    public List<Declared> Resources { get; } = [];

    public List<Declared> Modules { get; } = [];

    private Declared Declare(Node node)
    {
        var value = node.Parts[2];
        var loop = value.Type == "for_statement" ? value : null;
        var body = loop is null ? value : loop.With("body")!;
        if (body.Type == "if_statement")
            body = body.Parts[^1];
        // The grammar gives 'existing' no node; it stands between the type and the equals sign.
        var head = Text.Split('\n')[node.Line - 1];
        return new(
            node.Parts[0].Text!,
            node.Parts[1].Literal!,
            head.Contains("' existing =", StringComparison.Ordinal),
            body,
            loop,
            node.Line
        );
    }
}
