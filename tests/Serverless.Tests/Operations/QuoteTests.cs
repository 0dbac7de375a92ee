using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Options;
using Serverless.Functions.Operations;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Xunit;

namespace Serverless.Tests.Operations;

/// <summary><c>POST /widget/links/{linkId}/quote</c>: money is decimal all the way.</summary>
public sealed class QuoteTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_quote_says_what_the_sum_becomes_and_until_when()
    {
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync());
        var before = app.Clock.Now();
        var data = (await payer.QuoteAsync("100.00")).Is(201).Data;
        Assert.Equal(["quoteId", "amount", "expiresAt"], data.AsObject().Select(member => member.Key));
        Assert.StartsWith("quote_", (string?)data["quoteId"], StringComparison.Ordinal);
        Assert.Equal(
            """{"send":100.00,"receive":1705.00,"rate":17.05,"fee":3.99,"currency":{"source":"USD","destination":"MXN"}}""",
            data["amount"]!.ToJsonString()
        );
        var expiresAt = DateTimeOffset.Parse((string)data["expiresAt"]!, CultureInfo.InvariantCulture);
        Assert.InRange(expiresAt, before.AddMinutes(10), app.Clock.Now().AddMinutes(10));
    }

    [Theory]
    [InlineData("1", "1.00", "17.05")]
    [InlineData("1e2", "100.00", "1705.00")]
    [InlineData("0.1E2", "10.00", "170.50")]
    [InlineData("33.33", "33.33", "568.28")]
    [InlineData("1.10", "1.10", "18.76")]
    [InlineData("10000", "10000.00", "170500.00")]
    public async Task Any_JSON_number_of_whole_cents_is_a_sum(string sent, string send, string receive)
    {
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync());
        var amount = (await payer.QuoteAsync(sent)).Is(201).Data["amount"]!;
        Assert.Equal((send, receive), (amount["send"]!.ToJsonString(), amount["receive"]!.ToJsonString()));
    }

    [Theory]
    [InlineData("0.99")]
    [InlineData("10000.01")]
    [InlineData("0")]
    [InlineData("-5")]
    [InlineData("1.001")]
    [InlineData("100.0000000000000000000000000000001")]
    [InlineData("1e400")]
    [InlineData("\"100\"")]
    [InlineData("true")]
    [InlineData("[100]")]
    [InlineData("null")]
    public async Task Anything_else_is_not(string sent)
    {
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync());
        Assert.Equal(["send"], (await payer.QuoteAsync(sent)).Is(400, "INVALID_REQUEST").Fields);
    }

    [Fact]
    public async Task A_quote_needs_the_link_s_own_session()
    {
        var partner = await app.NewPartnerAsync();
        var payer = await Payer.NewAsync(app, partner);
        var other = await Payer.NewAsync(app, partner);
        var session = (string)(await other.Link.OpenAsync()).Data["session"]!;
        foreach (var route in new[] { "quote", "confirm", "cancel" })
        {
            (await payer.PostAsync(route, "{}", null)).Is(401, "UNAUTHORIZED");
            (await payer.PostAsync(route, "{}", session)).Is(401, "UNAUTHORIZED");
        }
    }

    [Fact]
    public async Task Closed_links_give_no_quotes()
    {
        var partner = await app.NewPartnerAsync();
        var revoked = await Payer.NewAsync(app, partner);
        await revoked.Link.RevokeAsync();
        (await revoked.QuoteAsync("100")).Is(409, "LINK_REVOKED");
        var completed = await Payer.NewAsync(app, partner);
        await completed.TransferAsync();
        (await completed.QuoteAsync("100")).Is(409, "LINK_COMPLETED");
        var expired = await Payer.NewAsync(app, partner, expiresInMinutes: 5);
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        (await expired.QuoteAsync("100")).Is(409, "LINK_EXPIRED");
    }

    [Fact]
    public async Task A_link_remembers_its_last_twenty_quotes_in_one_row()
    {
        var payer = await Payer.NewAsync(app, await app.NewPartnerAsync());
        var quotes = new List<string>();
        for (var i = 0; i < 21; i++)
            quotes.Add(await payer.QuoteIdAsync(100 + i));
        Assert.Single(await app.RowsAsync("Users", $"RowKey eq 'quotes|{payer.Link.Id}'"));
        (await payer.ConfirmAsync(quotes[0])).Is(404);
        Assert.Equal("101.00", (await payer.ConfirmAsync(quotes[1])).Is(201).Data["amount"]!["send"]!.ToJsonString());
    }

    [Fact]
    public async Task Rate_and_fee_are_settings()
    {
        await using var own = await TestApp.StartAsync(("Operations:Rate", "18.3456"), ("Operations:Fee", "0"));
        var payer = await Payer.NewAsync(own, await own.NewPartnerAsync());
        Assert.Equal(
            """{"send":250.50,"receive":4595.57,"rate":18.3456,"fee":0.00,"currency":{"source":"USD","destination":"MXN"}}""",
            (await payer.QuoteAsync("250.5")).Is(201).Data["amount"]!.ToJsonString()
        );
    }

    [Fact]
    public void Receive_is_send_times_rate_to_the_cent_half_away_from_zero_and_survives_JSON_exactly()
    {
        var cents = Gen.Choose(100, 1_000_000);
        // Ten-thousandths: 0.0001 to 99.9999 destination for one of source.
        var rates = Gen.Choose(1, 999_999);
        Prop.ForAll(
                Arb.From(cents.Zip(rates)),
                ((int Cents, int Rate) sample) =>
                {
                    var terms = new TransferTerms(Options.Create(new TransferOptions { Rate = sample.Rate / 10_000m }));
                    var amount = terms.For(sample.Cents / 100m);
                    // The same in whole numbers: cents times ten-thousandths, halves up.
                    var expected = (((long)sample.Cents * sample.Rate) + 5_000) / 10_000;
                    Assert.Equal(expected, amount.Receive * 100);
                    Assert.True(amount.Receive >= 0 && amount.Fee >= 0);
                    var json = JsonSerializer.Serialize(amount, StoredJson.Options);
                    Assert.Equal(amount, JsonSerializer.Deserialize<TransferAmount>(json, StoredJson.Options));
                    using var document = JsonDocument.Parse(json);
                    Assert.Matches(@"^\d+\.\d{2}\z", document.RootElement.GetProperty("receive").GetRawText());
                    Assert.Matches(@"^\d+\.\d{2}\z", document.RootElement.GetProperty("send").GetRawText());
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("Operations:Rate", "0")]
    [InlineData("Operations:Rate", "-1")]
    [InlineData("Operations:Fee", "-0.01")]
    [InlineData("Operations:Fee", "1.005")]
    [InlineData("Operations:CancelWindow", "-00:00:01")]
    public void Terms_that_make_no_sense_are_refused(string name, string value) =>
        Assert.Throws<OptionsValidationException>(() => Configured.Options<TransferOptions>((name, value)));
}
