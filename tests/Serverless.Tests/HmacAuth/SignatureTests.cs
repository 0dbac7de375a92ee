using System.Text;
using Serverless.Functions.HmacAuth;
using Xunit;

namespace Serverless.Tests.HmacAuth;

/// <summary>Signature, nonce and signed target, without HTTP.</summary>
public sealed class SignatureTests
{
    private static readonly byte[] Secret = "sk_test_c0ffee"u8.ToArray();

    [Theory]
    [InlineData(
        "GET",
        "/eapi/v0/identities/x?email=ana%40example.org",
        "1790000000123456",
        "",
        "fb40232bc0d31d88e586a3fb6eaaa4411a32b06e66f94b72d0789455e670950a"
    )]
    [InlineData(
        "POST",
        "/eapi/v0/identities/basic",
        "1790000000123457",
        """{"identityReference":"acme-0001","email":"ana@example.org"}""",
        "a1c34841342ed8670cbf93dfc31580a680c8a5d10e190cb422249233073e4d04"
    )]
    [InlineData(
        "PATCH",
        "/eapi/v0/identities",
        "1790000000123458",
        """{"identityReference":"acme-0001","email":"ana@example.org","occupation":"Baker"}""",
        "c73f30b0b5b296a63afe0cb3d426cdcf5f466ae0408233b3fdd6e364f89c607f"
    )]
    public void The_vectors_of_the_contract_hold(
        string method,
        string target,
        string nonce,
        string body,
        string signature
    )
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        Assert.Equal(signature, HmacSignature.Compute(Secret, method, target, nonce, bytes));
        Assert.Equal(signature, HmacSignature.Compute(Secret, method.ToLowerInvariant(), target, nonce, bytes));
        Assert.True(HmacSignature.Matches(signature, Secret, method, target, nonce, bytes));
        Assert.True(HmacSignature.Matches(signature.ToUpperInvariant(), Secret, method, target, nonce, bytes));
        Assert.False(HmacSignature.Matches(signature, Secret, method, target + "/", nonce, bytes));
        Assert.False(HmacSignature.Matches(signature, Secret, method, target, nonce + "0", bytes));
        Assert.False(HmacSignature.Matches(signature, Secret, method, target, nonce, [.. bytes, (byte)' ']));
        Assert.False(HmacSignature.Matches(signature, [.. Secret, 0x30], method, target, nonce, bytes));
        for (var i = 0; i < signature.Length; i++)
            Assert.False(
                HmacSignature.Matches(
                    signature[..i] + (signature[i] == '0' ? '1' : '0') + signature[(i + 1)..],
                    Secret,
                    method,
                    target,
                    nonce,
                    bytes
                )
            );
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("zz40232bc0d31d88e586a3fb6eaaa4411a32b06e66f94b72d0789455e670950a")]
    [InlineData("fb40232bc0d31d88e586a3fb6eaaa4411a32b06e66f94b72d0789455e670950a00")]
    [InlineData("+0QjK8DTHYjlhqP7bqqkQRoysG5m+Uty0HiUVeZwlQo=")]
    public void What_is_no_signature_matches_nothing(string text) =>
        Assert.False(HmacSignature.Matches(text, Secret, "GET", "/", "1", []));

    [Theory]
    [InlineData("1790000000", "2026-09-21T14:13:20.000000Z")]
    [InlineData("1790000000123", "2026-09-21T14:13:20.123000Z")]
    [InlineData("1790000000123456", "2026-09-21T14:13:20.123456Z")]
    [InlineData("0000000000", "1970-01-01T00:00:00.000000Z")]
    [InlineData("9999999999999999", "2286-11-20T17:46:39.999999Z")]
    public void A_nonce_has_one_of_three_widths(string text, string at)
    {
        Assert.True(Nonce.TryParse(text, out var nonce));
        Assert.Equal(
            at,
            nonce.At.UtcDateTime.ToString(
                "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'",
                System.Globalization.CultureInfo.InvariantCulture
            )
        );
        Assert.Equal(text, nonce.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("179000000")]
    [InlineData("17900000000")]
    [InlineData("179000000012")]
    [InlineData("17900000001234")]
    [InlineData("179000000012345")]
    [InlineData("17900000001234567")]
    [InlineData("-790000000")]
    [InlineData("+790000000")]
    [InlineData(" 790000000")]
    [InlineData("0x90000000")]
    [InlineData("1.90000000")]
    [InlineData("１７９０００００００")]
    public void Anything_else_is_no_nonce(string text) => Assert.False(Nonce.TryParse(text, out _));

    [Theory]
    [InlineData(-300_000_000, true)]
    [InlineData(300_000_000, true)]
    [InlineData(-300_000_001, false)]
    [InlineData(300_000_001, false)]
    public void The_window_is_300_seconds_either_way_to_the_microsecond(long microseconds, bool near)
    {
        Assert.True(Nonce.TryParse("1790000000123456", out var nonce));
        Assert.Equal(near, nonce.IsNear(nonce.At.AddMicroseconds(microseconds)));
    }

    [Theory]
    [InlineData("Bearer a:b:c", true)]
    [InlineData("bearer a:b:c", true)]
    [InlineData("Bearer a:b", false)]
    [InlineData("Bearer a:b:c:d", false)]
    [InlineData("Bearer a:b:", false)]
    [InlineData("Bearer :b:c", false)]
    [InlineData("Bearer a::c", false)]
    [InlineData("Bearer", false)]
    [InlineData("Bearera:b:c", false)]
    [InlineData("Basic a:b:c", false)]
    [InlineData("a:b:c", false)]
    public void The_header_has_three_parts(string header, bool good)
    {
        Assert.Equal(good, HmacAuthorization.TryParse(header, out var parts));
        if (good)
            Assert.Equal(("a", "b", "c"), (parts!.Key, parts.Signature, parts.Nonce));
    }
}
