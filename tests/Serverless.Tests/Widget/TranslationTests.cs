using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>A browser that translates the page translates sentences: what is exact stays as it is.</summary>
public sealed class TranslationTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    private const string Translated = """
        (values) => {
          const found = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode())
            if (node.parentElement.translate && values.some((value) => node.data.includes(value))) found.push(node.data);
          return found;
        }
        """;

    [Fact]
    public async Task Names_amounts_numbers_and_times_are_left_alone_and_sentences_are_not()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync(userData: Samples.FullUserData());
        await using (var known = await WidgetTab.OpenAsync(browser, link.Url))
        {
            await known.ShowsAsync("known");
            await LeavesAsync(known, "Carlos", "Gómez", "Ruiz", "••••RL09", "CURP", "1990", "A partner");
            await known.PressAsync("Continue");
            await known.ShowsAsync("photo");
        }

        var payer = await Payer.NewAsync(app, partner);
        await using var tab = await WidgetTab.OpenAsync(browser, payer.Link.Url);
        await tab.SaysAsync("1,705.00 MXN");
        await LeavesAsync(tab, "USD", "MXN", "17.05", "••••9719", "A partner", "AM", "PM");
        await tab.TypeAsync("You send", "0.5");
        await tab.PressAsync("Continue");
        await tab.SaysAsync("Enter an amount from 1.00 USD to 10,000.00 USD.");
        await LeavesAsync(tab, "USD");
        await tab.TypeAsync("You send", "100");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("review");
        await LeavesAsync(tab, "USD", "MXN", "17.05", "Carlos", "Gómez", "••••9719");
        await tab.PressAsync("Confirm and pay 103.99 USD");
        await tab.ShowsAsync("receipt");
        await LeavesAsync(tab, "USD", "MXN", "op_", "20");
    }

    /// <summary>What a browser's translator does: each text that may be translated is moved into elements of its own, at once and whenever another comes.</summary>
    private const string Translator = """
        addEventListener("DOMContentLoaded", () => {
          document.documentElement.lang = "de";
          const translate = () => {
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            const found = [];
            for (let node = walker.nextNode(); node; node = walker.nextNode())
              if (node.data.trim() && node.parentElement.translate && !node.parentElement.closest("font, option, noscript")) found.push(node);
            for (const node of found) {
              const [outer, inner] = [document.createElement("font"), document.createElement("font")];
              inner.textContent = `${node.data}`.toUpperCase();
              outer.append(inner);
              node.replaceWith(outer);
            }
          };
          translate();
          new MutationObserver(translate).observe(document.body, { childList: true, subtree: true, characterData: true });
        });
        """;

    [Fact]
    public async Task A_browser_that_translates_the_page_breaks_nothing_on_the_whole_way()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        await using var tab = await WidgetTab.OpenAsync(
            browser,
            link.Url,
            before: page => page.AddInitScriptAsync(Translator)
        );
        await tab.ShowsAsync("ask");
        Assert.Equal("YOUR DETAILS", await tab.TitleAsync());
        await PressAsync("#view form > button.primary");
        await tab.SaysAsync("PLEASE FILL THIS IN.");
        await tab.Page.Locator("#name-firstName").FillAsync("Carlos");
        await tab.Page.Locator("#name-lastName").FillAsync("Gómez");
        await tab.ChooseDocumentAsync();
        await tab.Page.Locator("#idNumber").FillAsync(Samples.Curp);
        await tab.Page.Locator("#dob").FillAsync("1990-05-14");
        await PressAsync("#view form > button.primary");
        await tab.ShowsAsync("photo");
        await tab.PickPhotoAsync();
        await PressAsync("#view form > button.primary");
        await tab.ShowsAsync("verify");
        await PressAsync("#view > button.primary");
        await tab.ShowsAsync("amount");
        await tab.SaysAsync("1,705.00 MXN");
        await tab.Page.Locator("#clabe").FillAsync(Samples.Clabe);
        await PressAsync("#view form > button.primary");
        await tab.ShowsAsync("review");
        await PressAsync("#view > button.primary");
        await tab.ShowsAsync("receipt");
        await PressAsync("#cancel");
        await PressAsync("button.danger");
        await tab.SaysAsync("TRANSFER CANCELLED");

        Task PressAsync(string selector) => tab.Page.Locator(selector).ClickAsync();
    }

    private static async Task LeavesAsync(WidgetTab tab, params string[] values)
    {
        Assert.Empty(await tab.Page.EvaluateAsync<string[]>(Translated, values));
        Assert.True(await tab.Page.Locator("h1").EvaluateAsync<bool>("title => title.translate"));
        var buttons = await tab.Page.Locator("button").EvaluateAllAsync<bool[]>("all => all.map(one => one.translate)");
        Assert.DoesNotContain(false, buttons);
    }
}
