using System.Reflection;

namespace Serverless.Infrastructure;

/// <summary>Where things are.</summary>
internal static class Repository
{
    /// <summary>The folder of Serverless.sln.</summary>
    public static string Root { get; } = FindRoot();

    public static string Azure { get; } = Path.Combine(Root, "infra", "azure");

    public static string Functions { get; } = Path.Combine(Root, "functions");

    /// <summary>What was built of the function app.</summary>
    public static string FunctionsOutput { get; } =
        typeof(Repository)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(item => item.Key == "FunctionsOutput")
            .Value!;

    /// <summary>This project's sources, with the Node.js helper.</summary>
    public static string Tests { get; } = Path.Combine(Root, "tests", "Infrastructure");

    /// <summary>
    /// The folder of published schemas of the resource types, one JSON file a type: <c>BICEP_TYPES</c>; null without
    /// it.
    /// </summary>
    public static string? Schemas { get; } =
        Environment.GetEnvironmentVariable("BICEP_TYPES") is { Length: > 0 } folder && Directory.Exists(folder)
            ? folder
            : null;

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Serverless.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("Serverless.sln was not found above " + AppContext.BaseDirectory);
    }
}
