using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Http;

/// <summary>The position in a list: the key of the last returned item, opaque to clients.</summary>
internal static partial class Cursor
{
    /// <summary>The rule, for error messages.</summary>
    public const string Rule = "must be the nextCursor of an answer to you";

    /// <summary>The form of a cursor.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,400}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }

    /// <param name="scope">The list that it belongs to; it is valid for no other.</param>
    /// <param name="key">The key of the last item.</param>
    public static string Of(string scope, string key) =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{scope}|{key}"));

    /// <summary>Reads back what <see cref="Of"/> made for this scope.</summary>
    public static bool TryRead(string cursor, string scope, [NotNullWhen(true)] out string? key)
    {
        var text = Base64Url.IsValid(cursor) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)) : "";
        var isOurs = text.StartsWith(scope + "|", StringComparison.Ordinal);
        key = isOurs ? text[(scope.Length + 1)..] : null;
        return isOurs;
    }
}
