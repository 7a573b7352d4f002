namespace Hive.Journal;

/// <summary>Where an entry's data stands on disk. Segment 0 is no segment: the entry is missing.</summary>
internal readonly record struct EntryLocation(Term Term, ulong Segment, long DataOffset, int DataBytes)
{
    public bool IsMissing => Segment == 0;
}

/// <summary>
/// Index to location for the live part of the log, about 40 bytes an entry. While a damaged journal is replayed it may have holes;
/// afterwards it never has.
/// </summary>
internal sealed class EntryTable
{
    private readonly List<EntryLocation> _locations = [];

    /// <summary>Index of the first location; where the next entry goes when there is none.</summary>
    public LogIndex First { get; private set; } = new(1);

    public int Count => _locations.Count;

    /// <summary>Index of the newest entry, or the one before <see cref="First"/>.</summary>
    public LogIndex Last => new(First.Value + (ulong)_locations.Count - 1);

    public EntryLocation? Find(LogIndex index) =>
        index < First || index > Last ? null : _locations[(int)(index - First)];

    /// <summary>Sets the location of an entry and forgets all behind it. A gap before it is filled with missing ones.</summary>
    public void Set(LogIndex index, in EntryLocation location)
    {
        if (_locations.Count == 0 || index < First)
        {
            _locations.Clear();
            First = index;
        }
        int at = (int)(index - First);
        if (at < _locations.Count) _locations.RemoveRange(at, _locations.Count - at);
        while (_locations.Count < at) _locations.Add(default);
        _locations.Add(location);
    }

    /// <summary>See <see cref="JournalBatch.Compact"/>.</summary>
    public void DropThrough(LogIndex index)
    {
        if (_locations.Count > 0 && First > index) return;
        // Where there is none, the first may still stand far above: behind a hole that took those in front, everything was cut.
        if (_locations.Count == 0 || index >= Last)
        {
            ResetTo(index);
            return;
        }
        _locations.RemoveRange(0, (int)(index - First) + 1);
        First = index.Next;
    }

    /// <summary>See <see cref="JournalBatch.Reset"/>.</summary>
    public void ResetTo(LogIndex index)
    {
        _locations.Clear();
        First = index.Next;
    }

    /// <summary>Forgets entries from an index on.</summary>
    public void CutFrom(LogIndex index)
    {
        if (index > Last) return;
        if (index <= First) _locations.Clear();
        else _locations.RemoveRange((int)(index - First), _locations.Count - (int)(index - First));
    }

    /// <summary>The lowest index from <paramref name="from"/> on that has no location, up to <see cref="Last"/>; null when whole.</summary>
    public LogIndex? FirstMissing(LogIndex from)
    {
        if (_locations.Count == 0) return null;
        if (from < First) return from;
        for (LogIndex index = from; index <= Last; index = index.Next)
        {
            if (_locations[(int)(index - First)].IsMissing) return index;
        }
        return null;
    }

    /// <summary>The lowest segment that holds a live entry, or null when the log is empty.</summary>
    /// <remarks>Whatever stands at a higher index was written later, overrides included: the first entry's segment is the lowest.</remarks>
    public ulong? LowestSegment() => _locations.Count == 0 ? null : _locations[0].Segment;
}
