using System.Buffers.Binary;
using Serverless.Local.Durable.Embedded;

namespace Serverless.Conformance.Durable;

/// <summary>A journal on disk that can be cut where a crash would have cut it.</summary>
internal sealed class JournalFile : IDisposable
{
    private const int HeaderSize = 9;

    private readonly string _folder = Directory.CreateTempSubdirectory("durable-").FullName;

    public JournalFile(byte[]? content = null)
    {
        if (content is not null)
            File.WriteAllBytes(FileName, content);
    }

    public string FileName => Path.Combine(_folder, "journal");

    /// <summary>Where records end; the first entry is 0.</summary>
    public static List<int> Boundaries(byte[] content)
    {
        var ends = new List<int> { 0 };
        while (ends[^1] < content.Length)
            ends.Add(ends[^1] + HeaderSize + BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(ends[^1])));
        return ends;
    }

    public static IEnumerable<StoreRecord> Records(byte[] content) =>
        Boundaries(content)
            .SkipLast(1)
            .Select(start =>
                StoreRecordCodec.Decode(
                    content.AsSpan(start + HeaderSize, BinaryPrimitives.ReadInt32LittleEndian(content.AsSpan(start)))
                )
            );

    public byte[] Read() => File.ReadAllBytes(FileName);

    public void Cut(int length)
    {
        using var file = File.OpenWrite(FileName);
        file.SetLength(length);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
