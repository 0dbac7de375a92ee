using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>What the person can look at, correct and deny before anything is verified.</summary>
public sealed class CorrectionTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    [Fact]
    public async Task Is_this_you_has_a_no_which_shows_nothing_of_the_person_and_says_what_to_do()
    {
        var partner = await app.NewPartnerAsync(settings: new { returnUrl = "https://partner.example.com/back" });
        var link = await partner.CreateLinkAsync(userData: Samples.FullUserData());
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url);
        await tab.ShowsAsync("known");
        await tab.PressAsync("No, this is not me");
        await tab.ShowsAsync("stranger");
        await tab.SaysAsync("ask A partner to correct it and to send you a new link");
        await Assertions.Expect(tab.Page.Locator("#view")).Not.ToContainTextAsync("Carlos");
        await tab.PictureAsync("stranger");
        await tab.IsAccessibleAsync();
        await tab.Page.ReloadAsync();
        await tab.ShowsAsync("stranger");
        Assert.Equal("opened", await link.StatusAsync());
        await tab.PressAsync("Go back: this is me");
        await tab.ShowsAsync("known");
        await Assertions.Expect(tab.Page.Locator("#no")).ToBeFocusedAsync();
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("photo");
    }

    [Fact]
    public async Task What_the_person_gave_can_be_corrected_until_it_is_verified_and_what_the_partner_gave_cannot()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync(userData: Samples.LeastUserData());
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url);
        await tab.ShowsAsync("known");
        await tab.ChooseDocumentAsync();
        await tab.TypeAsync("Document number", "GOMC900514HDFRRL08");
        await tab.TypeAsync("Date of birth", "1990-05-14");
        await tab.TypeAsync("Mother’s last name", "Ruis");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("photo");
        await tab.PickPhotoAsync();
        await tab.PressAsync("Use this photo");
        await tab.ShowsAsync("verify");
        await tab.PressAsync("Change my details");
        await tab.ShowsAsync("edit");
        Assert.Equal(0, await tab.Page.GetByLabel("First name", new() { Exact = true }).CountAsync());
        await tab.SaysAsync("These cannot be changed here.");
        await tab.TypeAsync("Mother’s last name", "Ruiz");
        await tab.TypeAsync("Document number", Samples.Curp);
        await tab.PickPhotoAsync();
        await tab.PressAsync("Save");
        await tab.ShowsAsync("verify");
        await tab.SaysAsync("Ruiz");
        await tab.SaysAsync("••••RL09");
        await tab.PressAsync("Change my details");
        await tab.PressAsync("Back");
        await tab.ShowsAsync("verify");
        await tab.PressAsync("Verify me");
        await tab.ShowsAsync("amount");
        Assert.Equal(0, await tab.Page.Locator("#edit").CountAsync());
    }

    [Fact]
    public async Task A_number_is_shown_whole_to_whoever_typed_it_by_this_link_and_no_other_is()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync("typed-1");
        var visitor = await Visitor.OpenAsync(app, link);
        var state = (await visitor.PutAsync(Samples.FullUserData())).Is(200).Data;
        AssertShown(state, method: true, "idNumber");
        var numbers = (await NumbersAsync(visitor)).Is(200).Data;
        Assert.Equal((Samples.Curp, Samples.Clabe), ((string?)numbers["idNumber"], (string?)numbers["payment"]));

        (await NumbersAsync(visitor with { Session = "x" })).Is(401, "UNAUTHORIZED");
        (await link.RevokeAsync()).Is(200);
        (await NumbersAsync(visitor)).Is(409, "LINK_REVOKED");

        // By the next link, which may have gone to somebody else, they are masked; so is what the partner gave.
        foreach (var reference in new[] { "typed-1", "given-1" })
        {
            var userData = reference == "given-1" ? Samples.FullUserData() : null;
            var other = await Visitor.OpenAsync(app, await partner.CreateLinkAsync(reference, userData: userData));
            AssertShown((await other.StateAsync()).Is(200).Data, method: false);
            Assert.Empty((await NumbersAsync(other)).Is(200).Data.AsObject());
        }
    }

    private Task<Reply> NumbersAsync(Visitor visitor) =>
        app.GetAsync($"/widget/links/{visitor.LinkId}/numbers", ("Authorization", $"Bearer {visitor.Session}"));

    private static void AssertShown(JsonNode state, bool method, params string[] fields)
    {
        Assert.Equal(
            fields,
            state["fields"]!
                .AsArray()
                .Where(field => (bool)field!["mayBeShown"]!)
                .Select(field => (string)field!["path"]!)
        );
        Assert.Equal(method, (bool)state["paymentMethod"]!["mayBeShown"]!);
    }
}
