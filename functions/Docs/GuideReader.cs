using System.Text;
using System.Text.RegularExpressions;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Extensions.Tables;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Serverless.Functions.Docs;

/// <summary>
/// Renders a guide. No HTML within the Markdown, and no extension that gives a meaning to braces: routes are full of
/// them.
/// </summary>
/// <param name="pictures">The pictures by the names of their files.</param>
internal sealed partial class GuideReader(IReadOnlyDictionary<string, string> pictures)
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .UsePipeTables()
        .UseAutoIdentifiers(AutoIdentifierOptions.GitHub)
        .DisableHtml()
        .Build();

    /// <param name="name">The guide's.</param>
    /// <param name="markdown">Its text, with the generated parts.</param>
    /// <exception cref="InvalidOperationException">The text does not begin with a title and a question.</exception>
    public Guide Read(string name, string markdown)
    {
        var document = Markdown.Parse(markdown, Pipeline);
        if (document is not [HeadingBlock { Level: 1 } title, ParagraphBlock question, ..])
            throw new InvalidOperationException($"The guide {name} must begin with its title and the question.");
        var titleText = TextOf(title);
        var headings = document
            .OfType<HeadingBlock>()
            .Where(heading => heading.Level is 2 or 3)
            .Select(heading => new GuideHeading(heading.Level, IdOf(heading), InlineHtml(heading)))
            .ToList();
        var sections = SectionsOf(name, titleText, document).ToList();

        foreach (var link in document.Descendants<LinkInline>().ToList())
            Resolve(link);
        foreach (var table in document.Descendants<Table>().ToList())
            RemoveEmptyHead(table);
        question.GetAttributes().AddClass("lead");
        foreach (var heading in document.OfType<HeadingBlock>().Where(heading => heading.Level is 2 or 3))
            AddAnchor(heading);
        return new Guide(
            name,
            titleText,
            InlineHtml(question),
            MakeScrollable(document.ToHtml(Pipeline)),
            headings,
            sections
        );
    }

    private static string IdOf(HeadingBlock heading) => heading.GetAttributes().Id!;

    private static string InlineHtml(LeafBlock block)
    {
        using var text = new StringWriter();
        var renderer = new HtmlRenderer(text);
        Pipeline.Setup(renderer);
        renderer.WriteLeafInline(block);
        return text.ToString();
    }

    private static string TextOf(Block block)
    {
        using var text = new StringWriter();
        var renderer = new HtmlRenderer(text)
        {
            EnableHtmlForBlock = false,
            EnableHtmlForInline = false,
            EnableHtmlEscape = false,
        };
        Pipeline.Setup(renderer);
        renderer.Render(block);
        return Space().Replace(text.ToString(), " ").Trim();
    }

    private static IEnumerable<GuideSection> SectionsOf(string name, string title, MarkdownDocument document)
    {
        var (heading, address) = ("", $"/docs/{name}");
        var text = new StringBuilder();
        foreach (var block in document.Skip(1))
        {
            if (block is HeadingBlock next)
            {
                yield return new GuideSection(title, heading, address, text.ToString().Trim());
                (heading, address) = (TextOf(next), $"/docs/{name}#{IdOf(next)}");
                text.Clear();
            }
            else
            {
                text.Append(TextOf(block)).Append(' ');
            }
        }
        yield return new GuideSection(title, heading, address, text.ToString().Trim());
    }

    /// <summary>
    /// Addresses that are relative to the guides become absolute, so that they hold wherever the text is shown. A
    /// picture gets its size, so that the text does not jump when it comes, and leads to itself: it can be enlarged.
    /// </summary>
    private void Resolve(LinkInline link)
    {
        if (IsRelative(link.Url!))
            link.Url = $"/docs/{link.Url}";
        if (link.FirstChild is CodeInline route && RouteLinks.Find(link.Url!, route.Content) is { } operation)
            link.Url = operation;
        if (!link.IsImage)
            return;
        var size = Size().Match(pictures[Path.GetFileName(link.Url!)]);
        link.GetAttributes().AddProperty("width", size.Groups["width"].Value);
        link.GetAttributes().AddProperty("height", size.Groups["height"].Value);
        link.GetAttributes().AddProperty("loading", "lazy");
        var around = new LinkInline(link.Url!, "");
        around.GetAttributes().AddClass("picture");
        link.ReplaceBy(around, copyChildren: false);
        around.AppendChild(link);
    }

    private static bool IsRelative(string url) =>
        !url.StartsWith('/') && !url.StartsWith('#') && !url.Contains(':', StringComparison.Ordinal);

    /// <summary>Markdown has no table without a head; an empty one would be read out as such.</summary>
    private static void RemoveEmptyHead(Table table)
    {
        if (table[0] is TableRow { IsHeader: true } head && head.All(cell => TextOf(cell).Length == 0))
            table.RemoveAt(0);
    }

    /// <summary>
    /// For whoever wants to send a link to the section. The keyboard finds it in the page's own list.
    /// </summary>
    private static void AddAnchor(HeadingBlock heading)
    {
        var anchor = new LinkInline($"#{IdOf(heading)}", "");
        anchor.GetAttributes().AddClass("anchor");
        anchor.GetAttributes().AddProperty("aria-hidden", "true");
        anchor.GetAttributes().AddProperty("tabindex", "-1");
        anchor.AppendChild(new LiteralInline("#"));
        heading.Inline!.AppendChild(anchor);
    }

    /// <summary>
    /// What is wider than the page scrolls by itself, also with the keyboard. These tags are the renderer's: the text's
    /// own are escaped.
    /// </summary>
    private static string MakeScrollable(string html) =>
        html.Replace(
                "<table>",
                "<div class=\"wide\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>",
                StringComparison.Ordinal
            )
            .Replace("</table>", "</table></div>", StringComparison.Ordinal)
            .Replace("<th></th>", "<td></td>", StringComparison.Ordinal)
            .Replace("<pre>", "<pre tabindex=\"0\">", StringComparison.Ordinal);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();

    [GeneratedRegex("""^<svg [^>]*width="(?<width>\d+)" height="(?<height>\d+)" """)]
    private static partial Regex Size();
}
