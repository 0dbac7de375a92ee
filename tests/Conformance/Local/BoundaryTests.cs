using Xunit;

namespace Serverless.Conformance.Local;

/// <summary>What keeps one code base on two platforms.</summary>
public sealed class BoundaryTests
{
    private static readonly string Repository = FindRepository();

    [Fact]
    public void The_app_never_mentions_the_local_platform() =>
        Assert.Empty(Mentioning(Path.Combine(Repository, "functions"), "Serverless.Local", "#if "));

    [Fact]
    public void Conformance_tests_use_the_packages_public_API_only_except_for_the_accessors_and_the_tests_of_local_things() =>
        Assert.DoesNotContain(
            Mentioning(Path.Combine(Repository, "tests", "Conformance"), "Serverless.Local"),
            file => !Path.GetFileName(file).StartsWith("Platform.", StringComparison.Ordinal) && Path.GetFileName(Path.GetDirectoryName(file)) != "Local");

    private static IEnumerable<string> Mentioning(string folder, params string[] words) =>
        from file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
        let path = Path.GetRelativePath(folder, file)
        where !path.StartsWith("bin", StringComparison.Ordinal) && !path.StartsWith("obj", StringComparison.Ordinal)
        let text = File.ReadAllText(file)
        where Array.Exists(words, word => text.Contains(word, StringComparison.Ordinal))
        select file;

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Serverless.sln")))
                return folder.FullName;
        throw new DirectoryNotFoundException("Serverless.sln");
    }
}
