using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using Xunit;

namespace Serverless.Conformance.Local;

/// <summary>
/// What is tested here is what is deployed: the app knows nothing of the local host, and nothing of ours poses as
/// Azure's.
/// </summary>
public sealed partial class BoundaryTests
{
    /// <summary>The one exception: it stands in for a package that is not served everywhere this is built.</summary>
    private const string StandIn = "infra/service-bus-extension/";

    private static readonly string Repository = FindRepository();

    [Fact]
    public void No_type_of_ours_is_in_a_namespace_of_Azure_or_of_Durable_Task_but_the_stand_in() =>
        Assert.All(
            Files("", "*.cs")
                .Concat(Files("", "*.proto"))
                .Where(file => ForeignNamespace().IsMatch(File.ReadAllText(file.Path))),
            file => Assert.StartsWith(StandIn, file.Name, StringComparison.Ordinal)
        );

    [Fact]
    public void The_stand_in_is_about_a_hundred_lines() =>
        Assert.InRange(Files(StandIn, "*.cs").Sum(file => File.ReadAllLines(file.Path).Length), 1, 120);

    [Fact]
    public void The_sources_of_the_app_mention_nothing_local()
    {
        var files = Files("functions", "*.cs").Concat(Files("functions", "*.csproj")).ToList();
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.DoesNotMatch(Local(), File.ReadAllText(file.Path)));
    }

    [Fact]
    public void The_built_app_refers_to_nothing_local_and_no_file_of_it_lies_beside()
    {
        var output = typeof(BoundaryTests)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(item => item.Key == "FunctionsOutput")
            .Value!;
        Assert.Empty(Directory.EnumerateFiles(output, "Serverless.Local*"));

        using var file = new PEReader(File.OpenRead(Path.Combine(output, "Serverless.Functions.dll")));
        var metadata = file.GetMetadataReader();
        var references = metadata
            .AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .ToList();
        Assert.Contains("Microsoft.Azure.Functions.Worker.Core", references);
        Assert.DoesNotContain(references, name => name.StartsWith("Serverless.", StringComparison.Ordinal));
    }

    private static IEnumerable<(string Name, string Path)> Files(string folder, string pattern) =>
        from path in Directory.EnumerateFiles(Path.Combine(Repository, folder), pattern, SearchOption.AllDirectories)
        let name = Path.GetRelativePath(Repository, path).Replace('\\', '/')
        where !name.Split('/').Any(part => part is "bin" or "obj" or "node_modules")
        select (name, path);

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Serverless.sln")))
                return folder.FullName;
        }
        throw new DirectoryNotFoundException("Serverless.sln");
    }

    // In C#, and in a .proto file for what is generated of it.
    [GeneratedRegex(
        """^\s*(?:namespace |option csharp_namespace = ")(?:Azure|Microsoft\.Azure|Microsoft\.DurableTask)\b""",
        RegexOptions.Multiline
    )]
    private static partial Regex ForeignNamespace();

    [GeneratedRegex(
        @"Serverless\.Local|infra/local|\bLocal:|\bLocal__|/local\b(?!\.settings)|^\s*#if\b",
        RegexOptions.Multiline
    )]
    private static partial Regex Local();
}
