using Hive.Raft;
using Hive.Simulation.Machines;
using Hive.Simulation.World;

namespace Hive.Simulation.Checkers;

/// <summary>Election safety, log matching and leader completeness (thesis figure 3.2), seen at the moment they could break.</summary>
internal sealed class ConsensusChecker(CommittedLog committed)
{
    private readonly Dictionary<Term, MemberId> _leaders = [];
    private readonly Dictionary<(LogIndex, Term), (Entry Entry, Term? Previous)> _written = [];

    // In which term each entry was committed: that of the member that knew it first, which is the leader that did it, or heard of it in its term.
    private readonly Dictionary<LogIndex, Term> _committedIn = [];

    public int Elections => _leaders.Count;

    public void Ready(SimMember member, Ready ready)
    {
        if (ready.SoftState is { Role: RaftRole.Leader } state) Elected(member, state.Term);
        foreach (var entry in ready.Entries) Matches(member, entry);
        foreach (var entry in ready.Committed) _committedIn.TryAdd(entry.Index, member.Core!.Raft.Term);
    }

    private void Elected(SimMember member, Term term)
    {
        bool only = _leaders.TryAdd(term, member.Id) || _leaders[term] == member.Id;
        Violation.Unless(only, "election-safety", () => $"{_leaders[term]} and {member.Id} lead term {term}");
        var log = member.Core!.Raft.Core.Log;
        for (var index = committed.LastIndex; index >= log.FirstIndex && index.Value > 0; index = index.Previous)
        {
            var entry = committed.Entries[(int)index.Value - 1].Entry;
            // A candidate may win an old term by votes that were under way while a newer one already commits, entries of still older terms among them: it can do no harm.
            if (!_committedIn.TryGetValue(index, out var since) || since > term) continue;
            Violation.Unless(log.TermAt(index) == entry.Term, "leader-completeness", () => $"leader {member.Id} of term {term} lacks {entry}");
        }
    }

    private void Matches(SimMember member, Entry entry)
    {
        var previous = member.Core!.Raft.Core.Log.TermAt(entry.Index.Previous);
        if (_written.TryAdd((entry.Index, entry.Term), (entry, previous))) return;
        var known = _written[(entry.Index, entry.Term)];
        bool same = known.Entry.SameAs(entry) && (previous is null || known.Previous is null || previous == known.Previous);
        Violation.Unless(same, "log-matching", () => $"member {member.Id} writes {entry} after term {previous}; {known.Entry} was written after term {known.Previous}");
    }
}
