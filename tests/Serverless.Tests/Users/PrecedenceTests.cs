using Azure.Data.Tables;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;
using Xunit;

namespace Serverless.Tests.Users;

/// <summary>
/// Which value stands depends on the values, their sources and their times, and on nothing
/// else.
/// </summary>
public sealed class PrecedenceTests
{
    private static readonly DateTimeOffset Start = new(2026, 5, 4, 10, 30, 0, TimeSpan.Zero);
    private static readonly string[] Paths = ["name.firstName", "idNumber"];
    private static readonly PersonKey Owner = new(PartnerId.FromStorage("demo"), ReferenceId.FromStorage("cust-1"));
    private static readonly KeyRing Ring = new(
        new ConfigurationSecrets(
            new Dictionary<string, string>
            {
                ["KeyRing"] = $$"""{"current":"a","keys":{"a":"{{Convert.ToBase64String(new byte[32])}}"} }""",
            }
        ),
        TimeProvider.System
    );

    private static readonly RowKinds Kinds = new([User.Kind, HeldField.Kind, FieldHistory.Kind]);

    [Fact]
    public Task The_same_values_in_any_order_of_arrival_end_in_the_same_state() =>
        Task.Run(
            () =>
                Check.One(
                    Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(12),
                    Prop.ForAll(
                        Gen.Choose(0, (2 * 3 * 2 * 2 * 3) - 1).ArrayOf().ToArbitrary(),
                        ArbMap.Default.ArbFor<int>(),
                        (codes, seed) => CheckAsync([.. codes.Select(Decode)], seed).GetAwaiter().GetResult()
                    )
                ),
            TestContext.Current.CancellationToken
        );

    [Theory]
    [InlineData("partner_api", "partner_webhook", false)]
    [InlineData("partner_api", "widget", false)]
    [InlineData("partner_webhook", "widget", false)]
    [InlineData("widget", "widget", true)]
    [InlineData("partner_webhook", "partner_webhook", true)]
    [InlineData("partner_api", "partner_api", true)]
    [InlineData("widget", "partner_webhook", true)]
    [InlineData("widget", "partner_api", true)]
    [InlineData("partner_webhook", "partner_api", true)]
    public void A_stronger_source_replaces_and_of_equal_ones_the_later(string standing, string arriving, bool wins) =>
        Assert.Equal(
            wins,
            Precedence.Wins(
                new FieldWrite(FieldSources.Parse(arriving), Start.AddSeconds(1), "b", "new"),
                new FieldWrite(FieldSources.Parse(standing), Start, "a", "old")
            )
        );

    private static async Task CheckAsync(Write[] writes, int seed)
    {
        var given = await MergeAsync(writes);
        Assert.Equal(given, await MergeAsync([.. writes.Reverse()]));
        new Random(seed).Shuffle(writes);
        Assert.Equal(given, await MergeAsync(writes));

        // And it is the one that the contract says.
        foreach (var path in Paths)
        {
            var best = writes
                .Where(write => write.Path == path)
                .Select(write => write.Field)
                .OrderBy(field => field.Source)
                .ThenBy(field => field.At)
                .LastOrDefault();
            Assert.Equal(
                (best?.Source, best?.At),
                given.TryGetValue(path, out var stands)
                    ? (stands.Source, stands.At)
                    : ((FieldSource?)null, (DateTimeOffset?)null)
            );
        }
    }

    /// <summary>Each arrives in a change of its own, as if committed one after the other.</summary>
    private static async Task<Dictionary<string, FieldWrite>> MergeAsync(Write[] writes)
    {
        var rows = new Dictionary<string, TableEntity>();
        async Task<Person> ChangeAsync(Func<Person, Task> change)
        {
            var person = new Person(Owner, new Partition(Owner.Partition, rows.Values, Kinds), Ring);
            await change(person);
            foreach (var action in person.Transaction())
                rows[action.Entity.RowKey] = (TableEntity)action.Entity;
            return person;
        }

        await ChangeAsync(person => person.CreateAsync(Start, CancellationToken.None));
        foreach (var (path, field) in writes)
            await ChangeAsync(person =>
                person.MergeAsync(
                    new UserData(new Dictionary<string, string> { [path] = field.Value }, null),
                    field.Source,
                    field.Via,
                    field.At,
                    CancellationToken.None
                )
            );
        var read = new Person(Owner, new Partition(Owner.Partition, rows.Values, Kinds), Ring);
        Assert.Equal(writes.Length, rows.Keys.Count(key => key.StartsWith("history|", StringComparison.Ordinal)));
        var standing = new Dictionary<string, FieldWrite>();
        foreach (var (path, held) in read.Fields)
            standing[path] = new FieldWrite(
                held.Source,
                held.At,
                held.Via,
                (await read.ReadAsync(path, CancellationToken.None))!
            );
        return standing;
    }

    /// <summary>Few sources, moments, links and values, so that they often meet.</summary>
    private static Write Decode(int code) =>
        new(
            Paths[code % 2],
            new FieldWrite(
                (FieldSource)(code / 2 % 3),
                Start.AddMilliseconds(code / 6 % 2),
                $"link-{code / 12 % 2}",
                $"value-{code / 24}"
            )
        );

    private sealed record Write(string Path, FieldWrite Field);
}
