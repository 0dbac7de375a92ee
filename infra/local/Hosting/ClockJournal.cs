using System.Buffers.Binary;
using Serverless.Local.State;
using Serverless.Local.Time;

namespace Serverless.Local.Hosting;

/// <summary>
/// Keeps the clock's offset over restarts: a timer that fired in moved time must not lie in the future again.
/// </summary>
internal sealed class ClockJournal(LocalClock clock) : IJournaled
{
    public byte JournalId => 3;

    public void Replay(ReadOnlySpan<byte> record) =>
        clock.Restore(new TimeSpan(BinaryPrimitives.ReadInt64LittleEndian(record)));

    public IEnumerable<byte[]> Snapshot() => clock.Offset == TimeSpan.Zero ? [] : [Encode(clock.Offset)];

    public void Attach(Journal journal) => clock.Moved += offset => _ = journal.AppendAsync(this, Encode(offset));

    private static byte[] Encode(TimeSpan offset)
    {
        var record = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(record, offset.Ticks);
        return record;
    }
}
