using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Ids;
using Xunit;

namespace Serverless.Tests.Storage;

public sealed class UlidTests
{
    private static readonly Arbitrary<DateTimeOffset> Moments = Gen.Choose(0, int.MaxValue)
        .Two()
        .Select(pair =>
            DateTimeOffset.FromUnixTimeMilliseconds(((long)pair.Item1 << 16 ^ pair.Item2) % 253_402_300_799_999)
        )
        .ToArbitrary();

    [Fact]
    public void A_ULID_gives_its_moment_back_to_the_millisecond() =>
        Prop.ForAll(Moments, at => Ulid.New(at).Time == at && Ulid.New(at).Text.Length == Ulid.Length)
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Text_order_is_the_order_of_time_and_mirrored_text_runs_newest_first() =>
        Prop.ForAll(
                Moments,
                Moments,
                (one, other) =>
                {
                    var (first, second) = (Ulid.New(one), Ulid.New(other));
                    return one == other
                        || (
                            Math.Sign(string.CompareOrdinal(first.Text, second.Text)) == Math.Sign(one.CompareTo(other))
                            && Math.Sign(string.CompareOrdinal(first.Inverted, second.Inverted))
                                == -Math.Sign(one.CompareTo(other))
                        );
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Mirroring_twice_gives_the_original_and_reading_gives_the_same_id() =>
        Prop.ForAll(
                Moments,
                at =>
                {
                    var id = Ulid.New(at);
                    return Ulid.Invert(id.Inverted) == id.Text && Ulid.TryParse(id.Text, out var read) && read == id;
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void Of_100_000_ids_of_one_millisecond_no_two_are_the_same()
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_600_000);
        Assert.Equal(
            100_000,
            Enumerable.Range(0, 100_000).AsParallel().Select(_ => Ulid.New(at).Text).Distinct().Count()
        );
    }

    [Fact]
    public void All_80_random_bits_vary()
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_767_225_600_000);
        var ids = Enumerable.Range(0, 2000).Select(_ => Ulid.New(at).Text).ToList();
        for (var i = 10; i < Ulid.Length; i++)
            Assert.Equal(32, ids.Select(id => id[i]).Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("01kg000000000000000000000")]
    [InlineData("01kg00000000000000000000000")]
    [InlineData("01KG0000000000000000000000")]
    [InlineData("01kg000000000000000000000i")]
    [InlineData("01kg000000000000000000000l")]
    [InlineData("01kg000000000000000000000o")]
    [InlineData("01kg000000000000000000000u")]
    [InlineData("81kg0000000000000000000000")]
    [InlineData("7zzzzzzzzz0000000000000000")]
    [InlineData("01kg00000000000000000000\u0660\u0661")]
    public void Anything_else_is_no_id(string text) => Assert.False(Ulid.TryParse(text, out _));

    [Fact]
    public void Reading_never_throws() =>
        Prop.ForAll<string?>(text => !Ulid.TryParse(text, out var id) || id.Text == text).QuickCheckThrowOnFailure();
}
