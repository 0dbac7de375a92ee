using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Serverless.Tests.Docs;

/// <summary>The pages under <c>/docs</c> as a browser gets them, without the envelope of the API.</summary>
internal sealed partial class DocsSitePages(TestApp app)
{
    private static readonly HttpClient Http = new(
        new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.All }
    );

    /// <summary>The names of all guides: their files.</summary>
    public static IReadOnlyList<string> Guides { get; } =
    [
        .. Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "functions", "Docs", "guides"), "*.md")
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>A guide's Markdown.</summary>
    public static string Source(string guide) => Repository.Read("functions", "Docs", "guides", $"{guide}.md");

    public async Task<DocsPage> GetAsync(string path, string accept = "text/html", string? tag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(app.Address, path));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var headers = response
            .Headers.Concat(response.Content.Headers)
            .ToDictionary(
                header => header.Key,
                header => string.Join(", ", header.Value),
                StringComparer.OrdinalIgnoreCase
            );
        return new DocsPage((int)response.StatusCode, text, headers);
    }

    /// <summary>The text of HTML, without tags.</summary>
    public static string TextOf(string html) => WebUtility.HtmlDecode(Tag().Replace(html, "")).Trim();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tag();
}

/// <summary>An answer.</summary>
internal sealed partial record DocsPage(int Status, string Html, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Where its links and pictures lead.</summary>
    public IEnumerable<string> Links =>
        Reference().Matches(Html).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value));

    /// <summary>What a link may end with after <c>#</c>.</summary>
    public IReadOnlyCollection<string> Anchors => [.. Id().Matches(Html).Select(match => match.Groups[1].Value)];

    /// <summary>The rows of its tables, each as the texts of its cells.</summary>
    public IEnumerable<string[]> Rows =>
        Row()
            .Matches(Html)
            .Select(row =>
                Cell().Matches(row.Value).Select(cell => DocsSitePages.TextOf(cell.Groups[1].Value)).ToArray()
            );

    [GeneratedRegex("(?: href| src)=\"([^\"]*)\"")]
    private static partial Regex Reference();

    [GeneratedRegex(" id=\"([^\"]*)\"")]
    private static partial Regex Id();

    [GeneratedRegex("<tr>.*?</tr>", RegexOptions.Singleline)]
    private static partial Regex Row();

    [GeneratedRegex("<t[dh][^>]*>(.*?)</t[dh]>", RegexOptions.Singleline)]
    private static partial Regex Cell();
}
