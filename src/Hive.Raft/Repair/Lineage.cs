using System.Collections.Immutable;

namespace Hive.Raft;

/// <summary>
/// The terms of consecutive entries, learnt downward from a known end. Held as runs of one term each, named by their lowest entry: the highest run
/// first. A log has as many runs as it saw elections that led to entries.
/// </summary>
internal sealed class Lineage(EntryId end)
{
    private readonly List<EntryId> _runs = [end];

    /// <summary>The entry it was learnt from.</summary>
    public EntryId End => end;

    /// <summary>The lowest entry whose term is known.</summary>
    public EntryId Lowest => _runs[^1];

    public ImmutableArray<EntryId> Runs => [.. _runs];

    public int RunCount => _runs.Count;

    /// <summary>The entry in front of the lowest has this term.</summary>
    public void Extend(Term term)
    {
        var lowest = Lowest;
        Invariant.Check(term <= lowest.Term && lowest.Index.Value > 0, $"{term} in front of {lowest}");
        var next = new EntryId(lowest.Index.Previous, term);
        if (term == lowest.Term) _runs[^1] = next;
        else _runs.Add(next);
    }

    /// <summary>Goes on with runs that another member learnt from this one's lowest entry.</summary>
    public void Extend(ImmutableArray<EntryId> runs)
    {
        Invariant.Check(runs[0].Term == Lowest.Term && runs[0].Index <= Lowest.Index, $"{runs[0]} goes on from {Lowest}");
        _runs[^1] = runs[0];
        _runs.AddRange(runs.AsSpan()[1..]);
    }

    /// <summary>Which entry stands at an index; null beyond what is known.</summary>
    public EntryId? At(LogIndex index)
    {
        if (index > end.Index || index < Lowest.Index) return null;
        int low = 0, high = _runs.Count - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_runs[middle].Index <= index) high = middle;
            else low = middle + 1;
        }
        return new EntryId(index, _runs[low].Term);
    }
}
