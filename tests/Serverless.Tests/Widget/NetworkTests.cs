using Microsoft.Playwright;
using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>
/// The page and its requests when the network fails: no step is a dead end, no press is lost without a word, and
/// nothing is sent twice.
/// </summary>
public sealed class NetworkTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    private const string Confirm = "Confirm and pay 253.99 USD";
    private static readonly string[] Everything =
    [
        "POST open",
        "GET state",
        "POST step",
        "PUT data",
        "POST cip",
        "POST quote",
        "POST confirm",
        "POST cancel",
    ];

    [Fact]
    public Task Each_request_of_each_step_may_fail_once_in_any_way() =>
        TravelAsync(Enum.GetValues<NetworkFault>(), times: 1);

    [Fact]
    public Task Where_repetitions_fail_too_each_step_says_so_and_goes_on_when_it_is_asked_to() =>
        TravelAsync([NetworkFault.Reset, NetworkFault.LostAnswer, NetworkFault.BadGateway], times: 4);

    [Theory]
    [InlineData(NetworkFault.Late)]
    [InlineData(NetworkFault.Hang)]
    public async Task After_a_confirmation_without_an_answer_what_stands_is_looked_up_and_shown(NetworkFault fault)
    {
        var partner = await app.NewPartnerAsync();
        var payer = await Payer.NewAsync(app, partner);
        var confirmations = 0;
        BadNetwork? network = null;
        await using var tab = await WidgetTab.VisitAsync(
            browser,
            payer.Link.Url,
            before: async page =>
                network = await BadNetwork.BeforeAsync(
                    page,
                    kind => kind == "POST confirm" && confirmations++ == 0 ? fault : null
                )
        );
        await using var end = network!;
        await tab.PressAsync("Continue");
        await tab.SaysAsync("1,705.00 MXN");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("review");
        await tab.PressAsync("Confirm and pay 103.99 USD");
        if (fault == NetworkFault.Late)
        {
            await tab.ShowsAsync("receipt");
            Assert.Equal(1, confirmations);
        }
        else
        {
            await tab.SaysAsync(
                "We got no answer, and no transfer shows here so far. You can try again: it is never sent twice."
            );
            await tab.PictureAsync("unsure-confirm");
            await tab.IsAccessibleAsync();
            Assert.Empty(await partner.TransfersAsync(payer.Link.Reference));
            await tab.PressAsync("Confirm and pay 103.99 USD");
            await tab.ShowsAsync("receipt");
        }
        Assert.Single(await partner.TransfersAsync(payer.Link.Reference));
    }

    [Fact]
    public async Task Without_a_connection_what_was_entered_is_kept_and_sent_as_soon_as_there_is_one()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(userData: Samples.LeastUserData());
        var isOffline = false;
        BadNetwork? network = null;
        await using var tab = await WidgetTab.OpenAsync(
            browser,
            link.Url,
            before: async page =>
                network = await BadNetwork.BeforeAsync(page, _ => isOffline ? NetworkFault.Reset : null)
        );
        await using var end = network!;
        await TypeWhatIsMissingAsync(tab);
        isOffline = true;
        await tab.PressAsync("Continue");
        await tab.SaysAsync("What you entered is kept here and has not been sent yet.");
        await tab.PictureAsync("unsent");
        await tab.IsAccessibleAsync();
        Assert.Equal(
            Samples.Curp,
            await tab.Page.GetByLabel("Document number", new() { Exact = true }).InputValueAsync()
        );
        Assert.Equal("opened", await link.StatusAsync());

        // Nobody presses anything.
        isOffline = false;
        await tab.ShowsAsync("photo");
        Assert.Equal("in_progress", await link.StatusAsync());
    }

    private static async Task TypeWhatIsMissingAsync(WidgetTab tab)
    {
        await tab.ShowsAsync("known");
        await tab.ChooseDocumentAsync();
        await tab.TypeAsync("Document number", Samples.Curp);
        await tab.TypeAsync("Date of birth", "1990-05-14");
    }

    [Fact]
    public async Task What_is_changed_after_it_could_not_be_sent_waits_for_a_press()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync(userData: Samples.LeastUserData());
        var isOffline = false;
        BadNetwork? network = null;
        await using var tab = await WidgetTab.OpenAsync(
            browser,
            link.Url,
            before: async page =>
                network = await BadNetwork.BeforeAsync(page, _ => isOffline ? NetworkFault.Reset : null)
        );
        await using var end = network!;
        await TypeWhatIsMissingAsync(tab);
        isOffline = true;
        await tab.PressAsync("Continue");
        await tab.SaysAsync("has not been sent yet");
        await tab.TypeAsync("Mother’s last name", "Ru");
        await tab.SaysAsync("Check your connection, then try again.");
        var looks = 0;
        tab.Page.Response += (_, response) =>
            looks += response.Url.EndsWith("/state", StringComparison.Ordinal) && response.Ok ? 1 : 0;
        isOffline = false;
        while (Volatile.Read(ref looks) < 2)
            await tab.Page.WaitForResponseAsync(response => response.Url.EndsWith("/state", StringComparison.Ordinal));
        await tab.ShowsAsync("known");
        await tab.TypeAsync("Mother’s last name", "Ruiz");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("photo");
    }

    [Theory]
    [InlineData("widget.js")]
    [InlineData("dom.js")]
    [InlineData("texts.js")]
    [InlineData("api.js")]
    [InlineData("frame.js")]
    [InlineData("person.js")]
    [InlineData("transfer.js")]
    [InlineData("amount.js")]
    [InlineData("picture.js")]
    [InlineData("widget.css")]
    public async Task Continue_works_where_a_part_of_the_page_did_not_come_through(string part)
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        var failed = 0;
        await using var tab = await WidgetTab.OpenAsync(
            browser,
            link.Url,
            before: page =>
                page.RouteAsync(
                    $"**/widget/assets/{part}*",
                    route => failed++ == 0 ? route.AbortAsync("connectionreset") : route.ContinueAsync()
                )
        );
        await tab.ShowsAsync("ask");
        Assert.InRange(failed, 1, 2);
        Assert.DoesNotContain("#", tab.Page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tab_that_may_keep_nothing_or_is_full_goes_on_all_the_same()
    {
        var link = (await Payer.NewAsync(app, await app.NewPartnerAsync())).Link;
        await using var tab = await WidgetTab.OpenAsync(
            browser,
            link.Url,
            before: page =>
                page.AddInitScriptAsync(
                    "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
                )
        );
        await tab.SaysAsync("1,705.00 MXN");
        await tab.PressAsync("Continue");
        await tab.PressAsync("Confirm and pay 103.99 USD");
        await tab.ShowsAsync("receipt");
    }

    /// <summary>Side by side, but no more of them than a small machine's browser can take.</summary>
    private Task TravelAsync(IEnumerable<NetworkFault> faults, int times) =>
        Parallel.ForEachAsync(
            faults,
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (fault, _) => await TravelAsync(fault, times)
        );

    /// <summary>A new person's whole way. Whatever is pressed leads on, or to a word and something to press.</summary>
    private async Task TravelAsync(NetworkFault fault, int times)
    {
        try
        {
            var partner = await app.NewPartnerAsync();
            var link = await partner.CreateLinkAsync();
            BadNetwork? network = null;
            await using var tab = await WidgetTab.VisitAsync(
                browser,
                link.Url,
                before: async page => network = await BadNetwork.BeforeAsync(page, BadNetwork.SpoilFirst(fault, times))
            );
            await using var end = network!;
            await GoAsync(tab, "Continue", "[data-screen=ask]");
            await tab.TypeAsync("First name", "Carlos");
            await tab.TypeAsync("Last name", "Gómez");
            await tab.ChooseDocumentAsync();
            await tab.TypeAsync("Document number", Samples.Curp);
            await tab.TypeAsync("Date of birth", "1990-05-14");
            await GoAsync(tab, "Continue", "[data-screen=photo]");
            await tab.PickPhotoAsync();
            await GoAsync(tab, "Use this photo", "[data-screen=verify]");
            await GoAsync(tab, "Verify me", "[data-screen=verifying], #view[data-screen=amount]");
            await GoAsync(tab, null, "[data-screen=amount] .get strong");
            await tab.TypeAsync("You send", "250");
            await GoAsync(tab, null, ":has-text('4,262.50')");
            await tab.TypeAsync("CLABE", Samples.Clabe);
            await GoAsync(tab, "Continue", "[data-screen=review]");
            await GoAsync(tab, Confirm, "[data-screen=receipt]");
            await tab.PressAsync("Cancel transfer");
            await GoAsync(tab, "Yes, cancel it", ":has-text('Transfer cancelled')", "Cancel transfer");

            var transfer = Assert.Single(await partner.TransfersAsync(link.Reference))!;
            Assert.Equal(("cancelled", 250m), ((string)transfer["status"]!, (decimal)transfer["amount"]!["send"]!));
            Assert.Equal(Everything.Order(), network!.Spoiled.Distinct().Order());
        }
        catch (Exception ex)
        {
            throw new InvalidOperationException($"{fault} ×{times}: {ex.Message}", ex);
        }
    }

    /// <summary>
    /// Presses, and presses again what the page offers, until what is next is there. It must say why it is not, each
    /// time.
    /// </summary>
    private static async Task GoAsync(WidgetTab tab, string? press, string next, string? first = null)
    {
        var there = tab.Page.Locator("#view" + next);
        var word = tab.Page.Locator("#view:not([aria-busy]) [role=alert]");
        if (press is not null)
            await tab.PressAsync(press);
        for (var attempt = 0; attempt < 8; attempt++)
        {
            await LeadsOnAsync(tab, there.Or(word).First);
            if (await there.CountAsync() > 0)
                return;
            try
            {
                var text = await word.First.InnerTextAsync(new() { Timeout = 3_000 });
                Assert.True(text.Length > 20, "It says what is wrong.");
                foreach (
                    var name in await tab.Page.GetByText("Try again", new() { Exact = true }).CountAsync() > 0
                        ? ["Try again"]
                        : new[] { first, press }
                )
                    if (name is not null)
                        await tab
                            .Page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true })
                            .ClickAsync(new() { Timeout = 3_000 });
            }
            catch (TimeoutException)
            {
                // A look at the state has led on meanwhile.
            }
        }
        Assert.Fail($"Nothing leads to {next} after '{press}'.");
    }

    private static async Task LeadsOnAsync(WidgetTab tab, ILocator somewhere)
    {
        try
        {
            await somewhere.WaitForAsync(new() { Timeout = 60_000 });
        }
        catch (TimeoutException)
        {
            Assert.Fail(
                $"A dead end: {await tab.Page.Locator("body").EvaluateAsync<string>("body => body.innerHTML")}"
            );
        }
    }
}
