namespace Hive.Raft;

/// <summary>The tail of the log in memory: consecutive entries up to the log's end, cut at both ends in O(1).</summary>
internal sealed class EntryCache(LogIndex firstIndex)
{
    private Entry?[] _ring = new Entry?[64];
    private int _head;

    /// <summary>Index of the first entry held (or of the next to come).</summary>
    public LogIndex FirstIndex { get; private set; } = firstIndex;

    public int Count { get; private set; }

    /// <summary>Charged bytes of all entries held.</summary>
    public long Bytes { get; private set; }

    /// <summary>Index of the last entry held; <c>FirstIndex - 1</c> when empty.</summary>
    public LogIndex LastIndex => new(FirstIndex.Value + (ulong)Count - 1);

    public Entry this[LogIndex index]
    {
        get
        {
            Invariant.Check(index >= FirstIndex && index <= LastIndex);
            return At((int)(index - FirstIndex));
        }
    }

    public void Append(Entry entry)
    {
        Invariant.Check(entry.Index == LastIndex.Next, $"{entry} after {LastIndex}");
        if (Count == _ring.Length) Grow();
        _ring[(_head + Count) & (_ring.Length - 1)] = entry;
        Count++;
        Bytes += entry.ChargedBytes;
    }

    /// <summary>Drops the first entry.</summary>
    public void DropFirst()
    {
        Invariant.Check(Count > 0);
        Bytes -= At(0).ChargedBytes;
        _ring[_head] = null;
        _head = (_head + 1) & (_ring.Length - 1);
        FirstIndex = FirstIndex.Next;
        Count--;
    }

    /// <summary>Drops all entries from <paramref name="from"/> on; when that lies before the first one held, the cache begins anew there.</summary>
    public void CutFrom(LogIndex from)
    {
        while (Count > 0 && LastIndex >= from)
        {
            int slot = (_head + Count - 1) & (_ring.Length - 1);
            Bytes -= _ring[slot]!.ChargedBytes;
            _ring[slot] = null;
            Count--;
        }
        if (from < FirstIndex) FirstIndex = from;
    }

    /// <summary>Forgets all; the next entry will be <paramref name="next"/>.</summary>
    public void Reset(LogIndex next)
    {
        CutFrom(FirstIndex);
        FirstIndex = next;
    }

    private Entry At(int offset) => _ring[(_head + offset) & (_ring.Length - 1)]!;

    private void Grow()
    {
        var larger = new Entry?[_ring.Length * 2];
        for (int i = 0; i < Count; i++) larger[i] = At(i);
        _ring = larger;
        _head = 0;
    }
}
