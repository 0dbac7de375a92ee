using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using Microsoft.Playwright;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>What the widget makes of an amount that somebody types.</summary>
public sealed class AmountTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    private const int AmountsOfEach = 40;

    private static readonly (string Typed, string Reading)[] Readings =
    [
        ("12,50", "12.5"),
        ("50,25", "50.25"),
        ("1,5", "1.5"),
        ("0,99", "0.99"),
        (",50", "0.5"),
        ("12.50", "12.5"),
        ("12'50", "12.5"),
        ("1,234.50", "1234.5"),
        ("1.234,50", "1234.5"),
        ("1 234,50", "1234.5"),
        ("1\u202F234,50", "1234.5"),
        ("1’234.50", "1234.5"),
        ("1'234", "1234"),
        ("1 234", "1234"),
        ("1.234.567", "1234567"),
        ("12,34,567.8", "1234567.8"),
        ("١٬٢٣٤٫٥٠", "1234.5"),
        ("۱۲٫۵", "12.5"),
        ("१२३.५०", "123.5"),
        ("\u202A100\u202C", "100"),
        (" $1,000.00 USD ", "1000"),
        ("US$ 20", "20"),
        ("1,234", "doubt 1234 1.23"),
        ("1.234", "doubt 1234 1.23"),
        ("10.000", "doubt 10000 10"),
        ("", "empty"),
        ("0,999", "unreadable"),
        ("12 50", "unreadable"),
        ("1,2345", "unreadable"),
        ("1234,567", "unreadable"),
        ("1,23,45", "unreadable"),
        ("1.234,567", "unreadable"),
        ("12.", "unreadable"),
        ("1e3", "unreadable"),
        ("-5", "unreadable"),
        ("10²", "unreadable"),
        ("€ 10", "unreadable"),
        ("\U000116DA", "unreadable"),
        ("                                             5", "unreadable"),
    ];

    /// <summary>
    /// Runs the page's own module on what <c>Intl.NumberFormat</c> writes for each amount in each locale: as a number,
    /// with two decimals and with the currency in each of its forms. Prints what was misread, and what share was read.
    /// </summary>
    private const string Harness = """
        let text = "";
        for await (const part of process.stdin) text += part;
        const { module, locales, cents } = JSON.parse(text);
        const { readAmount } = await import("data:text/javascript," + encodeURIComponent(module));
        const two = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
        const styles = [{}, two, { ...two, useGrouping: false },
          ...["symbol", "code", "narrowSymbol"].map((currencyDisplay) => ({ style: "currency", currency: "USD", currencyDisplay }))];
        const misread = [];
        let read = 0, exact = 0, plain = 0;
        for (const locale of locales) for (const [at, style] of styles.entries()) {
          const format = new Intl.NumberFormat(locale, style);
          for (const sum of cents) {
            const written = format.format(sum / 100);
            const { amount } = readAmount(written, "USD");
            if (amount !== undefined && amount !== sum / 100) misread.push([locale, written, amount]);
            if (amount !== undefined) read++;
            if (at === 1) { exact++; if (amount !== undefined) plain++; }
          }
        }
        console.log(JSON.stringify({ misread: misread.slice(0, 20), read, exact, plain }));
        """;

    [Fact]
    public async Task What_any_locale_writes_for_an_amount_is_read_as_that_amount_or_refused()
    {
        // Every locale that the framework's ICU knows: all of English and Spanish, and some hundred other languages.
        var locales = CultureInfo
            .GetCultures(CultureTypes.AllCultures)
            .Select(culture => culture.Name)
            .Where(name => name.Length > 0)
            .Append("ar-EG-u-nu-arab")
            .Append("fa-IR")
            .Append("de-CH")
            .Append("hi-IN")
            .ToList();
        var cents = Gen.OneOf(
                Gen.Choose(1, 99_999),
                Gen.Choose(100_000, 99_999_999),
                Gen.Choose(1, 9_999).Select(whole => whole * 100)
            )
            .Sample(AmountsOfEach, 50)
            .ToList();
        var module = (await app.GetAsync("/widget/assets/amount.js")).Is(200).Text;
        var input = Encoding.UTF8.GetBytes(
            JsonSerializer.Serialize(
                new
                {
                    module,
                    locales,
                    cents,
                }
            )
        );
        var (exitCode, output) = await SamplePrograms.RunAsync("node", ["--input-type=module", "-e", Harness], input);
        Assert.True(exitCode == 0, output);
        using var result = JsonDocument.Parse(output);
        Assert.Equal("[]", result.RootElement.GetProperty("misread").GetRawText());
        // With its cents an amount is not in doubt, whoever writes it; all but a language or two that group otherwise.
        var exact = result.RootElement.GetProperty("exact").GetInt32();
        Assert.InRange(result.RootElement.GetProperty("plain").GetInt32(), exact * 99 / 100, exact);
        TestContext.Current.TestOutputHelper?.WriteLine($"{locales.Count} locales: {output}");
    }

    [Fact]
    public async Task A_separator_groups_thousands_only_before_three_digits_and_two_readings_are_a_question()
    {
        var module = (await app.GetAsync("/widget/assets/amount.js")).Is(200).Text;
        const string Script = """
            let text = "";
            for await (const part of process.stdin) text += part;
            const { module, typed } = JSON.parse(text);
            const { readAmount } = await import("data:text/javascript," + encodeURIComponent(module));
            const say = ({ amount, problem, large, small }) =>
              String(amount ?? [problem, large, small].filter((part) => part !== undefined).join(" "));
            console.log(JSON.stringify(typed.map((one) => say(readAmount(one, "USD")))));
            """;
        var input = Encoding.UTF8.GetBytes(
            JsonSerializer.Serialize(new { module, typed = Readings.Select(one => one.Typed) })
        );
        var (exitCode, output) = await SamplePrograms.RunAsync("node", ["--input-type=module", "-e", Script], input);
        Assert.True(exitCode == 0, output);
        Assert.Equal(Readings, Readings.Select(one => one.Typed).Zip(JsonSerializer.Deserialize<string[]>(output)!));
    }

    [Theory]
    [InlineData("es-CO", "12,50", "Envías", "Continuar", "Confirmar y pagar 16,49 USD")]
    [InlineData("es-ES", "1.234,5", "Envías", "Continuar", "Confirmar y pagar 1238,49 USD")]
    [InlineData("es-MX", "1,234.5", "Envías", "Continuar", "Confirmar y pagar 1,238.49 USD")]
    [InlineData("en-US", "50,25", "You send", "Continue", "Confirm and pay 54.24 USD")]
    [InlineData("en-ZA", "1 234,50", "You send", "Continue", "Confirm and pay 1\u00A0238,49 USD")]
    public async Task The_button_repeats_the_amount_as_the_reader_writes_it_before_it_is_sent(
        string locale,
        string typed,
        string label,
        string next,
        string button
    )
    {
        await using var tab = await PayAsync(locale);
        await tab.TypeAsync(label, typed);
        await tab.PressAsync(next);
        await tab.ShowsAsync("review");
        await tab.PictureAsync($"amount-{locale}");
        await Assertions.Expect(tab.Page.Locator("button.primary")).ToHaveTextAsync(button.Replace('\u00A0', ' '));
    }

    [Fact]
    public async Task An_amount_in_doubt_is_asked_about_and_nothing_is_quoted()
    {
        await using var tab = await PayAsync("es-CO");
        var quotes = 0;
        tab.Page.Request += (_, request) => quotes += request.Url.EndsWith("/quote", StringComparison.Ordinal) ? 1 : 0;
        await tab.TypeAsync("Envías", "1.234");
        await tab.PressAsync("Continuar");
        await tab.SaysAsync("¿Son 1.234,00 USD o 1,23 USD? Escribe 1234 o 1,23.");
        await tab.PictureAsync("amount-in-doubt");
        await tab.TypeAsync("Envías", "mil");
        await tab.PressAsync("Continuar");
        await tab.SaysAsync("No entendemos este monto. Escríbelo como en 1.234,50, de 1,00 USD a 10.000,00 USD.");
        await tab.ShowsAsync("amount");
        Assert.Equal(0, quotes);
    }

    /// <summary>A verified person's page, where an amount is asked for.</summary>
    private async Task<WidgetTab> PayAsync(string locale)
    {
        var payer = await Operations.Payer.NewAsync(app, await app.NewPartnerAsync());
        var tab = await WidgetTab.OpenAsync(browser, payer.Link.Url, locale);
        await tab.ShowsAsync("amount");
        // The quote for the sum that the page proposes.
        await tab.SaysAsync("MXN");
        return tab;
    }
}
