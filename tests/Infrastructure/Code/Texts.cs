namespace Serverless.Infrastructure.Code;

/// <summary>Texts are compared letter by letter.</summary>
internal static class Texts
{
    public static bool Has(this string text, string part) => text.Contains(part, StringComparison.Ordinal);

    public static bool Begins(this string text, string start) => text.StartsWith(start, StringComparison.Ordinal);

    public static bool Ends(this string text, string end) => text.EndsWith(end, StringComparison.Ordinal);
}
