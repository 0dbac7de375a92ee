using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.OpenApi;
using Xunit;

namespace Serverless.Tests.OpenApi;

/// <summary>
/// <c>functions/OpenApi/documents</c> holds the documents as they were last committed: what clients count on. What the
/// app serves may differ where it breaks nobody, or where the changelog says so; then they are written anew.
/// </summary>
public sealed class CommittedDocumentTests(ApiDocumentTests.Documents documents)
    : IClassFixture<ApiDocumentTests.Documents>
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static TheoryData<string> Names => ApiDocumentTests.Names;

    [Theory, MemberData(nameof(Names))]
    public async Task What_breaks_clients_of_the_committed_document_stands_in_the_changelog(string name)
    {
        var file = Path.Combine(Repository.Root, "functions", "OpenApi", "documents", $"{name}.json");
        var served = documents[name].ToJsonString(Readable) + "\n";
        var kept = File.Exists(file) ? (await File.ReadAllTextAsync(file, Cancel)).ReplaceLineEndings("\n") : null;
        if (kept is not null)
        {
            var changelog = ChangelogOf(name);
            var announced = Changelog.Announced(Repository.Read(changelog)).ToList();
            var unnamed = BreakingChanges
                .Between(JsonNode.Parse(kept)!.AsObject(), documents[name].AsObject())
                .Where(change => !announced.Exists(change.IsNamedBy))
                .ToList();
            Assert.True(
                unnamed.Count == 0,
                $"These changes break clients. Take them back, or name each in {string.Join('/', changelog)} under "
                    + "Unreleased, Changed or Removed, by its operation (or record) and its member as they stand here, "
                    + $"with what to do:\n- {string.Join("\n- ", unnamed)}"
            );
        }
        if (kept != served && Environment.GetEnvironmentVariable("WRITE_DOCUMENTS") is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, served, Cancel);
            kept = served;
        }
        Assert.True(
            kept == served,
            $"functions/OpenApi/documents/{name}.json is not what the app serves. The difference breaks nobody, or is "
                + "announced: run this test with WRITE_DOCUMENTS=1, and commit the file."
        );
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Partners read the guides, and operators the repository.</summary>
    private static string[] ChangelogOf(string name) =>
        name == ApiDescription.Operator.Name
            ? [".github", "CHANGELOG.md"]
            : ["functions", "Docs", "guides", "changes.md"];
}

/// <summary>What a changelog says of the next release.</summary>
internal static class Changelog
{
    /// <summary>The lines on what is changed or removed in it.</summary>
    public static IEnumerable<string> Announced(string text)
    {
        var (isNext, isBreaking) = (false, false);
        foreach (var line in text.Split('\n').Select(line => line.Trim()))
            if (
                line.StartsWith('#')
                || (line.StartsWith("**", StringComparison.Ordinal) && line.EndsWith("**", StringComparison.Ordinal))
            )
            {
                var heading = line.Trim('#', '*', ' ').Trim('[', ']');
                isBreaking = heading is "Changed" or "Removed";
                if (!isBreaking && heading is not ("Added" or "Deprecated" or "Fixed" or "Security"))
                    isNext = heading == "Unreleased";
            }
            else if (isNext && isBreaking && line.StartsWith('-'))
                yield return line;
    }
}
