using System.Security.Cryptography;
using System.Text;

namespace Serverless.Functions.Http;

/// <summary>Text files that are embedded in the assembly under a common prefix.</summary>
internal static class EmbeddedTexts
{
    /// <summary>The texts by the rest of their names.</summary>
    public static Dictionary<string, string> Read(string prefix)
    {
        var assembly = typeof(EmbeddedTexts).Assembly;
        return assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .ToDictionary(
                name => name[prefix.Length..],
                name =>
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                    return reader.ReadToEnd();
                }
            );
    }

    /// <summary>Changes whenever any of the texts does: for their addresses, so that they can be cached.</summary>
    public static string VersionOf(IReadOnlyDictionary<string, string> texts) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(
                    string.Join(
                        '\0',
                        texts.OrderBy(text => text.Key, StringComparer.Ordinal).Select(text => text.Value)
                    )
                )
            )
        )[..12];
}
