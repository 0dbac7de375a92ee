using Serverless.Infrastructure.Checks;

namespace Serverless.Infrastructure;

/// <summary>What is built is what a Functions host can run.</summary>
public class OutputTests
{
    // As MSBuild reads it: a build with the real extension sets it for both.
    private static readonly bool RealServiceBus =
        Environment.GetEnvironmentVariable("ServiceBusExtension") == "package";

    [Fact]
    public void The_built_app_has_all_functions_with_their_bindings_and_what_the_host_needs() =>
        Assert.Empty(OutputCheck.Problems(Repository.FunctionsOutput, RealServiceBus, published: false));

    [Fact]
    public void The_published_app_has_all_functions_with_their_bindings_and_what_the_host_needs()
    {
        var folder = Environment.GetEnvironmentVariable("PUBLISHED_FUNCTIONS");
        Assert.SkipWhen(
            folder is null,
            "Nothing was published: .ci/run does, and names the folder in PUBLISHED_FUNCTIONS."
        );
        Assert.Empty(OutputCheck.Problems(folder!, RealServiceBus, published: true));
    }

    [Theory]
    [InlineData("functions.metadata", "'CreateLink'", "'MakeLink'", "CreateLink stands in one of")]
    [InlineData("functions.metadata", "'type': 'timerTrigger'", "'type': 'timer'", "has 1 triggers: timer")]
    [InlineData(
        "functions.metadata",
        "'queueName': 'webhooks'",
        "'queueName': 'hooks'",
        "the queue 'hooks' is not for"
    )]
    [InlineData("functions.metadata", "'queueName': 'events'", "'queueName': 'webhooks'", "is not for the app 'api'")]
    [InlineData(
        "functions.metadata",
        "'authLevel': 'Function'",
        "'authLevel': 'Anonymous'",
        "asks for the wrong key level"
    )]
    [InlineData("functions.metadata", "DeferredBinding': 'True'", "DeferredBinding': 'False'", "as a whole")]
    [InlineData("extensions.json", "Extensions.DurableTask,", "Extensions.Durable,", "the host would not load")]
    [InlineData("extensions.json", "Extensions.DurableTask.dll", "Extensions.Durable.dll", "there is no ./.azure")]
    [InlineData("worker.config.json", "Serverless.Functions.dll", "Functions.dll", "there is no Functions.dll")]
    [InlineData("host.json", "'00:05:00'", "'00:10:00'", "not that of the repository")]
    public void Fault_in_the_output_is_found(string file, string text, string replacement, string problem)
    {
        (text, replacement) = (text.Replace('\'', '"'), replacement.Replace('\'', '"'));
        var folder = Directory.CreateTempSubdirectory("serverless-").FullName;
        try
        {
            foreach (var path in Directory.EnumerateFiles(Repository.FunctionsOutput))
                File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(path)), path);
            Directory.CreateSymbolicLink(
                Path.Combine(folder, ".azurefunctions"),
                Path.Combine(Repository.FunctionsOutput, ".azurefunctions")
            );
            var content = File.ReadAllText(Path.Combine(folder, file));
            Assert.Contains(text, content, StringComparison.Ordinal);
            File.Delete(Path.Combine(folder, file));
            File.WriteAllText(Path.Combine(folder, file), content.Replace(text, replacement, StringComparison.Ordinal));
            Assert.Contains(
                OutputCheck.Problems(folder, serviceBus: false, published: false),
                found => found.Has(problem)
            );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
