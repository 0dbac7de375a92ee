using System.Text.Json.Nodes;
using Serverless.Functions.Ids;
using Serverless.Functions.Users;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Typed;

/// <summary>Numbers of documents and accounts: one rule a number, whichever API it comes through.</summary>
public sealed class NumberTests(TestApp app) : IClassFixture<TestApp>
{
    /// <summary>Kinds that both APIs know, with a number each and whether it is one.</summary>
    public static TheoryData<string, string, bool> Shared =>
        new()
        {
            { "CURP", "GOMC900514HDFRRL09", true },
            { "CURP", "gomc900514hdfrrl09", true },
            { "CURP", "GOMC 900514-HDFRRL 09\u200E", true },
            { "CURP", "\u202AGOMC900514HDFRRL09\u202C\t", true },
            { "CURP", "GOMC901314HDFRRL09", false },
            { "CURP", "GOMC900230HDFRRL09", false },
            { "CURP", "GOMC000229HDFRRLA9", true },
            { "CURP", "GOMC900514HDFRRL0", false },
            { "SSN", "123-45-6789", true },
            { "SSN", "123456789", true },
            { "SSN", "123\u201145\u20116789", true },
            { "SSN", " 123 45 6789", true },
            { "SSN", "000-00-0000", false },
            { "SSN", "666-12-3456", false },
            { "SSN", "123-45-0000", false },
            { "SSN", "912-34-5678", false },
            { "ITIN", "912-34-5678", true },
            { "ITIN", "123-45-6789", false },
            { "PASSPORT", "G 1234567\u2060", true },
            { "PASSPORT", "G12", false },
            { "INE", "GMRZCR90051409H100", true },
        };

    [Theory]
    [MemberData(nameof(Shared))]
    public async Task A_number_is_one_in_both_APIs_or_in_neither(string kind, string number, bool isOne)
    {
        var partner = await app.NewPartnerAsync();
        var data = Samples.FullUserData().With("idType", kind).With("idNumber", number);
        data.Remove("dob");
        var link = await partner.PostLinkAsync(new { referenceId = "m2m", userData = data });
        var identity = await partner.Identity.CreateAsync(
            "identity",
            more: new JsonObject { ["taxIdType"] = kind.ToLowerInvariant(), ["taxId"] = number }
        );
        Assert.Equal(isOne ? [] : ["userData.idNumber"], link.Is(isOne ? 201 : 400).Fields);
        Assert.Equal(isOne ? [] : ["taxId"], identity.Is(isOne ? 201 : 422).Fields);
        if (!isOne)
            Assert.Equal(link.Details[0].Message, identity.Details[0].Message);
    }

    [Theory]
    [InlineData("rfc", "ÑALA850101AB1")]
    [InlineData("rfc", "N\u0303ALA850101AB1")]
    [InlineData("rfc", "ñala-850101-ab1")]
    [InlineData("rfc", "&ALA850101AB1")]
    [InlineData("cpf", "529.982.247-25")]
    [InlineData("cpf", "529 982 247 25")]
    [InlineData("nino", "ab 12 34 56 c")]
    [InlineData("tfn", "123 456 782")]
    [InlineData("nif", "12345678-z")]
    [InlineData("nif", "x.1234567.l")]
    [InlineData("steuerid", "86 095 742 719")]
    [InlineData("other", "98765/4321")]
    [InlineData(null, "ÑÑ-1234")]
    public async Task Separators_and_unseen_marks_are_no_part_of_a_number(string? type, string number)
    {
        var identity = (await app.NewPartnerAsync()).Identity;
        foreach (var typed in new[] { number, $"\u202A{number}\u202C", $" {number}\u200F " })
        {
            var more = new JsonObject { ["taxId"] = typed };
            if (type is not null)
                more["taxIdType"] = type;
            (await identity.CreateAsync(Guid.NewGuid().ToString(), more: more)).Is(201);
        }
    }

