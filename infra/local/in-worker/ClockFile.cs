using System.IO.MemoryMappedFiles;

namespace Serverless.Local.InWorker;

/// <summary>
/// The host's clock in a file that both processes map: 8 bytes of offset from the machine's time and 8 bytes of the
/// moment at which the clock stands (0 while it runs), both in ticks. A read costs no call to the host, and sees a move
/// at once.
/// </summary>
internal sealed unsafe class ClockFile : IDisposable
{
    private const int Size = 16;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly long* _values;

    public ClockFile(string path)
    {
        using var stream = new FileStream(
            path,
            FileMode.OpenOrCreate,
            FileAccess.ReadWrite,
            FileShare.ReadWrite | FileShare.Delete
        );
        if (stream.Length < Size)
            stream.SetLength(Size);
        _file = MemoryMappedFile.CreateFromFile(
            stream,
            null,
            Size,
            MemoryMappedFileAccess.ReadWrite,
            HandleInheritability.None,
            leaveOpen: false
        );
        _view = _file.CreateViewAccessor(0, Size);
        byte* start = null;
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        _values = (long*)(start + _view.PointerOffset);
    }

    public DateTimeOffset Now
    {
        get
        {
            var standsAt = Volatile.Read(ref _values[1]);
            return standsAt != 0
                ? new DateTimeOffset(standsAt, TimeSpan.Zero)
                : DateTimeOffset.UtcNow.AddTicks(Volatile.Read(ref _values[0]));
        }
    }

    /// <summary>Tells every process of a move.</summary>
    public void Write(long offsetTicks, long standsAtTicks)
    {
        // In this order: a reader that finds the clock running again must find the new offset.
        Volatile.Write(ref _values[0], offsetTicks);
        Volatile.Write(ref _values[1], standsAtTicks);
    }

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
