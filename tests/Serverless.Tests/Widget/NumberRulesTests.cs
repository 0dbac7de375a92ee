using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;
using Xunit;

namespace Serverless.Tests.Widget;

/// <summary>The page and the server judge what people paste by the same rules.</summary>
public sealed class NumberRulesTests(TestApp app, Browser browser) : IClassFixture<TestApp>
{
    private const string Alphabet = "0123456789ABCGHMRSTXZÑ& .-/_\t\u00A0\u200E\u202A\u2011\uFEFF\u3164é";

    private const string Harness = """
        import { compact, documents, isClabe, isDocument } from "./numbers.js";
        let text = "";
        for await (const part of process.stdin) text += part;
        const verdicts = JSON.parse(text).map((typed) => ({
          compact: compact(typed), clabe: isClabe(typed), documents: documents.filter((type) => isDocument(type, typed)),
        }));
        console.log(JSON.stringify(verdicts));
        """;

    [Fact]
    public async Task What_the_server_takes_the_page_sends_and_a_wrong_check_digit_is_told_before()
    {
        var typed = Numbers();
        var verdicts = await AskPageAsync(typed);
        var (clabes, taken) = (0, 0);
        foreach (var (number, page) in typed.Zip(verdicts))
        {
            Assert.Equal(DocumentNumbers.Compact(number), page.Compact);
            Assert.Equal(AccountNumbers.Read("MX", number, out _) is not null, page.Clabe);
            clabes += page.Clabe ? 1 : 0;
            foreach (var type in UserData.IdTypes.Where(type => DocumentNumbers.Read(type, number, out _) is not null))
            {
                Assert.Contains(type, page.Documents);
                taken++;
            }
        }
        Assert.True(
            clabes > 10 && taken > 100,
            $"{clabes} CLABEs, {taken} numbers of documents: the generator makes too few."
        );
    }

    [Fact]
    public async Task Numbers_are_sent_as_they_were_pasted_and_a_wrong_one_is_told_before()
    {
        var link = await (await app.NewPartnerAsync()).CreateLinkAsync();
        await using var tab = await WidgetTab.OpenAsync(browser, link.Url);
        await tab.ShowsAsync("ask");
        var sent = 0;
        tab.Page.Request += (_, request) => sent += request.Url.EndsWith("/data", StringComparison.Ordinal) ? 1 : 0;
        await tab.TypeAsync("First name", "Carlos");
        await tab.TypeAsync("Last name", "Gómez");
        await tab.TypeAsync("Date of birth", "1990-05-14");
        await tab.ChooseDocumentAsync();
        await tab.TypeAsync("Document number", "GOMC900514");
        await tab.PressAsync("Continue");
        await tab.SaysAsync("Check the number.");
        Assert.Equal(0, sent);
        await tab.TypeAsync("Document number", "gomc-900514 hdfrrl09\u200E");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("photo");
    }

    [Fact]
    public async Task A_CLABE_may_be_pasted_with_its_separators_and_is_told_what_is_wrong_with_it()
    {
        var payer = await Operations.Payer.WithoutMethodAsync(app, await app.NewPartnerAsync());
        await using var tab = await WidgetTab.OpenAsync(browser, payer.Link.Url);
        await tab.ShowsAsync("amount");
        await tab.SaysAsync("MXN");
        await tab.TypeAsync("CLABE", "032-180");
        await tab.PressAsync("Continue");
        await Microsoft
            .Playwright.Assertions.Expect(tab.Page.Locator("#clabe-error"))
            .ToHaveTextAsync("A CLABE has 18 digits. Here are 6.");
        await tab.TypeAsync("CLABE", "03218000011835971O");
        await tab.PressAsync("Continue");
        await tab.SaysAsync("A CLABE has 18 digits and nothing else.");
        await tab.TypeAsync("CLABE", "032180000118359718");
        await tab.PressAsync("Continue");
        await tab.SaysAsync("the last one does not fit the others.");
        await tab.TypeAsync("CLABE", "032-180-00011835971-9\u200E");
        await tab.PressAsync("Continue");
        await tab.ShowsAsync("review");
        await tab.SaysAsync("9719");
    }

