using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Functions.Docs;
using Serverless.Functions.HmacAuth;
using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Signing;
using Xunit;

namespace Serverless.Tests.Docs;

/// <summary>The guides as they are served, and what they say that can be computed.</summary>
public sealed partial class GuideTests(TestApp app) : IClassFixture<TestApp>
{
    /// <summary>The languages of the snippets by which a webhook is verified, and the sample that has them.</summary>
    private static readonly Dictionary<string, string> Samples = new()
    {
        ["js"] = "verify.mjs",
        ["python"] = "verify.py",
        ["go"] = "verify.go",
        ["php"] = "verify.php",
        ["csharp"] = "VerifyWebhook.cs",
    };

    private readonly DocsSitePages _docs = new(app);

    public static TheoryData<string> Guides => [.. DocsSitePages.Guides];

    [Theory]
    [MemberData(nameof(Guides))]
    public async Task A_guide_is_served_with_its_title_and_without_marks_of_its_source(string guide)
    {
        var page = await _docs.GetAsync($"/docs/{guide}");
        Assert.Equal((200, "text/html; charset=utf-8"), (page.Status, page.Headers["Content-Type"]));
        var title = DocsSitePages.Source(guide).Split('\n')[0][2..];
        Assert.Contains($"<h1 id=", page.Html, StringComparison.Ordinal);
        Assert.Equal(title, DocsSitePages.TextOf(Title().Match(page.Html).Value));
        var text = DocsSitePages.TextOf(Code().Replace(page.Html, ""));
        foreach (var mark in new[] { "[[", "](", "**", "```", "| --", "&lt;" })
            Assert.DoesNotContain(mark, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_link_and_every_anchor_of_every_page_leads_somewhere()
    {
        var seen = new Dictionary<string, DocsPage>();
        var left = new Queue<(string Path, string From)>([("/docs", "")]);
        var anchors = new List<(string Path, string Anchor, string From)>();
        while (left.TryDequeue(out var next))
        {
            if (seen.ContainsKey(next.Path))
                continue;
            var page = seen[next.Path] = await _docs.GetAsync(next.Path);
            Assert.True(page.Status == 200, $"{next.From} links to {next.Path}, which is {page.Status}.");
            if (!page.Headers["Content-Type"].StartsWith("text/html", StringComparison.Ordinal))
                continue;
            foreach (var link in page.Links)
            {
                if (link.StartsWith("https://", StringComparison.Ordinal) || link == "data:,")
                    continue;
                var (path, anchor) = link.Split('#') is [var before, var after] ? (before, after) : (link, null);
                path = path.Length == 0 ? next.Path : path;
                Assert.True(path.StartsWith('/'), $"{next.Path} has a relative link: {link}");
                left.Enqueue((path, next.Path));
                // Places in a reference are made by its script: the tests with a browser follow some.
                if (anchor is not null && !anchor.StartsWith('/'))
                    anchors.Add((path, anchor, next.Path));
            }
        }
        Assert.All(
            anchors,
            one =>
                Assert.True(
                    seen[one.Path].Anchors.Contains(one.Anchor),
                    $"{one.From} links to {one.Path}#{one.Anchor}, and there is no such heading."
                )
        );
        // Nothing is left out of the contents.
        Assert.Superset(DocsSitePages.Guides.Select(guide => $"/docs/{guide}").ToHashSet(), seen.Keys.ToHashSet());
        Assert.True(anchors.Count > 100);
    }

    /// <summary>
    /// Code and tests say where a rule is promised to partners: <c>/docs/webhooks#retries</c>. That section is there.
    /// </summary>
    [Fact]
    public async Task Every_section_of_the_guides_that_code_cites_is_there()
    {
        var cited = (
            from folder in new[] { "functions", "infra", "tests" }
            from file in Repository.SourcesIn(folder)
            from Match match in Citation().Matches(File.ReadAllText(file))
            select (File: file, Guide: match.Groups["guide"].Value, Section: match.Groups["section"].Value)
        ).ToList();
        Assert.True(cited.Count > 10);
        var guides = new Dictionary<string, DocsPage>();
        foreach (var (file, guide, section) in cited)
        {
            if (!guides.TryGetValue(guide, out var page))
                page = guides[guide] = await _docs.GetAsync($"/docs/{guide}");
            Assert.True(page.Status == 200, $"{file} cites the guide {guide}, which is not there.");
            Assert.True(page.Anchors.Contains(section), $"{file} cites /docs/{guide}#{section}, which is not there.");
        }
    }

    [Fact]
    public async Task Every_picture_is_served_with_its_title_and_is_shown_in_a_guide()
    {
        var shown = new HashSet<string>();
        foreach (var guide in DocsSitePages.Guides)
            shown.UnionWith(
                (await _docs.GetAsync($"/docs/{guide}")).Links.Where(link =>
                    link.EndsWith(".svg", StringComparison.Ordinal)
                )
            );
        var files = Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "functions", "Docs", "pictures"))
            .Select(file => $"/docs/pictures/{Path.GetFileName(file)}");
        Assert.Equal(files.Order(StringComparer.Ordinal), shown.Order(StringComparer.Ordinal));
        foreach (var picture in shown)
        {
            var served = await _docs.GetAsync(picture, "image/*");
            Assert.Equal((200, "image/svg+xml"), (served.Status, served.Headers["Content-Type"]));
            Assert.Matches("<title[^>]*>[^<]{5,}</title>", served.Html);
        }
    }

