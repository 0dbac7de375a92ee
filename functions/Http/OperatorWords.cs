using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>Who acts and why, in headers: any letters, percent-encoded, because a header carries ASCII alone.</summary>
/// <param name="Operator">Who.</param>
/// <param name="Reason">Why; null where it is not said.</param>
internal sealed record OperatorWords(string Operator, string? Reason)
{
    public const string OperatorHeader = "X-Operator";
    public const string ReasonHeader = "X-Reason";
    public const int MaxOperator = 100;
    public const int MaxReason = 500;

    /// <summary>Stands for somebody who does not say who it is.</summary>
    public const string Unnamed = "unnamed";

    /// <summary>Strict, because a name with replaced letters is another name.</summary>
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads both headers; an error where one is wrong.</summary>
    public static (OperatorWords? Words, ApiError? Error) Read(HttpRequest request)
    {
        var problems = new List<ErrorDetail>();
        string? Text(string header, int max)
        {
            if (request.HeaderText(header) is not { } sent)
                return null;
            if (Decode(sent, max) is { } text)
                return text;
            problems.Add(new ErrorDetail(header, RuleOf(max)));
            return null;
        }
        var words = new OperatorWords(Text(OperatorHeader, MaxOperator) ?? Unnamed, Text(ReasonHeader, MaxReason));
        return problems.Count == 0 ? (words, null) : (null, ApiError.Invalid(problems));
    }

    /// <summary>
    /// Who acts, for the records of an act; null for somebody unnamed. The headers were read before the act began.
    /// </summary>
    public static string? NameIn(HttpRequest request) =>
        Read(request).Words is { Operator: not Unnamed and var name } ? name : null;

    /// <summary>What a text in such a header must be.</summary>
    public static string RuleOf(int max) =>
        $"must have 1 to {max} characters, none of them a control character, percent-encoded in UTF-8";

    private static string? Decode(string sent, int max)
    {
        // Longer than any text that fits, so that it need not be looked at.
        if (sent.Length > 12 * max)
            return null;
        var bytes = new List<byte>(sent.Length);
        for (var i = 0; i < sent.Length; i++)
        {
            if (sent[i] is not '%')
            {
                if (!char.IsAscii(sent[i]))
                    return null;
                bytes.Add((byte)sent[i]);
                continue;
            }
            if (
                i + 2 >= sent.Length
                || !byte.TryParse(
                    sent.AsSpan(i + 1, 2),
                    NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture,
                    out var value
                )
            )
                return null;
            bytes.Add(value);
            i += 2;
        }
        string text;
        try
        {
            text = Utf8.GetString([.. bytes]).Trim();
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
        var length = new StringInfo(text).LengthInTextElements;
        return length >= 1 && text.Length <= 4 * max && length <= max && !text.Any(IsUnseen) ? text : null;
    }

    /// <summary>
    /// Control characters, and those that turn the direction of what follows: a log must show what it holds.
    /// </summary>
    private static bool IsUnseen(char letter) =>
        char.GetUnicodeCategory(letter)
            is UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator;
}