    [Theory]
    [InlineData("rfc", "ALA850101AB1")]
    [InlineData("rfc", "ÑALA851301AB1")]
    [InlineData("rfc", "ÑALA850101AB1X")]
    [InlineData("cpf", "529.982.247-26")]
    [InlineData("nino", "BG123456C")]
    [InlineData("tfn", "123456789")]
    [InlineData("nif", "12345678A")]
    [InlineData("steuerid", "86095742718")]
    [InlineData("other", "...")]
    public async Task What_is_no_number_is_still_refused(string type, string number)
    {
        var identity = (await app.NewPartnerAsync()).Identity;
        Assert.Equal(
            ["taxId"],
            (await identity.CreateAsync("x", more: new JsonObject { ["taxIdType"] = type, ["taxId"] = number }))
                .Is(422)
                .Fields
        );
    }

    [Theory]
    [InlineData("032 180 00011835971 9")]
    [InlineData("032-180-00011835971-9")]
    [InlineData("\u202A032180000118359719\u202C")]
    [InlineData("032180000118359719\n")]
    [InlineData("\uFEFF0321 8000 0118 3597 19")]
    public async Task A_CLABE_is_kept_as_its_digits_however_it_was_pasted(string typed)
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(
            userData: Samples.FullUserData().With("paymentMethod.bankAccount.accountNumber", typed)
        );
        var shown = (await partner.GetAsync($"/partner/users/{link.Reference}")).Is(200).Text;
        Assert.Contains("bank_account MX •••9719", shown, StringComparison.Ordinal);
        // The same account again is no change.
        await link.RevokeAsync();
        await partner.CreateLinkAsync(link.Reference, userData: Samples.FullUserData());
    }

    [Fact]
    public async Task An_account_elsewhere_is_kept_without_its_separators_too()
    {
        var partner = await app.NewPartnerAsync();
        foreach (var (country, number) in new[] { ("DE", "de89 3704 0044 0532 0130 00"), ("US", "0123-456789") })
        {
            var account = new JsonObject { ["country"] = country, ["accountNumber"] = number };
            var data = Samples
                .LeastUserData()
                .With("paymentMethod", new JsonObject { ["type"] = "bank_account", ["bankAccount"] = account });
            (await partner.PostLinkAsync(new { referenceId = TestPartner.NewReference(), userData = data })).Is(201);
        }
    }

    [Fact]
    public async Task A_number_that_holds_another_date_of_birth_is_a_warning_in_M2M_and_an_error_in_the_identity_API()
    {
        var partner = await app.NewPartnerAsync();
        var data = Samples.FullUserData().With("dob", "1991-05-14");
        var first = (await partner.PostLinkAsync(new { referenceId = "warned", userData = data }, "key-1")).Is(201);
        Assert.Equal("userData.idNumber", (string)first.Data["warnings"]!.AsArray().Single()!["field"]!);
        Assert.Equal("holds another date of birth than the one given", (string)first.Data["warnings"]![0]!["message"]!);
        Assert.Equal(
            first.Text,
            (await partner.PostLinkAsync(new { referenceId = "warned", userData = data }, "key-1")).Is(201).Text
        );
        Assert.Null(
            (await partner.PostLinkAsync(new { referenceId = "fine", userData = Samples.FullUserData() })).Is(201).Data[
                "warnings"
            ]
        );

        foreach (var (type, number) in new[] { ("curp", Samples.Curp), ("rfc", "GOMC900514AB1") })
        {
            var tax = new JsonObject
            {
                ["taxIdType"] = type,
                ["taxId"] = number,
                ["dateOfBirth"] = "1991-05-14",
            };
            var reply = (await partner.Identity.CreateAsync($"{type}-1", more: tax)).Is(422);
            Assert.Equal(("taxId", "holds another date of birth than the one given"), reply.Details.Single());
            tax["dateOfBirth"] = "1990-05-14";
            (await partner.Identity.CreateAsync($"{type}-1", more: tax)).Is(201);
        }
    }

    [Fact]
    public async Task A_link_s_number_without_its_type_is_judged_by_the_type_that_is_held_and_kept_in_its_form()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(userData: Samples.LeastUserData().With("idType", "SSN"));
        await link.RevokeAsync();
        object Body(string number) =>
            new { referenceId = link.Reference, userData = Samples.LeastUserData().With("idNumber", number) };
        foreach (var _ in new[] { "first", "repeated" })
        {
            var refused = (await partner.PostLinkAsync(Body("000-00-0000"), "key")).Is(400, "INVALID_REQUEST");
            Assert.Equal(
                ("userData.idNumber", "must be a social security number as AAA-GG-SSSS"),
                refused.Details.Single()
            );
        }
        Assert.Single(await partner.ListAsync());
        Assert.Null(await HeldAsync());
        (await partner.PostLinkAsync(Body("123456789"))).Is(201);
        Assert.Equal("123-45-6789", await HeldAsync());
        // Whose type nobody knows has no other rule than its length.
        (
            await partner.PostLinkAsync(
                new { referenceId = "new", userData = Samples.LeastUserData().With("idNumber", "000-00-0000") }
            )
        ).Is(201);

        async Task<string?> HeldAsync()
        {
            var key = new PersonKey(PartnerId.FromStorage(partner.Id), ReferenceId.FromStorage(link.Reference));
            var person = await app.Service<PersonStore>().ReadAsync(key, [], TestContext.Current.CancellationToken);
            return await person.ReadAsync("idNumber", TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_number_that_comes_without_its_type_is_judged_by_the_type_that_is_held()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.data_request"]);
        var data = Samples.FullUserData();
        data.Remove("idNumber");
        var link = await partner.CreateLinkAsync(userData: data);
        var visitor = await Widget.Visitor.OpenAsync(app, link);
        await app.IdleAsync();

        var wrong = new JsonObject { ["idNumber"] = "GOMC901314HDFRRL09" };
        Assert.Equal(["userData.idNumber"], (await visitor.PutAsync(wrong.DeepClone().AsObject())).Is(400).Fields);
        var request = $"/partner/data-requests/dr_{link.Id["link_".Length..]}";
        Assert.Equal(
            ["userData.idNumber"],
            (await partner.PutAsync(request, new { referenceId = link.Reference, userData = wrong })).Is(400).Fields
        );
        Assert.Contains(
            "idNumber",
            (await visitor.StateAsync()).Is(200).Data["missing"]!.ToJsonString(),
            StringComparison.Ordinal
        );
        (
            await partner.PutAsync(
                request,
                new { referenceId = link.Reference, userData = new { idNumber = Samples.Curp } }
            )
        ).Is(200);
    }

    [Theory]
    [InlineData("idNumber", "12345678", "must be a string: it must be a CURP of 18 characters")]
    [InlineData("dob", "19900514", "must be a string: it must be a calendar date as YYYY-MM-DD")]
    [InlineData("name.firstName", "5", "must be a string: it must have 1 to 100 characters")]
    [InlineData(
        "paymentMethod.bankAccount.accountNumber",
        "32180000118359719",
        "must be a string: it must be a CLABE for MX: 18 digits"
    )]
    [InlineData("idType", "true", "must be a string: it must be one of CURP,")]
    public async Task A_number_of_JSON_where_a_string_is_meant_is_told_so_with_the_form_of_the_string(
        string path,
        string value,
        string message
    )
    {
        var partner = await app.NewPartnerAsync();
        var data = Samples
            .FullUserData()
            .With(path, "@@")
            .ToJsonString()
            .Replace("\"@@\"", value, StringComparison.Ordinal);
        var reply = (await partner.PostLinkAsync($$"""{"referenceId":"r-1","userData":{{data}}}""")).Is(400);
        Assert.StartsWith(
            message,
            reply.Details.Single(detail => detail.Field == $"userData.{path}").Message,
            StringComparison.Ordinal
        );
    }
}
