using Hive.Raft;

namespace Hive.Queen.Peers;

/// <summary>
/// The links that are open, one set to each peer. The loop opens and closes them as the membership changes, and whoever is called by a peer that is not known yet
/// opens them too, each connection on a thread of its own: one lock decides whose set stands, and <see cref="All"/> and <see cref="Find"/> never differ for longer than it is held.
/// </summary>
/// <typeparam name="T">What leads to one peer.</typeparam>
/// <param name="open">Opens the links to a member at an address; must not wait.</param>
/// <param name="close">Begins to close them; must not wait.</param>
internal sealed class PeerTable<T>(Func<MemberId, string, T> open, Action<T> close)
    where T : class
{
    private readonly Lock _gate = new();
    private readonly Dictionary<MemberId, (string Address, T Links)> _open = [];
    private volatile T[] _all = [];
    private bool _isClosed;

    /// <summary>All links, as they were after the last change.</summary>
    public T[] All => _all;

    /// <summary>The links to a member, or null.</summary>
    public T? Find(MemberId member)
    {
        lock (_gate) return _open.TryGetValue(member, out var found) ? found.Links : null;
    }

    /// <summary>The members that links are open to.</summary>
    public MemberId[] Members()
    {
        lock (_gate) return [.. _open.Keys];
    }

    /// <summary>Links to a member lead to this address from now on; other ones are closed. Nothing after <see cref="CloseAll"/>.</summary>
    public void Connect(MemberId member, string address) => Connect(member, address, moves: true);

    /// <summary>Opens links to a member unless there are some, wherever they lead.</summary>
    public void ConnectIfUnknown(MemberId member, string address) => Connect(member, address, moves: false);

    /// <summary>Closes the links to a member, if there are any.</summary>
    public void Close(MemberId member)
    {
        lock (_gate)
        {
            if (!_open.Remove(member, out var gone)) return;
            Publish();
            close(gone.Links);
        }
    }

    /// <summary>Closes all; none is opened any more.</summary>
    public void CloseAll()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (var (_, links) in _open.Values) close(links);
            _open.Clear();
            Publish();
        }
    }

    private void Connect(MemberId member, string address, bool moves)
    {
        lock (_gate)
        {
            if (_isClosed) return;
            if (_open.TryGetValue(member, out var known))
            {
                if (!moves || known.Address == address) return;
                close(known.Links);
            }
            _open[member] = (address, open(member, address));
            Publish();
        }
    }

    private void Publish() => _all = [.. _open.Values.Select(p => p.Links)];
}