    [Fact]
    public async Task What_is_pasted_is_never_cut_and_what_is_too_long_is_refused_with_a_sentence()
    {
        var partner = await app.NewPartnerAsync();
        await using (var tab = await WidgetTab.OpenAsync(browser, (await partner.CreateLinkAsync()).Url))
        {
            await tab.ShowsAsync("ask");
            await PasteAsync(tab, "First name", new string('á', 101));
            await PasteAsync(tab, "Last name", "Gómez");
            await tab.ChooseDocumentAsync();
            await PasteAsync(tab, "Document number", $"\u202A{string.Join(" - ", Samples.Curp.ToCharArray())}\u202C");
            await tab.TypeAsync("Date of birth", "1990-05-14");
            await tab.PressAsync("Continue");
            await tab.SaysAsync("Use 1 to 100 letters.");
            await PasteAsync(tab, "First name", $"   {new string('á', 100)}   ");
            await tab.PressAsync("Continue");
            await tab.ShowsAsync("photo");
        }
        var payer = await Operations.Payer.WithoutMethodAsync(app, partner);
        await using (var tab = await WidgetTab.OpenAsync(browser, payer.Link.Url))
        {
            await tab.SaysAsync("MXN");
            await PasteAsync(tab, "CLABE", $"{Samples.Clabe} 1");
            await tab.PressAsync("Continue");
            await tab.SaysAsync("A CLABE has 18 digits. Here are 19.");
            await tab.Page.GetByText("Cash pick-up").ClickAsync();
            await PasteAsync(tab, "Where to pick it up", new string('x', 101));
            await PasteAsync(tab, "Reference for the pick-up", "R-1");
            await tab.PressAsync("Continue");
            await tab.SaysAsync("Use 1 to 100 characters.");
            await tab.Page.GetByText("Bank account").ClickAsync();
            await PasteAsync(tab, "CLABE", $"\u202A{string.Join(" - ", Samples.Clabe.ToCharArray())}\u202C");
            await tab.PressAsync("Continue");
            await tab.ShowsAsync("review");
            await tab.SaysAsync("9719");
        }
    }

    [Fact]
    public async Task A_CURP_with_another_date_of_birth_is_asked_about_before_the_person_goes_on_and_may_stand()
    {
        var partner = await app.NewPartnerAsync();
        await using (var tab = await WidgetTab.OpenAsync(browser, (await partner.CreateLinkAsync()).Url))
        {
            await TypeAllAsync(tab);
            await tab.ShowsAsync("doubt");
            await tab.PictureAsync("doubt");
            await tab.IsAccessibleAsync();
            await tab.TypeAsync("Date of birth", "1992-05-14");
            await tab.PressAsync("Correct it");
            await tab.SaysAsync("The date in the CURP is still another one.");
            await tab.TypeAsync("Date of birth", "1990-05-14");
            await tab.PressAsync("Correct it");
            await tab.ShowsAsync("photo");
        }
        await using (var tab = await WidgetTab.OpenAsync(browser, (await partner.CreateLinkAsync()).Url, "es-MX"))
        {
            await TypeAllAsync(
                tab,
                "Continuar",
                "Primer nombre",
                "Primer apellido",
                "Número de documento",
                "Fecha de nacimiento"
            );
            await tab.ShowsAsync("doubt");
            await tab.PressAsync("Los dos están bien, continuar");
            await tab.ShowsAsync("photo");
            await tab.PickPhotoAsync();
            await tab.PressAsync("Usar esta foto");
            await tab.ShowsAsync("verify");
        }
    }

