using System.Security.Cryptography;

namespace Serverless.Functions.Ids;

/// <summary>
/// A lower-case ULID: 10 characters of milliseconds since 1970 and 16 characters (80 bits) of randomness, in
/// Crockford's base 32. Sorts by time as text; cannot be guessed.
/// </summary>
internal readonly record struct Ulid
{
    /// <summary>Characters of a ULID.</summary>
    public const int Length = 26;

    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int TimeLength = 10;
    private static readonly long LastMillisecond = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private Ulid(string text) => Text = text;

    /// <summary>The 26 characters.</summary>
    public string Text { get; }

    /// <summary>When it was made, to the millisecond.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeMilliseconds(Milliseconds(Text));

    /// <summary>The id with every character mirrored in the alphabet, so that text order is newest first.</summary>
    public string Inverted => Invert(Text);

    /// <summary>
    /// The lowest id of this time, as a bound for id ranges. Earlier times than 1970 count as the start of 1970.
    /// </summary>
    public static Ulid First(DateTimeOffset at)
    {
        Span<char> text = stackalloc char[Length];
        text.Fill(Alphabet[0]);
        var milliseconds = Math.Max(0, at.ToUnixTimeMilliseconds());
        for (var i = TimeLength - 1; i >= 0; i--, milliseconds >>= 5)
            text[i] = Alphabet[(int)(milliseconds & 31)];
        return new Ulid(new string(text));
    }

    /// <summary>Creates a new id with this time.</summary>
    public static Ulid New(DateTimeOffset at)
    {
        Span<byte> random = stackalloc byte[Length - TimeLength];
        RandomNumberGenerator.Fill(random);
        Span<char> text = stackalloc char[Length];
        var milliseconds = at.ToUnixTimeMilliseconds();
        for (var i = TimeLength - 1; i >= 0; i--, milliseconds >>= 5)
            text[i] = Alphabet[(int)(milliseconds & 31)];
        // 256 is a multiple of 32: so the low five bits of a random byte are uniformly distributed.
        for (var i = 0; i < random.Length; i++)
            text[TimeLength + i] = Alphabet[random[i] & 31];
        return new Ulid(new string(text));
    }

    /// <summary>
    /// Creates an id with this time whose second part is derived from bytes (at least 16): the same bytes give the
    /// same id.
    /// </summary>
    public static Ulid Of(DateTimeOffset at, ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[Length];
        First(at).Text.CopyTo(text);
        for (var i = TimeLength; i < Length; i++)
            text[i] = Alphabet[bytes[i - TimeLength] & 31];
        return new Ulid(new string(text));
    }

    /// <summary>Reads 26 lower-case characters; anything else is not an id.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ulid id)
    {
        id = default;
        // The first character holds the top 3 of 48 bits of time.
        if (text.Length != Length || text[0] > '7')
            return false;
        foreach (var c in text)
            if (!Alphabet.Contains(c, StringComparison.Ordinal))
                return false;
        // 48 bits of time reach beyond the last year that DateTimeOffset supports.
        if (Milliseconds(text) > LastMillisecond)
            return false;
        id = new Ulid(text.ToString());
        return true;
    }

    /// <summary>Reads back an id that this app has made.</summary>
    /// <exception cref="FormatException">The text is not a ULID.</exception>
    public static Ulid FromStorage(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException("What is stored as an id is none.");

    /// <summary>Mirrors each character of the alphabet; applying it twice gives the original.</summary>
    public static string Invert(string text) =>
        string.Create(
            text.Length,
            text,
            static (span, source) =>
            {
                for (var i = 0; i < span.Length; i++)
                    span[i] = Alphabet[31 - Alphabet.IndexOf(source[i], StringComparison.Ordinal)];
            }
        );

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static long Milliseconds(ReadOnlySpan<char> text)
    {
        var milliseconds = 0L;
        foreach (var c in text[..TimeLength])
            milliseconds = (milliseconds << 5) | (long)Alphabet.IndexOf(c, StringComparison.Ordinal);
        return milliseconds;
    }
}
