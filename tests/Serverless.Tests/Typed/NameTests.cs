using System.Text.Json.Nodes;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Typed;

/// <summary>A name is something that a person can read; each API refuses the same ones.</summary>
public sealed class NameTests(TestApp app) : IClassFixture<TestApp>
{
    /// <summary>A name as JSON text, and what is wrong with it; null where nothing is.</summary>
    public static TheoryData<string, string?> Names =>
        new()
        {
            { "José", null },
            { "Jose\\u0301", null },
            { "Nguyễn", null },
            { "さくら", null },
            { "\\ud842\\udfb7", null },
            { "محمد", null },
            { "نیکی\\u200cرضا", null },
            { "O’Brien-Smith 3rd", null },
            { "Z", null },
            { "\\ufeffAna\\u200b", null },
            { "\\u200b", "must have at least one character that can be seen" },
            { "\\ufeff", "must have at least one character that can be seen" },
            { "\\u3164", "must have at least one character that can be seen" },
            { "\\u2800", "must have at least one character that can be seen" },
            { "\\uffa0\\u115f", "must have at least one character that can be seen" },
            { "\\u0301", "must have at least one character that can be seen" },
            { "---", "must have at least one letter" },
            { "123", "must have at least one letter" },
            { "\\ud83d\\ude42", "must have at least one letter" },
            { "Ana\\u202eteb", "must not contain characters that change the direction of writing (such as U+202E)" },
            { "Ana\\u2067x", "must not contain characters that change the direction of writing (such as U+202E)" },
            { "Ana\\u200f", "must not contain characters that change the direction of writing (such as U+202E)" },
            { "Ana\\u2028Díaz", "must not contain control characters" },
            { "A" + string.Concat(Enumerable.Repeat("\\u0301", 2000)), "must have 1 to 100 characters" },
        };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_name_has_a_letter_that_can_be_seen_and_nothing_that_hides(string json, string? problem)
    {
        var partner = await app.NewPartnerAsync();
        var name = $"\"{json}\"";
        var links = await partner.PostLinkAsync(
            $$$"""{"referenceId":"r-1","userData":{{{Samples.FullUserData().With("name.firstName", "@@").ToJsonString().Replace("\"@@\"", name, StringComparison.Ordinal)}}}}"""
        );
        var identities = await partner.Identity.PostAsync(
            "/eapi/v0/identities/basic",
            $$"""{"identityReference":"i-1","surname":{{name}}}"""
        );
        if (problem is null)
        {
            links.Is(201);
            identities.Is(201);
            return;
        }
        Assert.Equal(("userData.name.firstName", problem), links.Is(400, "INVALID_REQUEST").Details.Single());
        Assert.Equal(("surname", problem), identities.Is(422).Details.Single());
        Assert.Empty(await partner.ListAsync());
    }

    [Fact]
    public async Task A_name_that_cannot_be_seen_is_no_answer_that_there_is_none()
    {
        var partner = await app.NewPartnerAsync();
        foreach (var (name, isTaken) in new[] { ("", true), ("\u200B", false), ("\u3164", false), ("Ana", true) })
        {
            var reply = await partner.PostLinkAsync(
                new
                {
                    referenceId = TestPartner.NewReference(),
                    userData = Samples.FullUserData().With("name.secondName", name),
                }
            );
            Assert.Equal(isTaken ? [] : ["userData.name.secondName"], reply.Is(isTaken ? 201 : 400).Fields);
        }
    }

    [Fact]
    public async Task A_name_is_the_same_however_its_accents_are_encoded_and_its_spaces_are_hidden()
    {
        var partner = await app.NewPartnerAsync();
        (
            await partner.CreateLinkAsync(
                "ana",
                userData: Samples.FullUserData().With("name.firstName", "Jose\u0301\u200B")
            )
        ).ToString();
        var shown = (await partner.GetAsync("/partner/links?referenceId=ana")).Is(200).Data["items"]![0]!["userData"]![
            "name"
        ]!["firstName"]!;
        Assert.Equal("José", (string)shown!);
    }

    [Theory]
    [InlineData("provider")]
    [InlineData("reference")]
    public async Task What_else_is_typed_must_be_seen_too(string member)
    {
        var partner = await app.NewPartnerAsync();
        foreach (var hidden in new[] { "\u200B", "\u3164", "R\u202E1" })
        {
            var cash = new JsonObject
            {
                ["provider"] = "Oxxo",
                ["reference"] = "R-1",
                [member] = hidden,
            };
            var data = Samples.LeastUserData().With("paymentMethod.cash", cash);
            var reply = await partner.PostLinkAsync(new { referenceId = TestPartner.NewReference(), userData = data });
            Assert.Equal([$"userData.paymentMethod.cash.{member}"], reply.Is(400).Fields);
        }
        var address = new JsonObject
        {
            ["addressLine"] = "\u3164",
            ["suburb"] = "\u200B",
            ["postCode"] = "1\u202E",
            ["country"] = "MX",
        };
        var create = await partner.Identity.CreateAsync(
            "hidden",
            more: new JsonObject { ["residentialAddress"] = address }
        );
        Assert.Equal(
            ["residentialAddress.addressLine", "residentialAddress.postCode", "residentialAddress.suburb"],
            create.Is(422).Fields.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Characters_are_counted_as_people_count_them()
    {
        var partner = await app.NewPartnerAsync();
        foreach (var (symbol, most) in new[] { ("🙂", 99), ("👩‍👩‍👧‍👦", 60), ("é", 99), ("e\u0301", 99), ("a", 99) })
        {
            var text = "a" + string.Concat(Enumerable.Repeat(symbol, most));
            var data = Samples.FullUserData().With("name.firstName", text);
            (
                await partner.PostLinkAsync(
                    new
                    {
                        referenceId = TestPartner.NewReference(),
                        userData = data,
                        metadata = new { text },
                    }
                )
            ).Is(201);
            (
                await partner.Identity.CreateAsync(
                    Guid.NewGuid().ToString(),
                    more: new JsonObject { ["givenName"] = text }
                )
            ).Is(201);
        }
        var tooLong = string.Concat(Enumerable.Repeat("🙂", 101));
        var reply = await partner.Identity.CreateAsync(
            "long",
            more: new JsonObject { ["givenName"] = "a" + tooLong[4..], ["surname"] = "a" + tooLong }
        );
        Assert.Equal(("surname", "must have 1 to 100 characters"), reply.Is(422).Details.Single());
    }
}
