namespace Hive.Raft;

/// <summary>
/// The memberships of the part of the log that is still held: each is in force from the index of its entry on, committed or not, and is taken
/// back when its entry is cut off (thesis §4.1).
/// </summary>
internal sealed class MembershipHistory
{
    private readonly List<(LogIndex Index, Membership Membership)> _known = [];

    public MembershipHistory(SnapshotMetadata snapshot) => Reset(snapshot);

    /// <summary>The membership in force at the end of the log.</summary>
    public Membership Current => _known[^1].Membership;

    /// <summary>Where it came into force.</summary>
    public LogIndex CurrentIndex => _known[^1].Index;

    /// <summary>A membership entry was appended.</summary>
    public void Append(LogIndex index, Membership membership)
    {
        Invariant.Check(index > CurrentIndex, $"{index} {CurrentIndex}");
        _known.Add((index, membership));
    }

    /// <summary>The log was cut off before <paramref name="from"/>.</summary>
    public void CutFrom(LogIndex from)
    {
        while (_known[^1].Index >= from)
        {
            Invariant.Check(_known.Count > 1, $"cut at {from} below the snapshot's membership");
            _known.RemoveAt(_known.Count - 1);
        }
    }

    /// <summary>The log was replaced by a snapshot.</summary>
    public void Reset(SnapshotMetadata snapshot)
    {
        _known.Clear();
        _known.Add((snapshot.Index, snapshot.Membership));
    }

    /// <summary>The membership in force at an index that is still held.</summary>
    public Membership At(LogIndex index)
    {
        for (int i = _known.Count - 1; i >= 0; i--)
            if (_known[i].Index <= index) return _known[i].Membership;
        throw Invariant.Fail($"membership at {index} is forgotten; oldest known is at {_known[0].Index}");
    }

    /// <summary>Whether the member votes in the membership in force at <paramref name="index"/> or in any later one.</summary>
    public bool IsVoterSince(LogIndex index, MemberId member)
    {
        for (int i = _known.Count - 1; i >= 0; i--)
        {
            if (_known[i].Membership.IsVoter(member)) return true;
            if (_known[i].Index <= index) return false;
        }
        return false;
    }

    /// <summary>Forgets what nobody can ask for once the log begins after <paramref name="index"/>.</summary>
    public void ForgetBefore(LogIndex index)
    {
        int keep = _known.Count - 1;
        while (keep > 0 && _known[keep].Index > index) keep--;
        _known.RemoveRange(0, keep);
    }
}
