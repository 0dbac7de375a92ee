namespace Serverless.Infrastructure.Bicep;

/// <summary>The Bicep files of a folder: main.bicep and its modules.</summary>
internal sealed class Template
{
    private static readonly Lazy<Template> OfRepository = new(() => new Template(Repository.Azure));

    private Template(string folder)
    {
        Folder = folder;
        Texts = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Append(Path.Combine(folder, "..", "queues.json"))
            .ToDictionary(path => Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllText);
        var paths = Directory.EnumerateFiles(folder, "*.bicep", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList();
        Files = BicepReader.Read(paths).ToDictionary(
            file => Path.GetRelativePath(folder, file.Key).Replace('\\', '/'),
            file => new BicepFile(Path.GetRelativePath(folder, file.Key).Replace('\\', '/'), File.ReadAllText(file.Key), file.Value.Errors, file.Value.Tree));
    }

    /// <summary>What the repository holds.</summary>
    public static Template Current => OfRepository.Value;

    public string Folder { get; }

    /// <summary>Every file of the folder, and queues.json beside it, as text.</summary>
    public IReadOnlyDictionary<string, string> Texts { get; }

    public IReadOnlyDictionary<string, BicepFile> Files { get; }

    public BicepFile Main => Files["main.bicep"];

    /// <summary>A copy of what the repository holds, with one text replaced.</summary>
    public static Template Mutated(string file, string text, string replacement)
    {
        var root = Directory.CreateTempSubdirectory("infrastructure-").FullName;
        try
        {
            var infra = Path.Combine(Repository.Root, "infra");
            foreach (var path in Directory.EnumerateFiles(infra, "*", SearchOption.AllDirectories)
                .Where(path => path.StartsWith(Repository.Azure, StringComparison.Ordinal) || Path.GetFileName(path) == "queues.json"))
            {
                var copy = Path.Combine(root, Path.GetRelativePath(infra, path));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(path, copy);
            }
            var target = Path.Combine(root, "azure", file);
            var before = File.ReadAllText(target);
            var after = before.Replace(text, replacement, StringComparison.Ordinal);
            if (after == before)
                throw new InvalidOperationException($"'{text}' is not in {file}: the seeded fault changes nothing.");
            File.WriteAllText(target, after);
            return new Template(Path.Combine(root, "azure"));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>The file of a module.</summary>
    public BicepFile? Target(BicepFile from, Declared module)
    {
        var path = Path.GetRelativePath(Folder, Path.GetFullPath(Path.Combine(Folder, Path.GetDirectoryName(from.Name)!, module.Target))).Replace('\\', '/');
        return Files.GetValueOrDefault(path);
    }

    /// <summary>
    /// The keys of the objects that an expression can yield: literals, variables, parameters (as the given module call passes them), <c>union</c> and both sides of a condition.
    /// </summary>
    public static IEnumerable<(string Key, Node Value)> Keys(BicepFile file, Node expression, (BicepFile File, Declared Module)? caller)
    {
        switch (expression.Type)
        {
            case "object":
                return expression.Properties.Where(item => item.Name is not null).Select(item => (item.Name!, item.Value));
            case "ternary_expression":
                return expression.Parts.Skip(1).SelectMany(part => Keys(file, part, caller));
            case "call_expression" when expression.With("function")?.Text == "union":
                return expression.With("arguments")!.Parts.SelectMany(part => Keys(file, part, caller));
            case "identifier" when file.Variables.TryGetValue(expression.Text!, out var value):
                return Keys(file, value, caller);
            case "identifier" when caller is { } call && call.Module.Body["params"] is { } arguments && arguments[expression.Text!] is { } argument:
                return Keys(call.File, argument, null);
            default:
                return [];
        }
    }
}
