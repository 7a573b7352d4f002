using System.Diagnostics.CodeAnalysis;
using Hive.Raft;

namespace Hive.Queen.Peers;

/// <summary>What waits to be sent: a message of consensus, a snapshot, or a request to the peer.</summary>
/// <param name="Bytes">About what it takes, for the bound.</param>
internal readonly record struct PeerItem(RaftMessage? Message, InstallSnapshot? Snapshot, PeerFrameKind Kind, ReadOnlyMemory<byte> Content, long Bytes);

/// <summary>Bounded queue in front of one connection. Full: the newest is dropped, consensus sends again what matters.</summary>
internal sealed class PeerQueue(int limitItems, long limitBytes)
{
    private readonly Lock _gate = new();
    private readonly Queue<PeerItem> _items = new();
    private readonly SemaphoreSlim _some = new(0);
    private long _bytes;

    public bool TryPut(in PeerItem item)
    {
        lock (_gate)
        {
            if (_items.Count >= limitItems || (_bytes > 0 && _bytes + item.Bytes > limitBytes)) return false;
            _items.Enqueue(item);
            _bytes += item.Bytes;
            if (_items.Count == 1) _some.Release();
        }
        return true;
    }

    /// <summary>Waits until there is something.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellation)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_items.Count > 0) return;
            }
            await _some.WaitAsync(cancellation);
        }
    }

    public bool TryTake([NotNullWhen(true)] out PeerItem? item)
    {
        lock (_gate)
        {
            if (!_items.TryDequeue(out PeerItem taken))
            {
                item = null;
                return false;
            }
            _bytes -= taken.Bytes;
            item = taken;
            return true;
        }
    }

    /// <summary>Drops all that waits: the connection broke, and what was meant for it is old. Snapshots are handed to the caller.</summary>
    public void Clear(Action<InstallSnapshot> droppedSnapshot)
    {
        lock (_gate)
        {
            foreach (PeerItem item in _items)
            {
                if (item.Snapshot is { } snapshot) droppedSnapshot(snapshot);
            }
            _items.Clear();
            _bytes = 0;
        }
    }
}
