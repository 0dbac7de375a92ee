using Serverless.Functions.Http;

namespace Serverless.Functions.Docs;

/// <summary>The guides: embedded in the assembly, and rendered once, when the first page is asked for.</summary>
internal sealed class Guides(GeneratedParts generated)
{
    private readonly Lazy<IReadOnlyList<Guide>> _all = new(() => ReadAll(generated));

    /// <summary>The pictures as SVG, by the names of their files.</summary>
    public static IReadOnlyDictionary<string, string> Pictures { get; } = EmbeddedTexts.Read("docs/pictures/");

    /// <summary>All guides, in the order in which one reads them.</summary>
    public IReadOnlyList<Guide> All => _all.Value;

    /// <summary>Null if there is none of this name.</summary>
    public Guide? Find(string name) => All.FirstOrDefault(guide => guide.Name == name);

    private static List<Guide> ReadAll(GeneratedParts generated)
    {
        var reader = new GuideReader(Pictures);
        var texts = EmbeddedTexts.Read("docs/guides/");
        return
        [
            .. from group_ in DocsContents.Groups
            from name in group_.Guides
            select reader.Read(name, generated.Fill(texts[$"{name}.md"])),
        ];
    }
}
