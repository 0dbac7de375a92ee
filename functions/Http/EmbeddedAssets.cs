using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>
/// The scripts and styles of some pages, embedded in the assembly. Their addresses carry a version that follows from
/// their content, so that they can be cached for ever.
/// </summary>
internal sealed partial class EmbeddedAssets
{
    private readonly FrozenDictionary<string, StaticFile> _files;

    private EmbeddedAssets(IReadOnlyDictionary<string, string> texts)
    {
        var version = EmbeddedTexts.VersionOf(texts);
        Version = version;
        // A module's import is an address like any other, so it needs the version.
        _files = texts.ToFrozenDictionary(
            text => text.Key,
            text => new StaticFile(text.Key, Import().Replace(text.Value, $"$1?v={version}$2"))
        );
    }

    /// <summary>Changes whenever any of the files does.</summary>
    public string Version { get; }

    /// <summary>The texts under a prefix, and those that are made.</summary>
    public static EmbeddedAssets Read(string prefix, params (string File, string Text)[] made)
    {
        var texts = EmbeddedTexts.Read(prefix);
        foreach (var (file, text) in made)
            texts[file] = text;
        return new EmbeddedAssets(texts);
    }

    /// <summary>The file as an answer; null where there is none of this name.</summary>
    public IResult? Answer(HttpRequest http, string file) =>
        _files.TryGetValue(file, out var asset) ? asset.Answer(http, mayBeKept: http.Query["v"] == Version) : null;

    [GeneratedRegex("""((?:from |import\()"\./[a-z-]+\.js)(")""", RegexOptions.CultureInvariant)]
    private static partial Regex Import();
}
