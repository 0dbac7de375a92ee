using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>Whatever JSON comes, the answer is a documented one.</summary>
public sealed class RandomJsonTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly string[] Names =
    [
        "referenceId",
        "expiresInMinutes",
        "userData",
        "metadata",
        "flow",
        "theme",
        "language",
        "callbackUrl",
        "name",
        "firstName",
        "secondName",
        "lastName",
        "secondLastName",
        "idNumber",
        "idType",
        "dob",
        "paymentMethod",
        "type",
        "bankAccount",
        "cash",
        "country",
        "accountNumber",
        "provider",
        "reference",
        "idImage",
        "",
        "x",
        "\ud83d\ude42",
        "\0",
    ];

    private static readonly string[] Texts =
    [
        "",
        " ",
        "cust-1",
        "CURP",
        "cash",
        "bank_account",
        "MX",
        "m2m-basic",
        "en",
        "1990-05-14",
        Samples.Curp,
        Samples.Clabe,
        "https://partner.example.com",
        "data:image/png;base64,iVBORw0KGgo=",
        "\0",
        "\u202e",
        "\ud83d\ude42",
        "'",
        "${7*7}",
        "../..",
        "a|b",
    ];

    [Fact]
    public async Task Random_JSON_is_answered_with_201_400_409_or_429_in_the_envelope()
    {
        var partners = new List<TestPartner>();
        for (var i = 0; i < 4; i++)
            partners.Add(await app.NewPartnerAsync());
        var bodies = Objects(4).Sample(380, 30).ToList();
        var accepted = 0;
        await Parallel.ForEachAsync(
            bodies.Index(),
            TestContext.Current.CancellationToken,
            async (body, _) =>
            {
                var reply = await partners[body.Index % partners.Count].PostLinkAsync(body.Item);
                Assert.True(reply.Status is 201 or 400 or 409 or 429, $"{reply} for {body.Item}");
                Reply.CheckEnvelope(reply.Json, reply.Status);
                if (reply.Status == 201)
                    Interlocked.Increment(ref accepted);
                if (reply.Status == 400)
                    Assert.NotEmpty(reply.Details);
            }
        );
        Assert.True(accepted > 0, "The generator makes nothing that is valid.");
        Assert.Empty(app.Log.Errors);
    }

    /// <summary>
    /// An object of known and unknown names; half of them begin with a good reference so that the rest matters.
    /// </summary>
    private static Gen<string> Objects(int depth) =>
        from members in Members(depth)
        from good in Gen.Choose(0, 2)
        select good == 0
            ? $"{{{members}}}"
            : "{"
                + string.Join(
                    ',',
                    new[]
                    {
                        $"\"referenceId\":\"{Guid.NewGuid()}\"",
                        members.Replace("\"referenceId\"", "\"other\"", StringComparison.Ordinal),
                    }.Where(part => part.Length > 0)
                )
                + "}";

    private static Gen<string> Members(int depth) =>
        from count in Gen.Choose(0, 5)
        from names in Gen.Shuffle(Names)
        from values in Gen.ArrayOf(Values(depth - 1), count)
        select string.Join(',', values.Select((value, i) => $"{JsonValue.Create(names[i]).ToJsonString()}:{value}"));

    private static Gen<string> Values(int depth)
    {
        var leaves = Gen.OneOf(
            Gen.Elements(Texts).Select(text => JsonValue.Create(text).ToJsonString()),
            Gen.Elements(
                "0",
                "5",
                "60",
                "-1",
                "1.5",
                "1e400",
                "99999999999999999999",
                "true",
                "false",
                "null",
                "\"\\ud800\"",
                "\"\\udfff\\ud800\""
            )
        );
        return depth <= 0
            ? leaves
            : Gen.OneOf(
                leaves,
                leaves,
                Members(depth).Select(members => $"{{{members}}}"),
                Gen.Choose(0, 3)
                    .SelectMany(count => Gen.ArrayOf(leaves, count))
                    .Select(items => $"[{string.Join(',', items)}]")
            );
    }
}