    [Theory]
    [MemberData(nameof(Guides))]
    public void Every_JSON_in_a_guide_can_be_parsed(string guide)
    {
        foreach (var json in Blocks(guide, "json"))
            Assert.NotNull(JsonNode.Parse(json));
    }

    [Fact]
    public void The_worked_examples_of_signing_are_what_the_code_computes()
    {
        var text = DocsSitePages.Source("signing");
        var secret = Encoding.UTF8.GetBytes(Regex.Match(text, "secret `(sk_test_[^`]+)`").Groups[1].Value);
        var examples = Example().Matches(text);
        Assert.Equal(4, examples.Count);
        foreach (Match example in examples)
        {
            var lines = example.Groups["signed"].Value.Split('\n');
            var body = lines.Length == 3 ? [] : Encoding.UTF8.GetBytes(lines[3]);
            Assert.InRange(lines.Length, 3, 4);
            Assert.Equal(
                example.Groups["signature"].Value,
                HmacSignature.Compute(secret, lines[0], lines[1], lines[2], body)
            );
        }
        // The second one stands there as a request, too.
        Assert.Contains($":{examples[1].Groups["signature"].Value}:1790000000123457", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_vector_of_webhooks_is_what_the_code_computes()
    {
        var rows = Vector()
            .Matches(DocsSitePages.Source("webhooks"))
            .ToDictionary(row => row.Groups["name"].Value.Trim('`'), row => row.Groups["value"].Value);
        var secret = WebhookSecret.From(rows["secret"]);
        var timestamp = long.Parse(rows["timestamp"], System.Globalization.CultureInfo.InvariantCulture);
        var body = Encoding.UTF8.GetBytes(rows["body"]);
        Assert.Equal(
            rows["webhook-signature"],
            WebhookSignature.Standard(secret.StandardKey, rows["id"], timestamp, body)
        );
        Assert.Equal(rows["X-M2M-Signature"], WebhookSignature.M2m(secret.M2mKey, timestamp, body));
    }

    [Fact]
    public void What_verifies_a_webhook_in_the_guide_is_what_the_samples_do()
    {
        foreach (var (language, file) in Samples)
        {
            var sample = Repository.Read("tests", "samples", "verify", file).Split('\n').Select(line => line.Trim());
            var snippet = Blocks("webhooks", language).Single().Split('\n').Select(line => line.Trim());
            Assert.Empty(snippet.Except(sample).Except([""]));
        }
    }

    [Fact]
    public void A_line_that_stands_for_a_part_that_nothing_makes_is_a_mistake()
    {
        var parts = app.Service<GeneratedParts>();
        Assert.Equal("a [[link]] b", parts.Fill("a [[link]] b"));
        var wrong = Assert.Throws<InvalidOperationException>(() => parts.Fill("text\n\n[[errors:m3m]]\n"));
        Assert.Contains("errors:m3m", wrong.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Blocks(string guide, string language) =>
        Block()
            .Matches(DocsSitePages.Source(guide))
            .Where(block => block.Groups["language"].Value == language)
            .Select(block => block.Groups["text"].Value);

    [GeneratedRegex("/docs/(?<guide>[a-z-]+)#(?<section>[a-z0-9-]+)")]
    private static partial Regex Citation();

    [GeneratedRegex("<h1 .*?</h1>")]
    private static partial Regex Title();

    [GeneratedRegex("<(pre|code)[ >].*?</\\1>", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex("^```(?<language>[a-z]+)\n(?<text>.*?)\n```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex("```text\n(?<signed>.*?)\n```\n\n→ `(?<signature>[0-9a-f]{64})`", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(
        @"^\| (?<name>secret|id|timestamp|body|`webhook-signature`|`X-M2M-Signature`) \| `(?<value>[^`]+)` \|$",
        RegexOptions.Multiline
    )]
    private static partial Regex Vector();
}
