using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// What the compiler's binder would say: every name is declared and used, modules get the parameters they want, outputs
/// exist.
/// </summary>
internal static class NamesCheck
{
    private static readonly HashSet<string> Namespaces = ["az", "sys"];

    /// <summary>
    /// Functions of the language that are used here; another one is to be looked up before it is added.
    /// </summary>
    private static readonly HashSet<string> Functions =
    [
        "empty",
        "environment",
        "filter",
        "guid",
        "indexOf",
        "length",
        "loadJsonContent",
        "replace",
        "resourceGroup",
        "string",
        "subscription",
        "subscriptionResourceId",
        "take",
        "toObject",
        "union",
        "uniqueString",
    ];

    public static IEnumerable<string> Problems(Template template) =>
        template.Files.Values.SelectMany(file => OfFile(template, file));

    private static IEnumerable<string> OfFile(Template template, BicepFile file)
    {
        var symbols = file
            .Parameters.Select(parameter => parameter.Name)
            .Concat(file.Variables.Keys)
            .Concat(file.Resources.Concat(file.Modules).Select(declared => declared.Symbol))
            .ToList();
        foreach (var twice in symbols.GroupBy(symbol => symbol).Where(group => group.Count() > 1))
            yield return $"{file.Name}: '{twice.Key}' is declared twice";

        var used = new HashSet<string>();
        foreach (
            var problem in file
                .Tree.Parts.Where(node => node.Type != "decorators")
                .SelectMany(node => Walk(node, [.. symbols], used))
        )
            yield return $"{file.Name}:{problem}";
        foreach (
            var symbol in file
                .Parameters.Select(parameter => parameter.Name)
                .Concat(file.Variables.Keys)
                .Where(symbol => !used.Contains(symbol))
        )
            yield return $"{file.Name}: '{symbol}' is never used";

        foreach (var module in file.Modules)
        {
            if (template.Target(file, module) is not { } target)
            {
                yield return $"{file.Name}:{module.Line}: there is no {module.Target}";
                continue;
            }
            var given = module.Body["params"]?.Properties.ToList() ?? [];
            foreach (var (name, value, line) in given)
            {
                if (target.Parameters.Find(parameter => parameter.Name == name) is not { } parameter)
                    yield return $"{file.Name}:{line}: {target.Name} has no parameter '{name}'";
                else if (value.Literal is { } text && parameter.Allowed.Any() && !parameter.Allowed.Contains(text))
                    yield return $"{file.Name}:{line}: '{name}' of {target.Name} cannot be '{text}'";
            }
            foreach (
                var parameter in target.Parameters.Where(parameter =>
                    parameter.Default is null && !given.Any(item => item.Name == parameter.Name)
                )
            )
                yield return $"{file.Name}:{module.Line}: parameter '{parameter.Name}' of {target.Name} is missing";
            foreach (
                var (output, line) in OutputsOf(file, module.Symbol)
                    .Where(item => !target.Outputs.ContainsKey(item.Output))
            )
                yield return $"{file.Name}:{line}: {target.Name} has no output '{output}'";
        }
    }

    /// <summary>Reads of <c>symbol.outputs.x</c>.</summary>
    private static IEnumerable<(string Output, int Line)> OutputsOf(BicepFile file, string symbol) =>
        from node in file.Tree.All
        where
            node.Type == "member_expression"
            && node.Parts
                is [{ Type: "member_expression", Parts: [{ Type: "identifier" } root, { Text: "outputs" }] }, _]
            && root.Text == symbol
        select (node.Parts[1].Text!, node.Line);

    private static IEnumerable<string> Walk(Node node, HashSet<string> scope, HashSet<string> used)
    {
        switch (node.Type)
        {
            case "identifier":
                used.Add(node.Text!);
                if (!scope.Contains(node.Text!) && !Namespaces.Contains(node.Text!))
                    yield return $"{node.Line}: '{node.Text}' is not declared";
                yield break;
            case "type" or "property_identifier" or "loop_variable" or "loop_enumerator":
                yield break;
            case "parameter_declaration"
            or "variable_declaration"
            or "output_declaration"
            or "resource_declaration"
            or "module_declaration"
            or "metadata_declaration":
                foreach (var problem in node.Parts.Skip(1).SelectMany(part => Walk(part, scope, used)))
                    yield return problem;
                yield break;
            case "object_property":
                foreach (
                    var problem in node
                        .Parts.Skip(node.Parts[0].Type == "string" ? 0 : 1)
                        .SelectMany(part => Walk(part, scope, used))
                )
                    yield return problem;
                yield break;
            case "call_expression":
                if (node.With("function") is { Type: "identifier" } function && !Functions.Contains(function.Text!))
                    yield return $"{node.Line}: function '{function.Text}' is not one of those in use; look it up and add it to NamesCheck";
                foreach (
                    var problem in node.With("arguments")!
                        .Parts.SelectMany(part => Walk(part, Inner(node.With("arguments")!, scope), used))
                )
                    yield return problem;
                yield break;
            case "for_statement":
                var own =
                    node.Parts[0].Type == "for_loop_parameters"
                        ? node.Parts[0].Parts.Select(part => part.Text!)
                        : [node.Parts[0].Text!];
                foreach (var problem in node.Parts.Skip(1).SelectMany(part => Walk(part, [.. scope, .. own], used)))
                    yield return problem;
                yield break;
            default:
                foreach (var problem in node.Parts.SelectMany(part => Walk(part, scope, used)))
                    yield return problem;
                yield break;
        }
    }

    /// <summary>
    /// A lambda's variable counts for all arguments of its call: the grammar binds => tighter than the language does.
    /// </summary>
    private static HashSet<string> Inner(Node arguments, HashSet<string> scope) =>
        [
            .. scope,
            .. arguments.All.Where(node => node.Type == "lambda_expression").Select(lambda => lambda.Parts[0].Text!),
        ];
}
