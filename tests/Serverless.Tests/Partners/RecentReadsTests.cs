using Microsoft.Extensions.Time.Testing;
using Serverless.Functions.Partners;
using Xunit;

namespace Serverless.Tests.Partners;

/// <summary>How long what was read of partners and keys is believed, and by whom.</summary>
public sealed class RecentReadsTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _time = new();

    /// <summary>The reads that began, oldest first; the test ends them.</summary>
    private readonly List<TaskCompletionSource<string?>> _begun = [];
    private readonly RecentReads<string, string> _reads;

    public RecentReadsTests()
    {
        _reads = new RecentReads<string, string>(
            _ =>
            {
                _begun.Add(new TaskCompletionSource<string?>());
                return _begun[^1].Task;
            },
            Lifetime,
            _time
        );
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_who_ask_at_once_share_one_read_and_those_after_them_its_result()
    {
        var asked = Enumerable.Range(0, 100).Select(_ => _reads.FindAsync("a", Cancel)).ToList();
        Assert.Single(_begun).SetResult("one");
        Assert.All(await Task.WhenAll(asked), found => Assert.Equal("one", found));
        _time.Advance(Lifetime - TimeSpan.FromTicks(1));
        Assert.Equal("one", await _reads.FindAsync("a", Cancel));
        Assert.Single(_begun);
    }

    [Fact]
    public async Task Nothing_is_believed_longer_than_its_lifetime_from_the_beginning_of_its_read()
    {
        var slow = _reads.FindAsync("a", Cancel);
        _time.Advance(Lifetime);
        var next = _reads.FindAsync("a", Cancel);
        Assert.Equal(2, _begun.Count);
        _begun[1].SetResult("new");
        _begun[0].SetResult("old");
        Assert.Equal(("old", "new"), (await slow, await next));
        Assert.Equal("new", await _reads.FindAsync("a", Cancel));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_makes_nothing_last_longer()
    {
        var first = _reads.FindAsync("a", Cancel);
        _begun[0].SetResult("one");
        await first;
        _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromHours(1));
        var second = _reads.FindAsync("a", Cancel);
        _begun[1].SetResult("two");
        Assert.Equal("two", await second);
    }

    [Fact]
    public async Task After_a_change_nobody_joins_a_read_that_began_before_it_and_its_result_is_not_kept()
    {
        var before = _reads.FindAsync("a", Cancel);
        _reads.Forget("a");
        var after = _reads.FindAsync("a", Cancel);
        Assert.Equal(2, _begun.Count);
        _begun[1].SetResult("new");
        _begun[0].SetResult("old");
        Assert.Equal(("old", "new"), (await before, await after));
        Assert.Equal("new", await _reads.FindAsync("a", Cancel));
    }

    [Fact]
    public async Task What_is_not_found_or_cannot_be_read_is_asked_for_again()
    {
        var nothing = _reads.FindAsync("a", Cancel);
        _begun[0].SetResult(null);
        Assert.Null(await nothing);

        var failed = _reads.FindAsync("a", Cancel);
        _begun[1].SetException(new IOException());
        await Assert.ThrowsAsync<IOException>(() => failed);

        var found = _reads.FindAsync("a", Cancel);
        _begun[2].SetResult("one");
        Assert.Equal("one", await found);
    }

    [Fact]
    public async Task Who_gives_up_takes_the_read_from_nobody()
    {
        using var impatient = new CancellationTokenSource();
        var gone = _reads.FindAsync("a", impatient.Token);
        var waiting = _reads.FindAsync("a", Cancel);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.Single(_begun).SetResult("one");
        Assert.Equal("one", await waiting);
    }
}
