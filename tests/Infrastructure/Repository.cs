using System.Reflection;

namespace Serverless.Infrastructure;

/// <summary>Where things are.</summary>
internal static class Repository
{
    /// <summary>The folder of Serverless.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>What was built of the function app.</summary>
    public static string FunctionsOutput { get; } = Metadata("FunctionsOutput");

    /// <summary>The Bicep compiler.</summary>
    public static string Compiler { get; } = Metadata("Bicep");

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    private static string Metadata(string key) =>
        typeof(Repository)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(item => item.Key == key)
            .Value!;

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
