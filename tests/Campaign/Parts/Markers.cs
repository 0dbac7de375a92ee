using System.Collections.Concurrent;
using System.Text;

namespace Serverless.Campaign;

/// <summary>How long a value may lie in clear where somebody could read it.</summary>
internal enum Exposure
{
    /// <summary>Never: it is sealed wherever it is stored.</summary>
    Never,

    /// <summary>In tables and webhooks until its person is erased: metadata, reasons, what a receiver answered.</summary>
    UntilErased,
}

/// <summary>A word that occurs nowhere but in one value.</summary>
internal sealed record Marker(string Word, PersonModel Owner, string What, Exposure Exposure);

/// <summary>Personal values that are recognised wherever they come to lie, in whatever case.</summary>
internal sealed class Markers
{
    private const string Start = "zqx";
    private const int Letters = 7;
    private readonly ConcurrentDictionary<string, Marker> _known = new();
    private int _last;

    public int Count => _known.Count;

    /// <summary>A new word: a capital and small letters, so that it may stand in any field.</summary>
    public string New(PersonModel owner, string what, Exposure exposure = Exposure.Never)
    {
        var number = Interlocked.Increment(ref _last);
        var word = new StringBuilder(Start);
        for (var place = Letters - 1; place >= 0; place--)
            word.Append((char)('a' + ((number >> (4 * place)) & 15)));
        var marker = new Marker(word.ToString(), owner, what, exposure);
        _known[marker.Word] = marker;
        return "Z" + marker.Word[1..];
    }

    /// <summary>The markers in bytes of any kind, as UTF-8 or UTF-16.</summary>
    public IEnumerable<Marker> In(byte[] bytes) => In(bytes, 1).Concat(In(bytes, 2));

    public IEnumerable<Marker> In(string text) => In(Encoding.UTF8.GetBytes(text), 1);

    private IEnumerable<Marker> In(byte[] bytes, int width)
    {
        var length = (Start.Length + Letters) * width;
        for (var at = 0; at + length - (width - 1) <= bytes.Length; at++)
        {
            if ((bytes[at] | 32) != 'z' || (bytes[at + width] | 32) != 'q' || (bytes[at + (2 * width)] | 32) != 'x')
                continue;
            var word = new char[Start.Length + Letters];
            for (var i = 0; i < word.Length; i++)
                word[i] = (char)(bytes[at + (i * width)] | 32);
            if (_known.TryGetValue(new string(word), out var marker))
                yield return marker;
        }
    }
}
