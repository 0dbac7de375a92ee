using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Serverless.Functions.HmacAuth;
using Xunit;

namespace Serverless.Tests.HmacAuth;

/// <summary>
/// A target can be spelt in many ways, and the host spells it anew; a signature covers one resource all the same.
/// </summary>
public sealed class SignedTargetTests
{
    private const string Path = "/eapi/v0/identities/ana@example.org:1+a-b~c";
    private const string Query = "email=ana%2Bx%40example.org&note=a+b%20c-d";

    /// <summary>The spellings that a caller may send for one resource: which it is follows from the number.</summary>
    public static TheoryData<int> Spellings => [.. Enumerable.Range(0, 128)];

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Each_of_128_spellings_can_be_signed_as_sent_and_in_the_canonical_form(int number)
    {
        var sent = Spell(new Random(number));
        var canonical = SignedTarget.Canonical(sent);
        Assert.Equal($"{Path}?{Query}", canonical);
        Assert.Equal(canonical, SignedTarget.Canonical(canonical));

        // Straight to the worker, as the host hands it on, and with what the platform's front end says of it.
        var both = new[] { sent, canonical }.Distinct().ToList();
        Assert.Equal(both.Concat(both.Select(spelling => spelling[1..])).Order(), SpellingsOf(sent).Order());
        var routed = new Uri("http://worker" + sent).PathAndQuery;
        Assert.Contains(canonical, SpellingsOf(routed));
        Assert.Contains(sent, SpellingsOf(routed, sent));
        Assert.All(
            SpellingsOf(routed, sent),
            spelling => Assert.Equal(canonical, SignedTarget.Canonical("/" + spelling.TrimStart('/')))
        );
    }

    [Theory]
    [InlineData("/a", "/b")]
    [InlineData("/a/b", "/a%2Fb")]
    [InlineData("/a?b", "/a%3Fb")]
    [InlineData("/a#b", "/a")]
    [InlineData("/a%23b", "/a")]
    [InlineData("/a%25b", "/a%b0")]
    [InlineData("/a%2541", "/aA")]
    [InlineData("/a\\b", "/a/b")]
    [InlineData("/a%5Cb", "/a/b")]
    [InlineData("/a//b", "/a/b")]
    [InlineData("//a", "/a")]
    [InlineData("/a/", "/a")]
    [InlineData("/A", "/a")]
    [InlineData("/a/%2e%2e/b", "/a/b")]
    [InlineData("/a;x", "/a")]
    [InlineData("/a?", "/a")]
    [InlineData("/a?b=c%26d=e", "/a?b=c&d=e")]
    [InlineData("/a?b=c%3Dd", "/a?b=c=d")]
    [InlineData("/a?b=c%2Bd", "/a?b=c+d")]
    [InlineData("/a?b=c+d", "/a?b=c%20d")]
    [InlineData("/a?b=c%40d", "/a?b=c@d")]
    [InlineData("/a?b=1&c=2", "/a?c=2&b=1")]
    [InlineData("/a?b=../c", "/a?c")]
    [InlineData("/a?b=%00", "/a?b=")]
    public void Different_resources_have_different_canonical_forms(string one, string other)
    {
        Assert.NotEqual(SignedTarget.Canonical(one), SignedTarget.Canonical(other));
        Assert.DoesNotContain(one, SpellingsOf(other, one));
        Assert.DoesNotContain(other, SpellingsOf(one, other));
    }

    [Theory]
    [InlineData("/a/./b/../c/..", "/a/")]
    [InlineData("/../../a", "/a")]
    [InlineData("/%2E/a/%2e%2E/b", "/b")]
    [InlineData("/a//../b", "/a/b")]
    [InlineData("/%e4%ba%ac?q=%e4%ba%ac", "/%E4%BA%AC?q=%E4%BA%AC")]
    [InlineData("/a?q=\"{}|^\\<>`[]", "/a?q=%22%7B%7D%7C%5E%5C%3C%3E%60%5B%5D")]
    [InlineData("/a?q=%zz%4", "/a?q=%25zz%254")]
    [InlineData("/a?q=%7e%2d%5f%41", "/a?q=~-_A")]
    [InlineData("/a?q=/?:@!$&'()*+,;=", "/a?q=/?:@!$&'()*+,;=")]
    [InlineData("/", "/")]
    [InlineData("", "")]
    [InlineData("*", "*")]
    public void A_canonical_form_is_that_of_RFC_3986(string target, string canonical) =>
        Assert.Equal(canonical, SignedTarget.Canonical(target));

    [Fact]
    public void Two_headers_of_the_front_end_are_none() =>
        Assert.Equal(["/eapi/v0/x", "eapi/v0/x"], SpellingsOf("/eapi/v0/x", "/eapi/v0/x, /eapi/v0/%78"));

    private static IEnumerable<string> SpellingsOf(string routed, string? sent = null)
    {
        var http = new DefaultHttpContext();
        http.Features.Get<IHttpRequestFeature>()!.RawTarget = routed;
        if (sent is not null)
            http.Request.Headers["X-WAWS-Unencoded-URL"] = sent;
        return SignedTarget.SpellingsOf(http);
    }

    /// <summary>The resource with escapes where none are needed, digits of either case and dot segments.</summary>
    private static string Spell(Random dice)
    {
        var path = string.Concat(
            Path.Select(c =>
                c == '/' ? Slash()
                : dice.Next(3) == 0 ? Escape(c)
                : $"{c}"
            )
        );
        var query = "";
        for (var i = 0; i < Query.Length; i++)
        {
            if (Query[i] == '%')
            {
                query += dice.Next(2) == 0 ? Query[i..(i + 3)].ToLowerInvariant() : Query[i..(i + 3)];
                i += 2;
            }
            else
            {
                var isUnreserved = char.IsAsciiLetterOrDigit(Query[i]) || Query[i] is '-' or '.';
                query += isUnreserved && dice.Next(3) == 0 ? Escape(Query[i]) : Query[i];
            }
        }
        return $"{path}?{query}";

        string Slash() =>
            dice.Next(6) switch
            {
                0 => "/./",
                1 => "/x/../",
                2 => "/%2e/",
                3 => "/y/%2E%2e/",
                _ => "/",
            };
        string Escape(char c) => dice.Next(2) == 0 ? $"%{(int)c:x2}" : $"%{(int)c:X2}";
    }
}
