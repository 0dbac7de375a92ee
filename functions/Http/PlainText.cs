using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Http;

/// <summary>
/// Normalizes text that people type or paste: Unicode NFC, counted in visible characters (an emoji is one, whatever
/// its encoding), without invisible characters.
/// </summary>
internal static partial class PlainText
{
    /// <summary>
    /// UTF-8 bytes allowed per character. A family emoji takes 25, but one letter with a hundred combining marks must
    /// be refused.
    /// </summary>
    private const int BytesEach = 16;

    /// <summary>
    /// Invisible characters that Unicode classifies as letters or symbols: Hangul fillers and the empty Braille cell.
    /// </summary>
    private static readonly HashSet<int> Blank = [0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800];

    /// <summary>How long a text may be, as a rule for error messages.</summary>
    public static string LengthRule(int min, int max) =>
        min == max ? $"must have {max} characters" : $"must have {min} to {max} characters";

    /// <summary>Characters as people count them.</summary>
    public static int Count(string text) => new StringInfo(text).LengthInTextElements;

    /// <summary>True for a text with at least one visible letter.</summary>
    public static bool HasLetter(string text) =>
        text.EnumerateRunes().Any(rune => Rune.IsLetter(rune) && !Blank.Contains(rune.Value));

    /// <summary>True for a text with an invisible letter, which makes different texts look the same.</summary>
    public static bool HasBlank(string text) => text.Any(c => Blank.Contains(c));

    /// <summary>True for more than <paramref name="max"/> characters.</summary>
    public static bool IsLongerThan(string text, int max) =>
        text.Length > max && (Encoding.UTF8.GetByteCount(text) > max * BytesEach || Count(text) > max);

    /// <summary>The trimmed, normalized text; null and the problem if it breaks a rule.</summary>
    public static string? Read(string raw, int min, int max, out string problem)
    {
        problem = "";
        // Checked first, because the other checks take time in proportion to the length.
        if (Encoding.UTF8.GetByteCount(raw) > Math.Max(max, 1) * BytesEach)
            problem = LengthRule(min, max);
        else if (BidiControl().IsMatch(raw))
            problem = "must not contain characters that change the direction of writing (such as U+202E)";
        else if (Control().IsMatch(raw.Trim()))
            problem = "must not contain control characters";
        if (problem.Length > 0)
            return null;
        var typed = raw.Trim();
        var text = Unseen().Replace(typed, "").Trim().Normalize(NormalizationForm.FormC);
        if (typed.Length > 0 && !text.EnumerateRunes().Any(IsVisible))
            problem = "must have at least one character that can be seen";
        else if (Count(text) is var count && (count < min || count > max))
            problem = LengthRule(min, max);
        return problem.Length > 0 ? null : text;
    }

    private static bool IsVisible(Rune rune) =>
        !Blank.Contains(rune.Value)
        && (Rune.IsLetterOrDigit(rune) || Rune.IsNumber(rune) || Rune.IsPunctuation(rune) || Rune.IsSymbol(rune));

    // Unicode's property Bidi_Control.
    [GeneratedRegex(@"[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]", RegexOptions.CultureInvariant)]
    private static partial Regex BidiControl();

    // Also the separators of lines and paragraphs.
    [GeneratedRegex(@"[\p{Cc}\u2028\u2029]", RegexOptions.CultureInvariant)]
    private static partial Regex Control();

    // Soft hyphen, zero-width spaces and joiners. U+200C and U+200D stay, because letters and emoji need them.
    [GeneratedRegex(@"[\u00AD\u180E\u200B\u2060\uFEFF]", RegexOptions.CultureInvariant)]
    private static partial Regex Unseen();
}
