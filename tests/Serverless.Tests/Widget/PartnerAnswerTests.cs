using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>
/// What the person sees of a partner who is asked for data, and of a link that is closed
/// meanwhile.
/// </summary>
public sealed class PartnerAnswerTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    [Fact]
    public async Task An_answer_in_the_webhook_s_response_skips_data_entry()
    {
        var inbox = await app.NewInboxAsync();
        inbox.Answer = (webhook, http) =>
            webhook.Event == "user.data_request"
                ? http.Response.WriteAsJsonAsync(new { userData = Samples.FullUserData() })
                : Task.CompletedTask;
        var partner = await app.NewPartnerAsync(inbox, Asked, OnOpen);
        await using var tab = await WidgetTab.OpenAsync(browser, (await partner.CreateLinkAsync()).Url);
        // An answer that was there before the page first looked is shown for a moment of "is this you?"; one that came
        // while it waited is skipped to.
        if (await tab.ShowsOneOfAsync("known", "photo") == "known")
            await tab.PressAsync("Continue");
        await tab.ShowsAsync("photo");
    }

    [Fact]
    public async Task An_answer_by_PUT_is_seen_live_while_the_person_waits()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, Asked, OnOpen);
        var link = await partner.CreateLinkAsync();
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url, width: 320);
        await tab.ShowsAsync("waiting");
        await tab.PictureAsync("waiting");
        await tab.FitsAsync("waiting");
        await AnswerAsync(partner, link);
        await tab.ShowsAsync("photo");
        Assert.Equal("A partner has filled in your details.", await tab.Page.Locator("#live").InnerTextAsync());
    }

    [Fact]
    public async Task Without_an_answer_the_widget_asks_for_what_is_missing_and_a_late_answer_takes_over()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, Asked, OnOpen);
        var link = await partner.CreateLinkAsync(userData: Samples.LeastUserData());
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url, width: 320);
        await tab.ShowsAsync("known");
        await tab.PictureAsync("known");
        await tab.FitsAsync("known");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("waiting");
        await app.AdvanceAsync(TimeSpan.FromSeconds(11));
        await tab.ShowsAsync("ask");
        await tab.SaysAsync("A partner has not answered");
        Assert.Equal(0, await tab.Page.GetByLabel("First name", new() { Exact = true }).CountAsync());
        await tab.TypeAsync("Document number", "half typed");
        await tab.PictureAsync("ask");
        await tab.IsAccessibleAsync();

        // What is being typed stays: the answer offers itself.
        await AnswerAsync(partner, link);
        await tab.SaysAsync("A partner has sent your details.");
        Assert.Equal(
            "half typed",
            await tab.Page.GetByLabel("Document number", new() { Exact = true }).InputValueAsync()
        );
        Assert.Equal("idNumber", await tab.Page.EvaluateAsync<string>("() => document.activeElement.id"));
        await tab.PictureAsync("offer");
        await tab.FitsAsync("offer");
        await tab.PressAsync("Use these details");
        await tab.ShowsAsync("photo");
    }

    [Fact]
    public async Task The_form_can_be_begun_while_the_partner_is_asked_and_stays_when_it_does_not_answer()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, Asked, OnOpen);
        var link = await partner.CreateLinkAsync();
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url);
        await tab.ShowsAsync("waiting");
        await tab.SaysAsync("You can begin to type meanwhile.");
        await tab.TypeAsync("First name", "Carlos");
        var begun = await tab.Page.Locator("#name-firstName").ElementHandleAsync();
        await app.AdvanceAsync(TimeSpan.FromSeconds(11));
        await tab.ShowsAsync("ask");
        await tab.SaysAsync("A partner has not answered");
        // The very same control, in which the person goes on.
        Assert.True(await begun.EvaluateAsync<bool>("one => one === document.activeElement && one.value === 'Carlos'"));
        await tab.TypeAsync("Last name", "Gómez");
        await tab.ChooseDocumentAsync();
        await tab.TypeAsync("Document number", Samples.Curp);
        await tab.TypeAsync("Date of birth", "1990-05-14");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("photo");
    }

    [Fact]
    public async Task What_is_missing_is_asked_for_at_once_where_nobody_else_could_answer()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(userData: Samples.LeastUserData());
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url);
        await tab.ShowsAsync("known");
        await tab.PictureAsync("known-asks");
        await tab.IsAccessibleAsync();
        Assert.Equal(
            ["name-secondName", "name-secondLastName", "idType", "idNumber", "dob"],
            await tab
                .Page.Locator("#view input, #view select")
                .EvaluateAllAsync<string[]>("all => all.map(one => one.id)")
        );
        await tab.PressAsync("Continue");
        await tab.SaysAsync("Choose your document.");
        Assert.Equal("opened", await link.StatusAsync());
        await tab.ChooseDocumentAsync();
        await tab.TypeAsync("Document number", Samples.Curp);
        await tab.TypeAsync("Date of birth", "1990-05-14");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("photo");
        Assert.Equal("in_progress", await link.StatusAsync());
    }

    [Fact]
    public async Task An_answer_that_was_there_before_the_person_spares_every_question()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, Asked);
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Contains("user.data_request", inbox.Events);
        await AnswerAsync(partner, link);
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url, width: 320);
        await tab.ShowsAsync("known");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("photo");
    }

    [Fact]
    public async Task Who_comes_before_the_answer_is_asked_at_once_where_the_partner_was_asked_at_the_creation()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, Asked);
        var link = await partner.CreateLinkAsync();
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url, width: 320);
        await tab.ShowsAsync("ask");
        await AnswerAsync(partner, link);
        await tab.ShowsAsync("photo");
    }

    [Fact]
    public async Task A_reload_resumes_where_the_person_was()
    {
        await using var tab = await WidgetTab.OpenAsync(
            browser,
            (await (await app.NewPartnerAsync()).CreateLinkAsync(userData: Samples.FullUserData())).Url
        );
        await tab.ShowsAsync("known");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("photo");
        await tab.Page.ReloadAsync();
        await tab.ShowsAsync("photo");
    }

    [Fact]
    public async Task A_verified_person_goes_straight_to_the_amount_with_the_partner_s_method()
    {
        var partner = await app.NewPartnerAsync();
        var first = await partner.CreateLinkAsync("again", userData: Samples.FullUserData());
        (await partner.PostAsync($"/partner/links/{first.Id}/cip/tickets", new { })).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        (await first.RevokeAsync()).Is(200);
        await using var tab = await WidgetTab.OpenAsync(
            browser,
            (await partner.CreateLinkAsync("again")).Url,
            width: 320
        );
        await tab.ShowsAsync("amount");
        await tab.SaysAsync("••••9719");
        await tab.SaysAsync("Given by A partner");
        await tab.PictureAsync("amount-320");
        await tab.FitsAsync("amount");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("review");
        await tab.Page.ReloadAsync();
        await tab.ShowsAsync("review");

        // Ten minutes later the rate has expired: the new one is shown before anything is sent.
        await app.AdvanceAsync(TimeSpan.FromMinutes(11));
        await tab.PressAsync("Confirm and pay 103.99 USD");
        await tab.SaysAsync("The rate had expired.");
        await tab.PressAsync("Confirm and pay 103.99 USD");
        await tab.ShowsAsync("receipt");
        await tab.Page.ReloadAsync();
        await tab.ShowsAsync("receipt");
    }

    [Fact]
    public async Task A_failed_verification_says_what_to_do_and_can_be_tried_again()
    {
        var data = Samples.FullUserData();
        await using var tab = await WidgetTab.OpenAsync(
            browser,
            (await (await app.NewPartnerAsync()).CreateLinkAsync()).Url,
            "es-MX",
            width: 320
        );
        await tab.ShowsAsync("ask");
        await tab.TypeAsync("Primer nombre", "Carlos");
        await tab.TypeAsync("Primer apellido", "Gómez");
        await tab.ChooseDocumentAsync();
        await tab.TypeAsync("Número de documento", "GOMC900514HDFRRL01");
        await tab.TypeAsync("Fecha de nacimiento", (string)data["dob"]!);
        await tab.PressAsync("Continuar");
        await tab.ShowsAsync("photo");
        await tab.PickPhotoAsync();
        await tab.PressAsync("Usar esta foto");
        await tab.PressAsync("Verificarme");
        await tab.ShowsAsync("rejected");
        await tab.PictureAsync("rejected");
        await tab.FitsAsync("rejected");
        await tab.TypeAsync("Número de documento", Samples.Curp);
        await tab.PressAsync("Intentar de nuevo");
        await tab.ShowsAsync("amount");
    }

    [Theory]
    [InlineData("LINK_REVOKED", "This link was withdrawn")]
    [InlineData("LINK_EXPIRED", "This link has expired")]
    public async Task A_link_that_is_closed_while_it_is_open_here_says_so(string code, string title)
    {
        // An app of its own: an hour passes.
        await using var own = await TestApp.StartAsync();
        var link = await (await own.NewPartnerAsync()).CreateLinkAsync(
            userData: Samples.FullUserData(),
            expiresInMinutes: 60
        );
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url);
        await tab.ShowsAsync("known");
        if (code == "LINK_REVOKED")
            (await link.RevokeAsync()).Is(200);
        else
            await own.AdvanceAsync(TimeSpan.FromHours(1));
        await tab.ShowsAsync(code);
        Assert.Equal(title, await tab.TitleAsync());
        await tab.SaysAsync("A partner for a new one.");
        await tab.Page.ReloadAsync();
        Assert.Equal(title, await tab.TitleAsync());
        await tab.SaysAsync("A partner");
        await tab.PictureAsync(code);
        await tab.IsAccessibleAsync();
    }

    private static readonly string[] Asked = ["user.data_request"];

    /// <summary>The partner is asked when the person comes, who then waits.</summary>
    private static object OnOpen => new { dataRequests = "on_open" };

    private static async Task AnswerAsync(TestPartner partner, TestLink link) =>
        (
            await partner.PutAsync(
                $"/partner/data-requests/dr_{link.Id["link_".Length..]}",
                JsonSerializer.SerializeToNode(new { referenceId = link.Reference, userData = Samples.FullUserData() })!
            )
        ).Is(200);
}
