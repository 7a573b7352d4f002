namespace Hive.Raft;

/// <summary>Append messages on their way to one follower, bounded by count and bytes (<see cref="RaftLimits.InflightMessages"/>, <see cref="RaftLimits.InflightBytes"/>).</summary>
internal sealed class InflightWindow(int maxMessages, long maxBytes)
{
    private readonly Queue<(LogIndex Last, long Bytes)> _sent = new();
    private long _bytes;

    /// <summary>Nothing more may be sent. The byte bound may be passed by the last message.</summary>
    public bool IsFull => _sent.Count >= maxMessages || _bytes >= maxBytes;

    public int Count => _sent.Count;

    /// <summary>A message whose last entry is <paramref name="last"/> left.</summary>
    public void Add(LogIndex last, long bytes)
    {
        Invariant.Check(!IsFull);
        _sent.Enqueue((last, bytes));
        _bytes += bytes;
    }

    /// <summary>All up to <paramref name="index"/> arrived.</summary>
    public void FreeUpTo(LogIndex index)
    {
        while (_sent.TryPeek(out var oldest) && oldest.Last <= index) _bytes -= _sent.Dequeue().Bytes;
    }

    public void Clear()
    {
        _sent.Clear();
        _bytes = 0;
    }
}
