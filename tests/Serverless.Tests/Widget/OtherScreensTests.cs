using Microsoft.Playwright;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>
/// The screens beside a new person's way (<see cref="ScreensTests"/>): what is known already, a partner's answer, a
/// doubt, a verification that fails or waits, and links that are of no use. Each width, language and scheme is there
/// twice; the keyboard is enough for all of them, and axe finds nothing.
/// </summary>
public sealed class OtherScreensTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData("en-US", 1280, ColorScheme.Light)]
    [InlineData("es-MX", 375, ColorScheme.Dark)]
    public async Task Every_other_screen_can_be_used_by_keyboard_alone(string locale, int width, ColorScheme scheme)
    {
        var settings = new
        {
            dataRequests = "on_open",
            returnUrl = "https://partner.example.com/back",
            termsUrl = "https://partner.example.com/terms",
            privacyUrl = "https://partner.example.com/privacy",
        };
        var asked = await app.NewPartnerAsync(await app.NewInboxAsync(), ["user.data_request"], settings);
        var link = await asked.CreateLinkAsync(userData: Samples.LeastUserData());
        await using (var tab = await VisitAsync(link.Url))
        {
            await tab.KeyAsync("#continue", "Enter");
            await LookAsync(tab, "known");
            await tab.KeyAsync("#no", "Enter");
            await LookAsync(tab, "stranger");
            await tab.KeyAsync("#view > button:last-of-type", "Enter");
            await tab.ShowsAsync("known");
            await tab.KeyAsync("button.primary", "Enter");
            await LookAsync(tab, "waiting");
            await tab.KeyTextAsync("#idNumber", "half typed");
            (
                await asked.PutAsync(
                    $"/partner/data-requests/dr_{link.Id["link_".Length..]}",
                    new { referenceId = link.Reference, userData = Samples.FullUserData() }
                )
            ).Is(200);
            await tab.Page.Locator("#offer").WaitForAsync();
            await LookAsync(tab, "waiting", "offer");
            await tab.KeyAsync("#take", "Enter");
            await tab.ShowsAsync("photo");
        }

        var partner = await app.NewPartnerAsync(settings: settings);
        foreach (
            var (screen, number, birth) in new[]
            {
                ("doubt", Samples.Curp, "1991-05-14"),
                ("rejected", "GOMC900514HDFRRL01", "1990-05-14"),
                ("inReview", "GOMC900514HDFRRL02", "1990-05-14"),
            }
        )
        {
            var typed = await partner.CreateLinkAsync();
            var visitor = await Visitor.OpenAsync(app, typed);
            (await visitor.StepAsync()).Is(200);
            (await visitor.PutAsync(Samples.FullUserData().With("idNumber", number).With("dob", birth))).Is(200);
            if (screen != "doubt")
            {
                (await visitor.PostAsync("cip", new { })).Is(201);
                await app.AdvanceAsync(TimeSpan.FromSeconds(10));
            }
            await using var tab = await VisitAsync(typed.Url);
            await tab.KeyAsync("#continue", "Enter");
            await LookAsync(tab, screen);
        }

        var revoked = await partner.CreateLinkAsync(userData: Samples.FullUserData());
        await using (var tab = await VisitAsync(revoked.Url))
        {
            await tab.KeyAsync("#continue", "Enter");
            await tab.ShowsAsync("known");
            (await revoked.RevokeAsync()).Is(200);
            await LookAsync(tab, "LINK_REVOKED");
            await tab.ReachAsync("#leave");
        }
        var address = revoked.Url.AbsolutePath;
        foreach (
            var (name, path) in new[]
            {
                ("revoked", address),
                ("unknown", $"{address.Split("_01", 2)[0]}_01kg0000000000000000000000/m2m-basic"),
                ("cut-short", address[..^20]),
                ("root", "/"),
            }
        )
        {
            await using var tab = await VisitAsync(new Uri(app.Address, path));
            await LookAsync(tab, null, name);
            await tab.ReachAsync(".bar a");
        }

        Task<WidgetTab> VisitAsync(Uri url) => WidgetTab.VisitAsync(browser, url, locale, width, scheme);

        async Task LookAsync(WidgetTab tab, string? screen, string? name = null)
        {
            if (screen is not null)
                await tab.ShowsAsync(screen);
            await tab.PictureAsync($"other-{locale[..2]}-{width}-{scheme}-{name ?? screen}".ToLowerInvariant());
            await tab.IsAccessibleAsync();
        }
    }
}
