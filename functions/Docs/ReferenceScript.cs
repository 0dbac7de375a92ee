using System.IO.Compression;
using System.Reflection;
using Serverless.Functions.Http;
using Swashbuckle.AspNetCore.ReDoc;

namespace Serverless.Functions.Docs;

/// <summary>
/// The script that shows an OpenAPI document: Redoc, out of its package. It is unpacked when the first person looks at
/// a reference.
/// </summary>
internal static class ReferenceScript
{
    public const string File = "redoc.js";
    private const string Resource = "Swashbuckle.AspNetCore.ReDoc.node_modules.redoc.bundles.redoc.standalone.js";

    /// <summary>The logo under the menu: the one thing that it would load from elsewhere.</summary>
    private const string PictureElsewhere = "https://cdn.redoc.ly/redoc/logo-mini";

    private static readonly Assembly Package = typeof(ReDocOptions).Assembly;
    private static readonly Lazy<StaticFile> Unpacked = new(() => new StaticFile(File, Unpack()));

    public static StaticFile Content => Unpacked.Value;

    /// <summary>Changes with the package.</summary>
    public static string Version { get; } = Package.ManifestModule.ModuleVersionId.ToString("N")[..12];

    /// <exception cref="InvalidOperationException">Another release of the package, with other things in it.</exception>
    private static string Unpack()
    {
        using var packed =
            Package.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The package has no {Resource}.");
        using var text = new StreamReader(new GZipStream(packed, CompressionMode.Decompress));
        var script = text.ReadToEnd();
        if (!script.Contains(PictureElsewhere, StringComparison.Ordinal))
            throw new InvalidOperationException("The package asks for its logo in another way: see what it loads.");
        // An address that gives no picture: the script then leaves the logo out.
        return script.Replace(PictureElsewhere, "data:,", StringComparison.Ordinal);
    }
}
