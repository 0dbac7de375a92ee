namespace Serverless.Tests;

/// <summary>Where the files of the repository are, for what no assembly holds.</summary>
internal static class Repository
{
    /// <summary>The folder of Serverless.sln.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file's text.</summary>
    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    /// <summary>The C# files below a folder, but for what a build made.</summary>
    public static IEnumerable<string> SourcesIn(string folder) =>
        Directory
            .EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Split(Path.DirectorySeparatorChar).Intersect(["bin", "obj", "node_modules"]).Any());

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Serverless.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Serverless.sln was not found.");
        return folder.FullName;
    }
}
