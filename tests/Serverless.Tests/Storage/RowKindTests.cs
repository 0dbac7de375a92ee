using Serverless.Functions.Storage;
using Xunit;

namespace Serverless.Tests.Storage;

/// <summary>The kinds of row that a person's partition has.</summary>
public sealed class RowKindTests(TestApp app) : IClassFixture<TestApp>
{
    private RowKinds Kinds => app.Service<RowKinds>();

    /// <summary>The table in functions/README.md, which a platform engineer and an auditor read.</summary>
    [Fact]
    public void The_README_says_of_each_kind_what_an_erasure_does_to_it()
    {
        var lines = Repository.Read("functions", "README.md").Split('\n');
        string Row(string verb) => Assert.Single(lines, line => line.StartsWith($"| {verb}", StringComparison.Ordinal));
        Assert.All(
            Kinds.All,
            kind =>
                Assert.Contains(
                    $"`{kind.Prefix.Replace("|", "\\|", StringComparison.Ordinal)}`",
                    Row(VerbOf(kind.Personal)),
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public void No_row_key_is_of_two_kinds() =>
        Assert.All(
            Kinds.All,
            kind => Assert.Equal([kind], Kinds.All.Where(other => other.Covers(kind.KeyOf(kind.IsSingle ? "" : "x"))))
        );

    private static string VerbOf(PersonalPart part)
    {
        if (part == PersonalPart.None)
            return "leaves";
        return part.IsWhole ? "deletes" : "takes";
    }
}
