using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>
/// Brings back what damage took out of the log, without a leader. The end that the log had is known; every entry's record names the term in front of it.
/// So the identity of each lost entry is learnt downward from the end, one in front of the other, from whoever still has the one behind it; then the
/// entries are taken upward, each from whoever still has it, this disk first. It takes one readable copy of each entry, anywhere. Meanwhile this member votes
/// by the end that it had, and does not stand.
/// </summary>
internal sealed class LogRepair
{
    /// <summary>A snapshot that was asked for has this many election time-outs to arrive; when all were asked, twice as many, and so on: it may be large, and the link slow.</summary>
    private const int FirstSnapshotPauseTimeouts = 10, MostPauseDoublings = 8;

    private readonly RaftCore _core;
    private readonly Lineage _lineage;
    private EntryId? _asked;
    private int _silence;
    private int _patience;
    private int _turn;
    private int _vain;
    private int _snapshotsAsked;
    private int _snapshotPause;

    public LogRepair(RaftCore core, EntryId promised)
    {
        _core = core;
        _lineage = new Lineage(promised);
        CloseWhenDone();
    }

    /// <summary>The end that the log had: what this member may have acknowledged, and a candidate must have to get its vote.</summary>
    public EntryId Promised => _lineage.End;

    /// <summary>
    /// Until the durable log is as up-to-date as it was: restored, or replaced by a newer leader's. From then on it speaks for itself in elections.
    /// </summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>The members, and those who were or are to be by records that the disk holds, which are mostly the newer ones: in id order.</summary>
    public ImmutableArray<Member> Known => [.. _core.Options.Acquaintances.UnionBy(_core.Membership.Members, m => m.Id).OrderBy(m => m.Id)];

    public void Tick()
    {
        if (!IsOpen) return;
        if (_snapshotPause > 0) _snapshotPause--;
        if (++_silence <= _patience) return;
        _asked = null;
        _turn++;
        _vain++;
        Advance();
    }

    /// <summary>Something became durable.</summary>
    public void OnPersisted()
    {
        if (!IsOpen) return;
        CloseWhenDone();
        if (IsOpen) Advance();
    }

    public void OnLineage(LineageResponse response)
    {
        if (!IsOpen || response.Entry != _lineage.Lowest) return;
        _lineage.Extend(response.Runs);
        _asked = null;
        _vain = 0;
        Advance();
    }

    public void OnCopies(CopyResponse response)
    {
        if (!IsOpen || _core.Log.IsInstalling) return;
        foreach (var entry in response.Entries)
        {
            if (Missing is not { } next || entry.Index > next.Index) break;
            if (entry.Index < next.Index) continue;
            if (entry.Term != next.Term) break;
            Take(entry);
            _vain = 0;
        }
    }

    /// <summary>
    /// A peer's snapshot, which covers what is missing and is no longer in any log. It replaces the log; what this disk holds behind it is taken again.
    /// </summary>
    public void OnSnapshot(InstallSnapshot install)
    {
        var snapshot = install.Snapshot;
        if (!IsOpen || snapshot.Index <= _core.Log.Commit) return;
        if (snapshot.Term > _core.Term) _core.BecomeFollower(snapshot.Term, MemberId.None);
        _core.TakeSnapshot(snapshot);
        _asked = null;
        _vain = 0;
    }

    /// <summary>The lineage reaches down into what the log holds.</summary>
    private bool IsJoined => _lineage.Lowest.Index <= _core.Log.Commit || _core.Log.Matches(_lineage.Lowest.Index, _lineage.Lowest.Term);

    /// <summary>
    /// The next entry to take; null when the log is whole, or ends in an entry that is not of the lineage: a newer leader has replaced that tail, and what it
    /// sends is not to be cut off by what was there before.
    /// </summary>
    private EntryId? Missing
    {
        get
        {
            var log = _core.Log;
            return _lineage.At(log.LastIndex) is { } last && last.Term == log.LastTerm ? _lineage.At(log.LastIndex.Next) : null;
        }
    }

    /// <summary>Goes as far as this disk allows, then asks.</summary>
    private void Advance()
    {
        var log = _core.Log;
        if (log.IsInstalling) return;
        while (!IsJoined && log.TermBefore(_lineage.Lowest) is { } term) _lineage.Extend(term);
        if (!IsJoined) AskForLineage();
        // One batch at a time: what is taken and not yet durable is bounded.
        else if (log.Persisted == log.LastIndex && !TakeOwnCopies() && Missing is { } next) AskForCopy(next);
    }

    private void AskForLineage()
    {
        if (!IsNewQuestion(_lineage.Lowest)) return;
        foreach (var peer in Peers) _core.Outbox.Send(new LineageRequest(_core.Self, peer, _lineage.Lowest));
        if (WantsSnapshot) SendCopyRequest(_lineage.Lowest);
    }

    private void AskForCopy(EntryId entry)
    {
        if (IsNewQuestion(entry)) SendCopyRequest(entry);
    }

    /// <summary>One peer after the other: whoever has it has mostly those behind it too.</summary>
    private void SendCopyRequest(EntryId entry)
    {
        var peers = Peers;
        if (peers.IsEmpty) return;
        bool orSnapshot = WantsSnapshot;
        // Snapshots are asked for in a round of their own: counted with the other questions, those in between could make it the same peer each time.
        _core.Outbox.Send(new CopyRequest(_core.Self, peers[(orSnapshot ? _snapshotsAsked : _turn) % peers.Length], entry, Promised.Index, orSnapshot));
        if (!orSnapshot) return;
        _snapshotPause = FirstSnapshotPauseTimeouts * _core.Timer.TimeoutTicks << Math.Min(_snapshotsAsked++ / peers.Length, MostPauseDoublings);
    }

    /// <summary>All were asked in vain, there is no leader who would send its snapshot by itself, and the last one asked for had time to arrive.</summary>
    private bool WantsSnapshot => InVain && _core.Leader.IsNone && _snapshotPause == 0;

    /// <summary>Everybody was asked, and nobody could answer. Asked again all the same: a peer that was down, or that had lost it too, may have it by now.</summary>
    private bool InVain => _vain > Peers.Length;

    /// <summary>What was asked and not answered is asked again only after a while.</summary>
    private bool IsNewQuestion(EntryId about)
    {
        if (_asked == about) return false;
        _asked = about;
        _silence = 0;
        _patience = InVain ? _core.Timer.TimeoutTicks : 2 * _core.Options.HeartbeatTicks;
        return true;
    }

    private bool TakeOwnCopies()
    {
        long bytes = 0;
        while (bytes < _core.Options.Limits.AppendBytes && Missing is { } next && _core.Log.ReadCopy(next) is { } copy)
        {
            Take(copy);
            bytes += copy.ChargedBytes;
        }
        return bytes > 0;
    }

    private void Take(Entry entry)
    {
        _core.Log.Append(entry);
        _core.Clock.Anchor(entry.Stamp);
    }

    private void CloseWhenDone()
    {
        var log = _core.Log;
        IsOpen = log.TermAt(log.Persisted) is not { } term || Promised.IsBeyond(new EntryId(log.Persisted, term));
    }

    private ImmutableArray<MemberId> Peers => [.. Known.Select(m => m.Id).Where(id => id != _core.Self)];
}
