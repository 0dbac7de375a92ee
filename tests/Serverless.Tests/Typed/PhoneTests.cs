using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Typed;

/// <summary>Telephone numbers become E.164, or are refused with the form that they have to have.</summary>
public sealed class PhoneTests(TestApp app) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData("\"5512345678\"", "MX", "+525512345678")]
    [InlineData("\"55 1234-5678\"", "MX", "+525512345678")]
    [InlineData("\"525512345678\"", "MX", "+525512345678")]
    [InlineData("\"(555) 123-4567\"", "US", "+15551234567")]
    [InlineData("\"1 (555) 123.4567\"", "US", "+15551234567")]
    [InlineData("\"07911 123456\"", "GB", "+447911123456")]
    [InlineData("\"612 34 56 78\"", "ES", "+34612345678")]
    [InlineData("\"0034 612 345 678\"", "MX", "+34612345678")]
    [InlineData("\"0034 612 345 678\"", null, "+34612345678")]
    [InlineData("\"0011 34 612 345 678\"", "AU", "+34612345678")]
    [InlineData("\"+34 612 345 678\"", "MX", "+34612345678")]
    [InlineData("\"+525512345678\"", null, "+525512345678")]
    [InlineData("\"+52 1 55 1234 5678\"", null, "+525512345678")]
    [InlineData("\"+44 (0)7911 123456\"", null, "+447911123456")]
    [InlineData("\"\\u202a+525512345678\\u202c\"", null, "+525512345678")]
    [InlineData("\"\\uff0b５２５５１２３４５６７８\"", null, "+525512345678")]
    [InlineData("\"٥٥١٢٣٤٥٦٧٨\"", "MX", "+525512345678")]
    [InlineData("525512345678", null, "+525512345678")]
    [InlineData("525512345678", "MX", "+525512345678")]
    [InlineData("5512345678", "MX", "+525512345678")]
    [InlineData("525512345678.0", "MX", null)]
    [InlineData("525512345678.50", null, null)]
    [InlineData("5.25512345678e11", null, null)]
    [InlineData("-525512345678", null, null)]
    [InlineData("5512345678", null, null)]
    [InlineData("\"5512345678\"", null, null)]
    [InlineData("\"525512345678\"", null, null)]
    [InlineData("\"(555) 123-4567\"", null, null)]
    [InlineData("\"55 1234\"", "MX", null)]
    [InlineData("\"+52 55 1234\"", "MX", null)]
    [InlineData("\"+525512345678 ext. 5\"", "MX", null)]
    [InlineData("\"1-800-FLOWERS\"", "US", null)]
    [InlineData("\"55+12345678\"", "MX", null)]
    [InlineData("\"+999123456789\"", "MX", null)]
    [InlineData("\"\"", "MX", null)]
    [InlineData("\"+\"", "MX", null)]
    [InlineData("\"++525512345678\"", "MX", null)]
    [InlineData("true", "MX", null)]
    [InlineData("[\"+525512345678\"]", "MX", null)]
    public void A_number_is_read_in_the_persons_country_or_with_its_code(string json, string? country, string? e164)
    {
        var body = JsonInput.Parse(System.Text.Encoding.UTF8.GetBytes($$"""{"mobileNumber":{{json}}}""")).Input;
        Assert.Equal(e164, body.Phone("mobileNumber", country));
        Assert.Equal(e164 is null ? ["mobileNumber"] : [], body.Errors.Select(error => error.Field));
        if (e164 is null)
            Assert.Matches(@"for example \+?[0-9 ()-]+", body.Errors[0].Message);
    }

    [Fact]
    public async Task A_national_number_needs_a_country_which_comes_with_it_or_is_held()
    {
        var partner = await app.NewPartnerAsync();
        var identity = partner.Identity;
        (await identity.CreateAsync("ana", "ana@example.org")).Is(201);

        var reply = (await identity.UpdateAsync("ana", "ana@example.org", new { mobileNumber = "5512345678" })).Is(422);
        Assert.Equal(
            ("mobileNumber", "must be a telephone number with its country code, for example +525512345678"),
            reply.Details.Single()
        );
        reply = (
            await identity.UpdateAsync(
                "ana",
                "ana@example.org",
                new { mobileNumber = "12", residentialAddress = Address("GB") }
            )
        ).Is(422);
        Assert.Equal(
            (
                "mobileNumber",
                "must be a telephone number of GB, for example 07400 123456, or one with its country code, for example +447400123456"
            ),
            reply.Details.Single()
        );
        Assert.Null(await HeldAsync(partner, "ana"));

        (
            await identity.UpdateAsync(
                "ana",
                "ana@example.org",
                new { mobileNumber = "55 1234 5678", residentialAddress = Address("MX") }
            )
        ).Is(200);
        Assert.Equal("+525512345678", await HeldAsync(partner, "ana"));
        (await identity.UpdateAsync("ana", "ana@example.org", new { mobileNumber = "55 8765 4321" })).Is(200);
        Assert.Equal("+525587654321", await HeldAsync(partner, "ana"));
        (
            await identity.PostAsync(
                "/eapi/v0/identities/share/token",
                new
                {
                    identityReference = "ana",
                    email = "ana@example.org",
                    mobileNumber = "5511112222",
                    provider = new { vendor = "sumsub", token = "_act-token pending" },
                }
            )
        ).Is(422);
        (
            await identity.PostAsync(
                "/eapi/v0/identities/share/token",
                new
                {
                    identityReference = "ana",
                    email = "ana@example.org",
                    mobileNumber = "5511112222",
                    provider = new { vendor = "sumsub", token = "_act-token-pending" },
                }
            )
        ).Is(202);
        Assert.Equal("+525511112222", await HeldAsync(partner, "ana"));
    }

    private static object Address(string country) =>
        new
        {
            addressLine = "Calle 1",
            suburb = "Centro",
            postCode = "06000",
            country,
        };

    private async Task<string?> HeldAsync(TestPartner partner, string reference)
    {
        var person = await app.Service<PersonStore>()
            .ReadAsync(
                new PersonKey(PartnerId.FromStorage(partner.Id), ReferenceId.FromStorage(reference)),
                [],
                TestContext.Current.CancellationToken
            );
        return await person.ReadAsync("mobileNumber", TestContext.Current.CancellationToken);
    }
}
