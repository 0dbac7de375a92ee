using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>
/// The journeys of a new person, a returning one and one who gives nothing twice, as a person makes them in a browser.
/// </summary>
public sealed class JourneyTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData("en-US")]
    [InlineData("es-MX")]
    public async Task A_first_transaction_then_a_second_without_friction_and_a_third_with_another_payment_method(
        string locale
    )
    {
        var words = locale == "en-US" ? Words.English : Words.Spanish;
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, [.. Functions.Events.PartnerEvents.OnByDefault]);
        var reference = TestPartner.NewReference();

        // First: some data, the partner answers a part, the widget asks only for the rest.
        var first = await partner.CreateLinkAsync(reference, userData: Samples.LeastUserData());
        await using (var tab = await WidgetTab.OpenAsync(browser, first.Url, locale))
        {
            await tab.ShowsAsync("known");
            await app.IdleAsync();
            Assert.Equal(["link.created", "link.opened", "user.data_request"], inbox.Events.Order());
            (
                await partner.PutAsync(
                    $"/partner/data-requests/dr_{first.Id["link_".Length..]}",
                    new
                    {
                        referenceId = reference,
                        userData = new
                        {
                            idNumber = Samples.Curp,
                            idType = "CURP",
                            name = new { secondName = "", secondLastName = "Ruiz" },
                        },
                    }
                )
            ).Is(200);
            // Of what the partner has answered meanwhile the person is not asked any more.
            await Microsoft
                .Playwright.Assertions.Expect(tab.Page.GetByLabel(words.IdNumber, new() { Exact = true }))
                .ToHaveCountAsync(0, new() { Timeout = 15_000 });
            await tab.TypeAsync(words.BirthDate, "1990-05-14");
            await tab.PressAsync(words.Continue);
            await tab.ShowsAsync("photo");
            await tab.PickPhotoAsync();
            await tab.PressAsync(words.UsePhoto);
            await tab.PressAsync(words.VerifyMe);
            await SendAsync(tab, words);
        }
        await app.IdleAsync();
        Assert.Equal("completed", await first.StatusAsync());
        Assert.Equal(
            "cip_verified",
            (string)(await partner.GetAsync($"/partner/users/{reference}")).Is(200).Data["status"]!
        );
        Assert.Contains("operation.created", inbox.Events);

        // Second: straight to the transfer, and nobody is asked for anything.
        var second = await partner.CreateLinkAsync(reference);
        await using (var tab = await WidgetTab.OpenAsync(browser, second.Url, locale))
            await SendAsync(tab, words);
        await app.IdleAsync();
        Assert.Equal("completed", await second.StatusAsync());
        Assert.Single(inbox.Events, "user.data_request");

        // Third: another payment method is used, the old one stays in the history.
        var third = await partner.CreateLinkAsync(reference, userData: Samples.FullUserData());
        await using (var tab = await WidgetTab.OpenAsync(browser, third.Url, locale))
        {
            await tab.ShowsAsync("amount");
            await tab.SaysAsync("••••9719");
            await SendAsync(tab, words);
        }
        Assert.Equal("completed", await third.StatusAsync());
        var operations = (await partner.GetAsync($"/partner/operations?referenceId={reference}")).Is(200).Data[
            "items"
        ]!.AsArray();
        Assert.Equal(3, operations.Count);
        Assert.Equal("9719", (string)operations[0]!["payout"]!["last4"]!);
        Assert.Equal("cash", (string)operations[1]!["payout"]!["type"]!);
        Assert.Contains(
            "cip_verified",
            (await partner.GetAsync($"/partner/users/{reference}")).Text,
            StringComparison.Ordinal
        );
    }

    private static async Task SendAsync(WidgetTab tab, Words words)
    {
        await tab.ShowsAsync("amount");
        await tab.TypeAsync(words.YouSend, "250");
        await tab.SaysAsync("4,262.50 MXN");
        await tab.PressAsync(words.Continue);
        await tab.ShowsAsync("review");
        await tab.PressAsync(words.Confirm);
        await tab.ShowsAsync("receipt");
    }

    /// <summary>What is pressed and filled in.</summary>
    private sealed record Words
    {
        public static Words English { get; } =
            new()
            {
                Continue = "Continue",
                IdNumber = "Document number",
                BirthDate = "Date of birth",
                UsePhoto = "Use this photo",
                VerifyMe = "Verify me",
                YouSend = "You send",
                Confirm = "Confirm and pay 253.99 USD",
            };

        public static Words Spanish { get; } =
            new()
            {
                Continue = "Continuar",
                IdNumber = "Número de documento",
                BirthDate = "Fecha de nacimiento",
                UsePhoto = "Usar esta foto",
                VerifyMe = "Verificarme",
                YouSend = "Envías",
                Confirm = "Confirmar y pagar 253.99 USD",
            };

        public required string Continue { get; init; }
        public required string IdNumber { get; init; }
        public required string BirthDate { get; init; }
        public required string UsePhoto { get; init; }
        public required string VerifyMe { get; init; }
        public required string YouSend { get; init; }
        public required string Confirm { get; init; }
    }
}
