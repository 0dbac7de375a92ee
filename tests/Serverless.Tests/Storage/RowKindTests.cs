using Serverless.Functions.Ids;
using Serverless.Functions.Operations;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;
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

    /// <summary>An erasure would not know what to do with it.</summary>
    [Fact]
    public void A_row_of_a_kind_that_is_not_registered_cannot_be_written()
    {
        var rows = new Partition("demo|cust-1", [], new RowKinds([User.Kind]));
        var refused = Assert.Throws<InvalidOperationException>(() => rows.Put(Quotes(0)));
        Assert.Contains("'quotes'", refused.Message, StringComparison.Ordinal);
        Assert.False(rows.IsChanged);
    }

    [Fact]
    public void More_writes_than_a_transaction_takes_are_refused_before_they_are_sent()
    {
        var rows = new Partition("demo|cust-1", [], Kinds);
        for (var i = 0; i < Partition.MaxWrites; i++)
            rows.Put(Quotes(i));
        Assert.Equal(Partition.MaxWrites, rows.Transaction().Count);
        rows.Put(Quotes(Partition.MaxWrites));
        Assert.Throws<InvalidOperationException>(rows.Transaction);
    }

    private static LinkQuotes Quotes(int number)
    {
        var owner = PersonKey.FromPartition("demo|cust-1");
        return new LinkQuotes(owner, LinkId.New(owner.Partner, DateTimeOffset.UnixEpoch.AddSeconds(number)), []);
    }

    private static string VerbOf(PersonalPart part)
    {
        if (part == PersonalPart.None)
            return "leaves";
        return part.IsWhole ? "deletes" : "takes";
    }
}
