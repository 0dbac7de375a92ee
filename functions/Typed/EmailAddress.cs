using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>
/// An e-mail address. Two addresses are equal if their <see cref="Normalised"/> forms are: trimmed, Unicode NFC, lower
/// case, the domain in its ASCII form; dots and <c>+</c> are kept. <c>ToString</c> does not reveal it.
/// </summary>
internal sealed partial record EmailAddress
{
    public const int MaxLength = 254;

    /// <summary>The rule, for error messages.</summary>
    public const string Rule = "must be an e-mail address of at most 254 characters, for example ana@example.org";

    // The parts before and after the last @ (RFC 5321, section 4.5.3.1).
    private const int MaxLocal = 64;
    private const int MaxDomain = 253;
    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    private EmailAddress(string original, string normalised) => (Original, Normalised) = (original, normalised);

    /// <summary>As it came, trimmed: for display.</summary>
    public string Original { get; }

    public string Normalised { get; }

    /// <summary>The address for sending: the local part as received, the domain in its ASCII form.</summary>
    public string Mailbox => Original[..Original.LastIndexOf('@')] + Normalised[Normalised.LastIndexOf('@')..];

    public static bool TryParse(string? text, [NotNullWhen(true)] out EmailAddress? email)
    {
        email = null;
        if (text is null || !TryNormalise(ref text))
            return false;
        var original = text.Trim();
        var at = original.LastIndexOf('@');
        if (
            original.Length > MaxLength
            || at is <= 0 or > MaxLocal
            || !Local().IsMatch(original.AsSpan(0, at))
            || PlainText.HasBlank(original)
            || !TryReadDomain(original[(at + 1)..], out var domain)
        )
            return false;
        var local = original[..at].ToLowerInvariant().Normalize(NormalizationForm.FormC);
        var normalised = $"{local}@{domain}";
        if (normalised.Length > MaxLength + MaxLocal)
            return false;
        email = new EmailAddress(original, normalised);
        return true;
    }

    /// <summary>
    /// Row key in the e-mail index: a keyed hash, so that a reader of the table cannot test guessed addresses.
    /// </summary>
    /// <param name="key">The partner's index key.</param>
    public string HashWith(byte[] key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes("email|" + Normalised)));

    public override string ToString() => "…@…";

    private static bool TryNormalise(ref string text)
    {
        try
        {
            text = text.Normalize(NormalizationForm.FormC);
            return true;
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair.
            return false;
        }
    }

    private static bool TryReadDomain(string text, [NotNullWhen(true)] out string? domain)
    {
        domain = null;
        try
        {
            var ascii = Idn.GetAscii(text.ToLowerInvariant()).ToLowerInvariant();
            if (ascii.Length > MaxDomain || !ascii.Contains('.', StringComparison.Ordinal) || !Domain().IsMatch(ascii))
                return false;
            domain = ascii;
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    // Dot-atom (RFC 5322, section 3.2.3) and letters beyond ASCII (RFC 6531); quoted local parts are not accepted.
    [GeneratedRegex(
        @"^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Local();

    [GeneratedRegex(
        @"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])\z",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Domain();
}
