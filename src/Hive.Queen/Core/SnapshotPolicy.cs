using Hive.Raft;

namespace Hive.Queen.Core;

/// <summary>When a snapshot is taken, and how much of the log it lets go.</summary>
internal sealed class SnapshotPolicy(QueenLimits limits, LogView log)
{
    private long _bytes;
    private LogIndex _applied = log.Snapshot.Index;
    private bool _underWay;
    private LogIndex? _captured;
    private LogIndex? _compactThrough;

    public void Applied(LogIndex index, long bytes)
    {
        _applied = index;
        _bytes += bytes;
    }

    /// <summary>True once: the state is to be captured.</summary>
    public bool TakeOrder()
    {
        if (_underWay || _applied <= log.Snapshot.Index) return false;
        if (_bytes < limits.SnapshotBytes && (long)(_applied - log.Snapshot.Index) < limits.SnapshotEntries) return false;
        _underWay = true;
        _bytes = 0;
        return true;
    }

    public void Captured(LogIndex index)
    {
        // A snapshot from the leader overtook the order: the file would be older than what there is.
        if (index <= log.Snapshot.Index) _underWay = false;
        else _captured = index;
    }

    /// <summary>Not null once: the captured state is to be written.</summary>
    public LogIndex? TakeCaptured()
    {
        LogIndex? captured = _captured;
        _captured = null;
        return captured;
    }

    public void Taken(SnapshotMetadata? snapshot)
    {
        _underWay = false;
        // A snapshot that arrived from the leader meanwhile may have overtaken this one.
        if (snapshot is null || snapshot.Index <= log.Snapshot.Index) return;
        log.Taken(snapshot);
        ulong trailing = (ulong)limits.TrailingEntries;
        if (snapshot.Index.Value <= trailing) return;
        LogIndex through = snapshot.Index - trailing;
        if (through >= log.FirstIndex) _compactThrough = through;
    }

    /// <summary>A received snapshot replaced the state.</summary>
    public void Restart()
    {
        _bytes = 0;
        _applied = log.Snapshot.Index;
        _compactThrough = null;
    }

    public LogIndex? TakeCompaction()
    {
        LogIndex? through = _compactThrough;
        _compactThrough = null;
        return through;
    }
}
