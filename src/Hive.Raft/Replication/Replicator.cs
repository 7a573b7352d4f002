using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>Feeds the peers of a leader: who gets which entries, when a snapshot is needed, and how far a quorum has come.</summary>
internal sealed class Replicator
{
    private readonly RaftCore _core;
    private readonly SortedDictionary<MemberId, Progress> _peers = [];
    private readonly List<Entry> _read = [];

    public Replicator(RaftCore core)
    {
        _core = core;
        FollowMembership();
    }

    /// <summary>Peers in id order; this member is not among them.</summary>
    public IReadOnlyCollection<Progress> Peers => _peers.Values;

    public Progress? Find(MemberId id) => _peers.GetValueOrDefault(id);

    /// <summary>Keeps one <see cref="Progress"/> for each member of the membership in force. Those that left are fed on for a while: see <see cref="RetireLeft"/>.</summary>
    public void FollowMembership()
    {
        foreach (var member in _core.Membership.Members)
        {
            if (member.Id == _core.Self || _peers.ContainsKey(member.Id)) continue;
            _peers.Add(member.Id, new Progress(member.Id, _core.Log.LastIndex.Next, _core.Options.Limits));
        }
    }

    /// <summary>
    /// Forgets members that left, once they hold the entry that removed them and know it committed, or were silent for a whole period: so a
    /// removed member mostly learns of its removal instead of standing for election for ever. They count for nothing meanwhile.
    /// </summary>
    public void RetireLeft()
    {
        var removal = _core.Log.Memberships.CurrentIndex;
        if (removal > _core.Log.Commit) return;
        foreach (var peer in _peers.Values.Where(p => _core.Membership.Find(p.Member) is null).ToList())
            if (!peer.RecentlyActive || (peer.Match >= removal && peer.SentCommit >= removal)) _peers.Remove(peer.Member);
    }

    /// <summary>The highest index that a quorum holds durably; the leader counts its own copy only once its disk has it (thesis §10.2.1).</summary>
    public LogIndex QuorumMatch()
    {
        var quorum = _core.Membership.Quorum;
        if (_core.Is(RaftMutant.JointNeedsOneHalfOnly)) return new(quorum.Incoming.Reached(MatchOf));
        if (_core.Is(RaftMutant.LearnerCounts)) return new(new MajorityQuorum([.. _core.Membership.Members.Select(m => m.Id)]).Reached(MatchOf));
        return new(quorum.Reached(MatchOf));
    }

    /// <summary>Whether a quorum has answered since the last check; the marks are cleared.</summary>
    public bool QuorumActive()
    {
        var outcome = _core.Membership.Quorum.Tally(id => id == _core.Self || Find(id) is { RecentlyActive: true });
        foreach (var peer in _peers.Values) peer.RecentlyActive = false;
        return outcome == VoteOutcome.Won;
    }

    /// <summary>Sends all that windows allow to everyone, and the commit index to those who would not learn it otherwise.</summary>
    public void SendToAll()
    {
        foreach (var peer in _peers.Values) SendTo(peer);
    }

    /// <summary>As <see cref="SendToAll"/>, to one.</summary>
    public void SendTo(Progress peer)
    {
        while (peer.Next <= _core.Log.LastIndex && TrySend(peer, evenEmpty: false)) { }
        if (peer.State == ReplicationState.Replicate && peer.SentCommit < _core.Log.Commit) TrySend(peer, evenEmpty: true);
    }

    /// <summary>
    /// A peer that is alive but behind may have lost what was sent to it: an append just past what is on its way finds out, full window or not.
    /// </summary>
    public void Nudge(Progress peer)
    {
        if (peer.State != ReplicationState.Replicate || !peer.IsPaused)
        {
            TrySend(peer, evenEmpty: true);
            return;
        }
        var previous = peer.Next.Previous;
        if (_core.Log.TermAt(previous) is { } term)
            _core.Outbox.Send(new AppendRequest(_core.Self, peer.Member, _core.Term, previous, term, [], _core.Log.Commit));
        else
            TrySendSnapshot(peer);
    }

    /// <summary>Sends one append, or the snapshot when the entries are gone. False when the peer is paused or there is nothing to send.</summary>
    public bool TrySend(Progress peer, bool evenEmpty)
    {
        if (peer.IsPaused) return false;
        var previous = peer.Next.Previous;
        _read.Clear();
        if (_core.Log.TermAt(previous) is not { } previousTerm ||
            (peer.Next <= _core.Log.LastIndex && !_core.Log.TryRead(peer.Next, _core.Log.LastIndex.Next, _core.Options.Limits.AppendBytes, _read)))
            return TrySendSnapshot(peer);
        if (_read.Count == 0 && !evenEmpty) return false;
        long bytes = 0;
        foreach (var entry in _read) bytes += entry.ChargedBytes;
        ImmutableArray<Entry> entries = [.. _read];
        _core.Outbox.Send(new AppendRequest(_core.Self, peer.Member, _core.Term, previous, previousTerm, entries, _core.Log.Commit));
        peer.SentCommit = _core.Log.Commit;
        peer.Sent(previous + (ulong)entries.Length, entries.Length, bytes);
        return true;
    }

    private bool TrySendSnapshot(Progress peer)
    {
        var snapshot = _core.Log.Snapshot;
        if (!peer.RecentlyActive) return false;
        Invariant.Check(snapshot.Index.Value > 0 && snapshot.Index > peer.Match, $"snapshot {snapshot} for {peer.Member} at {peer.Match}");
        _core.Outbox.Send(new InstallSnapshot(_core.Self, peer.Member, _core.Term, snapshot));
        peer.SentSnapshot(snapshot.Index);
        return true;
    }

    private LogIndex OwnMatch => _core.Is(RaftMutant.LeaderCountsUnwrittenEntries) ? _core.Log.LastIndex : _core.Log.Persisted;

    private ulong MatchOf(MemberId id) => id == _core.Self ? OwnMatch.Value : Find(id)?.Match.Value ?? 0;
}
