using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Threading.Channels;

namespace Serverless.Local.State;

/// <summary>A part of the local host whose state lives in the journal.</summary>
internal interface IJournaled
{
    /// <summary>Names the part in the journal; never changes.</summary>
    byte JournalId { get; }

    /// <summary>
    /// Applies one record, in the order in which they were appended. Called only while the journal is opened.
    /// </summary>
    void Replay(ReadOnlySpan<byte> record);

    /// <summary>
    /// The records that make today's state from nothing; they replace the whole history when the journal is compacted
    /// at its opening.
    /// </summary>
    IEnumerable<byte[]> Snapshot();
}

/// <summary>
/// One append-only file that holds all state of the local host (orchestrations, queues, the clock's offset).
/// An appended record is safe from a crash of this process as soon as its task has completed; a torn last record is
/// dropped when the file is opened.
/// </summary>
/// <remarks>
/// Why a file and not tables: Azurite walks a whole partition for a point read and a whole table for a query, and what
/// is in it slows down everything else that it serves. Records of several callers are written together, in order, with
/// one system call. A record on disk: length (4 bytes, little-endian), checksum of the rest (first 4 bytes of its
/// SHA-256), part (1 byte), payload.
/// </remarks>
internal sealed class Journal : IAsyncDisposable
{
    private const int HeaderSize = 9;
    private readonly FileStream? _file;
    private readonly FileStream? _owner;
    private readonly Channel<(byte Part, ReadOnlyMemory<byte> Payload, TaskCompletionSource Written)> _pending =
        Channel.CreateUnbounded<(byte, ReadOnlyMemory<byte>, TaskCompletionSource)>(
            new UnboundedChannelOptions { SingleReader = true }
        );
    private readonly Task _writer;

    private Journal(FileStream? file, FileStream? owner)
    {
        _file = file;
        _owner = owner;
        _writer = Task.Run(WriteAsync);
    }

    /// <summary>
    /// Opens the journal, replays it into its parts and compacts it. Without a path nothing is kept (for tests that
    /// never restart).
    /// </summary>
    /// <exception cref="IOException">Another process has the journal open.</exception>
    public static Journal Open(string? path, IReadOnlyCollection<IJournaled> parts)
    {
        if (path is null)
            return new Journal(null, null);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);

        // A lock of its own, because the journal itself is swapped below: two processes can never both believe to own
        // it.
        var owner = new FileStream(
            path + ".lock",
            FileMode.OpenOrCreate,
            FileAccess.ReadWrite,
            FileShare.None,
            1,
            FileOptions.DeleteOnClose
        );
        using (var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.None))
            Replay(file, parts);

        var compacted = path + ".new";
        using (var target = new FileStream(compacted, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
        {
            foreach (var part in parts)
            foreach (var record in part.Snapshot())
                target.Write(Encode(part.JournalId, record));
            target.Flush(flushToDisk: true);
        }
        File.Move(compacted, path, overwrite: true);
        // The owner's lock is enough: what it holds may be looked at meanwhile.
        var appended = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0);
        appended.Seek(0, SeekOrigin.End);
        return new Journal(appended, owner);
    }

    /// <summary>
    /// Appends a record. Records are kept in the order of the calls; the task completes when a crash of this process
    /// can no longer lose this one.
    /// </summary>
    public Task AppendAsync(IJournaled part, ReadOnlyMemory<byte> record)
    {
        if (_file is null)
            return Task.CompletedTask;
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_pending.Writer.TryWrite((part.JournalId, record, written)))
            written.SetException(new ObjectDisposedException(nameof(Journal)));
        return written.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _pending.Writer.TryComplete();
        await _writer.ConfigureAwait(false);
        if (_file is not null)
        {
            _file.Flush(flushToDisk: true);
            await _file.DisposeAsync().ConfigureAwait(false);
            await _owner!.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Lets go of the file as the end of the process would: what is not written yet is lost. For tests of crashes.
    /// </summary>
    internal void Abandon()
    {
        _file?.Dispose();
        _owner?.Dispose();
    }

    private async Task WriteAsync()
    {
        var batch = new List<TaskCompletionSource>();
        using var buffer = new MemoryStream();
        Exception? failure = null;
        while (await _pending.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.Clear();
            buffer.SetLength(0);
            while (buffer.Length < 1 << 20 && _pending.Reader.TryRead(out var record))
            {
                buffer.Write(Encode(record.Part, record.Payload.Span));
                batch.Add(record.Written);
            }
            try
            {
                if (failure is null)
                    _file!.Write(buffer.GetBuffer(), 0, (int)buffer.Length);
            }
            catch (Exception ex) when (ex is IOException or ObjectDisposedException)
            {
                // The file may now end in half a record, where replay stops: nothing may be acknowledged after it.
                failure = new IOException(
                    "The journal could not be written; nothing more is accepted until the next start.",
                    ex
                );
            }
            foreach (var written in batch)
            {
                if (failure is null)
                    written.SetResult();
                else
                    written.SetException(failure);
            }
        }
    }

    private static ReadOnlySpan<byte> Checksum(ReadOnlySpan<byte> bytes) => SHA256.HashData(bytes).AsSpan(0, 4);

    private static byte[] Encode(byte part, ReadOnlySpan<byte> payload)
    {
        var record = new byte[HeaderSize + payload.Length];
        BinaryPrimitives.WriteInt32LittleEndian(record, payload.Length);
        record[8] = part;
        payload.CopyTo(record.AsSpan(HeaderSize));
        Checksum(record.AsSpan(8)).CopyTo(record.AsSpan(4));
        return record;
    }

    private static void Replay(FileStream file, IReadOnlyCollection<IJournaled> parts)
    {
        var byId = parts.ToDictionary(part => part.JournalId);
        using var reader = new BufferedStream(file, 1 << 20);
        var header = new byte[HeaderSize];
        while (reader.ReadAtLeast(header, HeaderSize, throwOnEndOfStream: false) == HeaderSize)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (length < 0 || length > file.Length)
                return;
            var body = new byte[length + 1];
            body[0] = header[8];
            if (
                reader.ReadAtLeast(body.AsSpan(1), length, throwOnEndOfStream: false) != length
                || !Checksum(body).SequenceEqual(header.AsSpan(4, 4))
            )
                return;
            if (byId.TryGetValue(header[8], out var part))
                part.Replay(body.AsSpan(1));
        }
    }
}
