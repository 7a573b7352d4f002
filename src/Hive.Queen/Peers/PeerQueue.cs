using System.Diagnostics.CodeAnalysis;
using Hive.Raft;

namespace Hive.Queen.Peers;

/// <summary>What waits to be sent: a message of consensus, a snapshot, or a request to the peer.</summary>
/// <param name="Bytes">About what it takes, for the bound.</param>
internal readonly record struct PeerItem(RaftMessage? Message, InstallSnapshot? Snapshot, PeerFrameKind Kind, ReadOnlyMemory<byte> Content, long Bytes);

/// <summary>
/// Bounded queue in front of one connection. Full: the newest is dropped, consensus sends again what matters. One at a time sends what is in it, and only the
/// sender of the connection that stands.
/// </summary>
internal sealed class PeerQueue(int limitItems, long limitBytes)
{
    private readonly Lock _gate = new();
    private readonly Queue<PeerItem> _items = new();
    private PeerSender? _sender;
    private bool _sending;
    private long _bytes;

    public bool TryPut(in PeerItem item)
    {
        lock (_gate)
        {
            if (_items.Count >= limitItems || (_bytes > 0 && _bytes + item.Bytes > limitBytes)) return false;
            _items.Enqueue(item);
            _bytes += item.Bytes;
        }
        return true;
    }

    /// <summary>A connection stands.</summary>
    public void Open(PeerSender sender)
    {
        lock (_gate) (_sender, _sending) = (sender, false);
    }

    /// <summary>The sender of the connection, when there is one, something to send and nobody at it: the caller is at it now.</summary>
    public bool TryBegin([NotNullWhen(true)] out PeerSender? sender)
    {
        lock (_gate)
        {
            sender = _sender;
            if (sender is null || _sending || _items.Count == 0) return false;
            return _sending = true;
        }
    }

    /// <summary>For who is at it: lets go when nothing is left. In one step: what is put in later finds nobody at it.</summary>
    public bool TryEnd(PeerSender sender)
    {
        lock (_gate)
        {
            if (_sender != sender) return true;
            if (_items.Count > 0) return false;
            _sending = false;
            return true;
        }
    }

    /// <summary>The next item, when the connection stands. <paramref name="most"/>: only one of at most so many bytes, and no snapshot.</summary>
    public bool TryTake(PeerSender sender, long most, out PeerItem item)
    {
        lock (_gate)
        {
            if (_sender != sender || !_items.TryPeek(out item) || item.Bytes > most || (item.Snapshot is not null && most < long.MaxValue))
            {
                item = default;
                return false;
            }
            _items.Dequeue();
            _bytes -= item.Bytes;
            return true;
        }
    }

    /// <summary>The connection broke: all that waits is dropped, what was meant for it is old. Snapshots are handed to the caller.</summary>
    public void Clear(Action<InstallSnapshot> droppedSnapshot)
    {
        lock (_gate)
        {
            _sender = null;
            foreach (PeerItem item in _items)
            {
                if (item.Snapshot is { } snapshot) droppedSnapshot(snapshot);
            }
            _items.Clear();
            _bytes = 0;
        }
    }
}
