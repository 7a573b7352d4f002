namespace Hive.Raft.Tests.Cluster;

/// <summary>Watches a cluster and states the thesis' safety properties (figure 3.2); changes nothing.</summary>
internal sealed class SafetyChecker
{
    private readonly Dictionary<Term, MemberId> _leaders = [];
    private readonly Dictionary<(LogIndex, Term), (Entry Entry, Term PreviousTerm)> _written = [];
    private readonly List<Entry> _committed = [];
    private readonly Dictionary<(MemberId, ulong, ulong), LogIndex> _reads = [];
    private LogIndex _highestCommit;

    public int Elections => _leaders.Count;
    public int Committed => _committed.Count;
    public int ReadsChecked { get; private set; }
    public int Refused { get; private set; }

    public void Watch(TestMember member)
    {
        member.Took += ready => OnReady(member, ready);
        member.AppliedEntry += OnApplied;
    }

    public void OnReadAsked(TestMember member, ulong incarnation, ulong number) => _reads[(member.Node.Self, incarnation, number)] = _highestCommit;

    private void OnReady(TestMember member, Ready ready)
    {
        var node = member.Node;
        if (ready.SoftState is { Role: RaftRole.Leader } state) OnLeader(member, state.Term);
        for (int i = 0; i < ready.Entries.Length; i++) LogMatching(member, ready.Entries[i]);
        if (node.CommitIndex > _highestCommit) _highestCommit = node.CommitIndex;
        foreach (var read in ready.ReadStates)
        {
            if (read.Refused)
            {
                Refused++;
                continue;
            }
            ReadsChecked++;
            var atLeast = _reads[(node.Self, node.Core.Options.Incarnation, read.Number)];
            Assert.True(read.Index >= atLeast, $"stale read: {read.Index} where {atLeast} was committed before it was asked");
        }
    }

    private void OnLeader(TestMember member, Term term)
    {
        var leader = member.Node.Self;
        Assert.True(_leaders.TryAdd(term, leader) || _leaders[term] == leader, $"election safety: {_leaders[term]} and {leader} in term {term}");
        for (int i = _committed.Count - 1; i >= 0 && _committed[i].Index >= member.Node.Core.Log.FirstIndex; i--)
            Assert.True(member.Node.Core.Log.TermAt(_committed[i].Index) == _committed[i].Term, $"leader completeness: {leader} lacks {_committed[i]} in term {term}");
    }

    private void LogMatching(TestMember member, Entry entry)
    {
        var previous = member.Node.Core.Log.TermAt(entry.Index.Previous);
        if (previous is null) return;
        if (_written.TryAdd((entry.Index, entry.Term), (entry, previous.Value))) return;
        var known = _written[(entry.Index, entry.Term)];
        Assert.True(known.Entry.SameAs(entry) && known.PreviousTerm == previous, $"log matching: {entry} after term {previous} and {known.Entry} after term {known.PreviousTerm}");
    }

    private void OnApplied(Entry entry)
    {
        int position = (int)entry.Index.Value - 1;
        if (position < _committed.Count)
        {
            Assert.True(_committed[position].SameAs(entry), $"state machine safety: {entry} and {_committed[position]}");
            return;
        }
        Assert.Equal(_committed.Count, position);
        if (position > 0)
        {
            var before = _committed[position - 1].Stamp;
            Assert.True(entry.Stamp.Log >= before.Log && entry.Stamp.Wall.Ticks >= before.Wall.Ticks, $"time went back at {entry}");
        }
        _committed.Add(entry);
    }
}
