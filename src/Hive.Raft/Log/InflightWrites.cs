namespace Hive.Raft;

/// <summary>A write on its way to the disk: what will be durable once it completes.</summary>
internal readonly record struct InflightWrite(ulong Sequence, LogIndex LastIndex, HardState HardState);

/// <summary>
/// Writes handed to the disk and not completed, in order. When the log is cut off, the writes under way that held the cut entries are marked down: their
/// completion says nothing about the entries that took that place, even if these carry the same term and index again.
/// </summary>
internal sealed class InflightWrites
{
    private readonly Queue<InflightWrite> _writes = new();

    public void Add(InflightWrite write) => _writes.Enqueue(write);

    /// <summary>The log was cut off before <paramref name="from"/>.</summary>
    public void CutFrom(LogIndex from)
    {
        for (int left = _writes.Count; left > 0; left--)
        {
            var write = _writes.Dequeue();
            _writes.Enqueue(write.LastIndex >= from ? write with { LastIndex = from.Previous } : write);
        }
    }

    /// <summary>All up to <paramref name="sequence"/> completed; what is durable by that, or null when it was known before.</summary>
    public InflightWrite? Complete(ulong sequence)
    {
        InflightWrite? newest = null;
        while (_writes.TryPeek(out var write) && write.Sequence <= sequence)
        {
            _writes.Dequeue();
            newest = write;
        }
        return newest;
    }
}
