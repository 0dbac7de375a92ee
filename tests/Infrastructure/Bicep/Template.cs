namespace Serverless.Infrastructure.Bicep;

/// <summary>The Bicep files of a folder: main.bicep and its modules.</summary>
internal sealed class Template
{
    private static readonly Lazy<Template> OfRepository = new(Load);

    private Template(IReadOnlyDictionary<string, string> texts, IReadOnlyDictionary<string, BicepFile> files) =>
        (Texts, Files) = (texts, files);

    /// <summary>What the repository holds.</summary>
    public static Template Current => OfRepository.Value;

    /// <summary>Every file of the folder, and queues.json beside it, as text.</summary>
    public IReadOnlyDictionary<string, string> Texts { get; }

    public IReadOnlyDictionary<string, BicepFile> Files { get; }

    public BicepFile Main => Files["main.bicep"];

    /// <summary>A copy of what the repository holds, with one text replaced.</summary>
    public static Template Mutated(string file, string text, string replacement)
    {
        var before = Current.Texts[file];
        var after = before.Replace(text, replacement, StringComparison.Ordinal);
        if (after == before)
            throw new InvalidOperationException($"'{text}' is not in {file}: the seeded fault changes nothing.");
        var texts = new Dictionary<string, string>(Current.Texts) { [file] = after };
        if (!Current.Files.ContainsKey(file))
            return new Template(texts, Current.Files);
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, after);
            var (errors, tree) = BicepReader.Read(path);
            return new Template(
                texts,
                new Dictionary<string, BicepFile>(Current.Files) { [file] = new(file, after, errors, tree) }
            );
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>The file of a module.</summary>
    public BicepFile? Target(BicepFile from, Declared module) =>
        Files.GetValueOrDefault(Path.Combine(Path.GetDirectoryName(from.Name)!, module.Target).Replace('\\', '/'));

    /// <summary>
    /// The keys of the objects that an expression can yield: literals, variables, parameters (as the given module call
    /// passes them), <c>union</c> and both sides of a condition.
    /// </summary>
    public static IEnumerable<(string Key, Node Value)> Keys(
        BicepFile file,
        Node expression,
        (BicepFile File, Declared Module)? caller
    )
    {
        switch (expression.Type)
        {
            case "object":
                return expression
                    .Properties.Where(item => item.Name is not null)
                    .Select(item => (item.Name!, item.Value));
            case "ternary_expression":
                return expression.Parts.Skip(1).SelectMany(part => Keys(file, part, caller));
            case "call_expression" when expression.With("function")?.Text == "union":
                return expression.With("arguments")!.Parts.SelectMany(part => Keys(file, part, caller));
            case "identifier" when file.Variables.TryGetValue(expression.Text!, out var value):
                return Keys(file, value, caller);
            case "identifier"
                when caller is { } call
                    && call.Module.Body["params"] is { } arguments
                    && arguments[expression.Text!] is { } argument:
                return Keys(call.File, argument, null);
            default:
                return [];
        }
    }

    private static Template Load()
    {
        var folder = Repository.Azure;
        var texts = Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Append(Path.Combine(folder, "..", "queues.json"))
            .ToDictionary(path => Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllText);
        var files = texts
            .Where(text => text.Key.EndsWith(".bicep", StringComparison.Ordinal))
            .Select(text =>
            {
                var (errors, tree) = BicepReader.Read(Path.Combine(folder, text.Key));
                return new BicepFile(text.Key, text.Value, errors, tree);
            });
        return new Template(texts, files.ToDictionary(file => file.Name));
    }
}
