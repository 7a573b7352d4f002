using Hive.Store;

namespace Hive.Queen.Shell;

/// <summary>
/// Keeps room on the disk for what frees room: near the limit, commands that make the state grow are refused before they are proposed,
/// while deletes and compaction still pass.
/// </summary>
internal sealed class SpaceGuard(QueenOptions options, KeyValueStore store)
{
    private volatile bool _isLow;
    private long _nextLook;

    /// <summary>Whether growth is refused now. Looks at the disk now and then.</summary>
    public bool IsLow
    {
        get
        {
            long now = Environment.TickCount64;
            long due = Volatile.Read(ref _nextLook);
            if (now >= due && Interlocked.CompareExchange(ref _nextLook, now + (long)options.Limits.SpaceLook.TotalMilliseconds, due) == due) Look();
            return _isLow;
        }
    }

    private void Look()
    {
        // One more snapshot must fit (it lets the log go), and two segments while it is written.
        StoreBytes bytes = store.Bytes;
        long reserve = 2L * options.JournalLimits.SegmentBytes + bytes.LiveBytes + bytes.HistoryBytes;
        bool low = options.Disk.FreeBytes() < reserve;
        if (low == _isLow) return;
        _isLow = low;
        options.Log(
            low ? QueenLogLevel.Error : QueenLogLevel.Information,
            low ? "the disk is nearly full: writes that make the state grow are refused, deletes and compaction pass" : "there is room on the disk again: all writes pass");
    }
}
