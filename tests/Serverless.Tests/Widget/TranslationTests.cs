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
        await tab.PressAsync("Confirm and send 100.00 USD");
        await tab.ShowsAsync("receipt");
        await LeavesAsync(tab, "USD", "MXN", "op_", "20");
    }

    private static async Task LeavesAsync(WidgetTab tab, params string[] values)
    {
        Assert.Empty(await tab.Page.EvaluateAsync<string[]>(Translated, values));
        Assert.True(await tab.Page.Locator("h1").EvaluateAsync<bool>("title => title.translate"));
        var buttons = await tab.Page.Locator("button").EvaluateAllAsync<bool[]>("all => all.map(one => one.translate)");
        Assert.DoesNotContain(false, buttons);
    }
}
