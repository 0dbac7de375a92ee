using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Security;
using Xunit;

namespace Serverless.Tests.Security;

public sealed class KeyRingTests
{
    private static readonly TestSecrets Old = new("""{"current":"a","keys":{"a":"@a"} }""");
    private static readonly TestSecrets Both = new("""{"current":"b.2","keys":{"a":"@a","b.2":"@b"} }""");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_wrapped_is_unwrapped_for_the_same_purpose_only()
    {
        using var ring = new KeyRing(Both, TimeProvider.System);
        foreach (var text in new[] { "", "a", "ñ 🙂", new string('x', 100_000) })
        {
            var wrapped = await ring.WrapAsync(text, "purpose", Cancel);
            Assert.StartsWith("b.2.", wrapped, StringComparison.Ordinal);
            Assert.Equal(text, await ring.UnwrapTextAsync(wrapped, "purpose", Cancel));
            await Assert.ThrowsAnyAsync<CryptographicException>(async () =>
                await ring.UnwrapAsync(wrapped, "another purpose", Cancel)
            );
        }
    }

    [Fact]
    public async Task Two_wrappings_of_one_text_differ()
    {
        using var ring = new KeyRing(Old, TimeProvider.System);
        Assert.NotEqual(await ring.WrapAsync("text", "p", Cancel), await ring.WrapAsync("text", "p", Cancel));
    }

    [Fact]
    public async Task After_a_rotation_old_values_stay_readable_and_new_ones_use_the_new_key()
    {
        using var before = new KeyRing(Old, TimeProvider.System);
        var wrapped = await before.WrapAsync("text", "p", Cancel);
        using var after = new KeyRing(Both, TimeProvider.System);
        Assert.Equal("text", await after.UnwrapTextAsync(wrapped, "p", Cancel));
        var newer = await after.WrapAsync("text", "p", Cancel);
        // An instance that has not learnt of the new ring asks once more and then says which key is missing, not the
        // secret.
        var problem = await Assert.ThrowsAsync<CryptographicException>(async () =>
            await before.UnwrapAsync(newer, "p", Cancel)
        );
        Assert.Contains("'b.2'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_changed_character_of_a_wrapped_value_is_noticed()
    {
        using var ring = new KeyRing(Old, TimeProvider.System);
        var wrapped = await ring.WrapAsync("text", "p", Cancel);
        for (var i = 0; i < wrapped.Length; i++)
            // All of base64: among them is the neighbour that decodes to the same bytes.
            foreach (var replacement in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-.")
            {
                if (wrapped[i] == replacement)
                    continue;
                var changed = wrapped[..i] + replacement + wrapped[(i + 1)..];
                await Assert.ThrowsAnyAsync<CryptographicException>(async () =>
                    await ring.UnwrapAsync(changed, "p", Cancel)
                );
            }
        foreach (var changed in new[] { "", ".", "a.", "a", wrapped[..^4], wrapped[2..] })
            await Assert.ThrowsAnyAsync<CryptographicException>(async () =>
                await ring.UnwrapAsync(changed, "p", Cancel)
            );
    }

    [Fact]
    public void Sealing_and_opening_give_the_bytes_back_and_notice_every_change() =>
        Prop.ForAll<byte[], NonNegativeInt, string?>(
                (plain, at, purpose) =>
                {
                    purpose ??= "";
                    var key = RandomNumberGenerator.GetBytes(32);
                    var sealedBytes = Sealed.Seal(plain, key, purpose);
                    var changed = sealedBytes.ToArray();
                    changed[at.Get % changed.Length] ^= 1;
                    return Sealed.Open(sealedBytes, key, purpose).SequenceEqual(plain)
                        && Refuses(changed, key, purpose)
                        && Refuses(sealedBytes, RandomNumberGenerator.GetBytes(32), purpose)
                        && Refuses(sealedBytes, key, purpose + "x")
                        && Refuses(sealedBytes[..^1], key, purpose);
                }
            )
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("")]
    [InlineData("no JSON, SECRET")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"current":"a"}""")]
    [InlineData("""{"current":"b","keys":{"a":"@a"} }""")]
    [InlineData("""{"current":"a","keys":{"a":"SECRET"} }""")]
    [InlineData("""{"current":"a","keys":{"a":"U0VDUkVU"} }""")]
    [InlineData("""{"current":null,"keys":{} }""")]
    [InlineData("""{"current":"a","keys":["SECRET"]}""")]
    [InlineData("""{"current":"a","keys":{"a":5} }""")]
    public async Task A_ring_that_is_malformed_is_refused_without_being_quoted(string json)
    {
        using var ring = new KeyRing(new TestSecrets(json), TimeProvider.System);
        var problem = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await ring.WrapAsync("x", "p", Cancel)
        );
        Assert.DoesNotContain("SECRET", problem.ToString(), StringComparison.Ordinal);
        Assert.Contains("'KeyRing'", problem.Message, StringComparison.Ordinal);
    }

    private static bool Refuses(byte[] sealedBytes, byte[] key, string purpose)
    {
        try
        {
            Sealed.Open(sealedBytes, key, purpose);
            return false;
        }
        catch (CryptographicException)
        {
            return true;
        }
    }

    /// <summary>A vault with one secret; @a and @b stand for keys of 32 bytes.</summary>
    private sealed class TestSecrets(string json) : ISecretSource
    {
        public Task<string> GetAsync(string name, CancellationToken ct) =>
            Task.FromResult(
                json.Replace("@a", KeyOf('a'), StringComparison.Ordinal)
                    .Replace("@b", KeyOf('b'), StringComparison.Ordinal)
            );

        private static string KeyOf(char fill) => Convert.ToBase64String(Encoding.ASCII.GetBytes(new string(fill, 32)));
    }
}