    [Fact]
    public async Task A_date_of_birth_other_than_that_of_the_partner_s_CURP_is_asked_about_where_one_can_correct_it()
    {
        var partner = await app.NewPartnerAsync();
        var data = Samples.FullUserData();
        data.Remove("dob");
        await using (var tab = await WidgetTab.OpenAsync(browser, (await partner.CreateLinkAsync(userData: data)).Url))
        {
            await tab.ShowsAsync("known");
            await tab.TypeAsync("Date of birth", "1991-05-14");
            await tab.PressAsync("Continue");
            await tab.ShowsAsync("doubt");
            Assert.Equal(1, await tab.Page.Locator("#view input").CountAsync());
            await tab.SaysAsync("••••RL09");
            await tab.TypeAsync("Date of birth", "1990-05-14");
            await tab.PressAsync("Correct it");
            await tab.ShowsAsync("photo");
        }
        var whole = await partner.CreateLinkAsync(userData: Samples.FullUserData().With("dob", "1991-05-14"));
        await using (var tab = await WidgetTab.OpenAsync(browser, whole.Url))
        {
            await tab.PressAsync("Continue");
            await tab.ShowsAsync("photo");
        }
    }

    private static async Task TypeAllAsync(
        WidgetTab tab,
        string go = "Continue",
        string first = "First name",
        string last = "Last name",
        string number = "Document number",
        string birth = "Date of birth"
    )
    {
        await tab.ShowsAsync("ask");
        await tab.TypeAsync(first, "Carlos");
        await tab.TypeAsync(last, "Gómez");
        await tab.ChooseDocumentAsync();
        await tab.TypeAsync(number, Samples.Curp);
        await tab.TypeAsync(birth, "1991-05-14");
        await tab.PressAsync(go);
    }

    /// <summary>As a paste does it: an attribute of the control could cut it.</summary>
    private static async Task PasteAsync(WidgetTab tab, string label, string text)
    {
        var control = tab.Page.GetByLabel(label, new() { Exact = true });
        await control.FillAsync("");
        await control.FocusAsync();
        await tab.Page.Keyboard.InsertTextAsync(text);
        Assert.Equal(text, await control.InputValueAsync());
    }

    /// <summary>Good numbers with separators strewn in, the same with one character changed, and noise.</summary>
    private static List<string> Numbers()
    {
        var good = Gen.Elements(
            Samples.Clabe,
            "002010077777777771",
            Samples.Curp,
            "GOMC000229HDFRRLA9",
            "123-45-6789",
            "912-34-5678",
            "G12345678",
            "ÑALA850101AB1"
        );
        var separator = Gen.Elements("", "", "", " ", "-", ".", "\u200E", "\u202F", "\t");
        var strewn =
            from number in good
            from between in Gen.ArrayOf(separator, number.Length)
            from lower in Gen.Elements(true, false)
            let text = string.Concat(number.Zip(between, (c, mark) => c + mark))
            select lower ? text.ToLowerInvariant() : text;
        var changed =
            from text in strewn
            from at in Gen.Choose(0, text.Length - 1)
            from other in Gen.Elements(Alphabet.ToCharArray())
            select text[..at] + other + text[(at + 1)..];
        var noise = Gen.ArrayOf(Gen.Elements(Alphabet.ToCharArray())).Select(letters => new string(letters));
        return [.. strewn.Sample(300, 30), .. changed.Sample(300, 30), .. noise.Sample(200, 30)];
    }

    private async Task<List<Verdict>> AskPageAsync(List<string> typed)
    {
        var folder = Directory.CreateTempSubdirectory("widget-");
        try
        {
            foreach (var file in new[] { "numbers.js", "rules.js" })
                await WriteAsync(file, (await app.GetAsync($"/widget/assets/{file}")).Is(200).Text);
            await WriteAsync("package.json", """{"type":"module"}""");
            await WriteAsync("ask.js", Harness);
            var input = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(typed));
            var (exitCode, output) = await SamplePrograms.RunAsync(
                "node",
                [Path.Combine(folder.FullName, "ask.js")],
                input
            );
            Assert.True(exitCode == 0, output);
            return JsonSerializer.Deserialize<List<Verdict>>(output, JsonSerializerOptions.Web)!;
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Task WriteAsync(string file, string text) =>
            File.WriteAllTextAsync(Path.Combine(folder.FullName, file), text, TestContext.Current.CancellationToken);
    }

    private sealed record Verdict(string Compact, bool Clabe, List<string> Documents);
}
