using Hive.Journal.Records;

namespace Hive.Journal.Recovery;

/// <summary>What replaying the segments has come to so far.</summary>
internal sealed class Replay
{
    private static readonly ulong LeastEntryBytes = (ulong)RecordFrame.SizeOf(EntryRecord.FixedBytes);

    private Term _termAtHole;
    private bool _tailMayBeReplaced;

    public JournalState State { get; } = new();
    public SortedDictionary<ulong, Segment> Segments { get; } = [];

    /// <summary>The segment that writing goes on in, or null: open a new one.</summary>
    public Segment? Current { get; set; }
    public ulong LastSegment { get; set; }
    public ulong LastBatch { get; private set; }

    /// <summary>Records that are to follow the last good one in its batch.</summary>
    public uint Remaining { get; private set; }

    /// <summary>Newest index seen, whatever became of it: what is promised at least, when the holes took the record that would say it.</summary>
    public LogIndex Highest { get; private set; }

    /// <summary>Places where durable content is unreadable, for people.</summary>
    public List<string> Holes { get; } = [];

    /// <summary>No index above this can have been lost in the holes.</summary>
    public LogIndex MostLost { get; private set; }

    /// <summary>Index of the newest entry in front of the first hole.</summary>
    public LogIndex BeforeFirstHole { get; private set; }

    /// <summary>
    /// Newest entry that can still be believed. A newer leader may have replaced the tail in front of the first hole, and the hole may have held what replaced
    /// it; not so when that tail is of the term that was current on both sides of the hole. Otherwise nothing behind the log's start is believed.
    /// </summary>
    public LogIndex Trusted => _tailMayBeReplaced || !HardStateSinceHole || BeforeFirstHole < State.LogStart.Index ? State.LogStart.Index : BeforeFirstHole;

    /// <summary>A term and vote were read behind the last hole, and with them what is promised.</summary>
    public bool HardStateSinceHole { get; private set; } = true;

    /// <summary>What this member may have acknowledged.</summary>
    public Promise Promise
    {
        get
        {
            if (HardStateSinceHole && State.Promise.IsKnown) return State.Promise;
            ulong most = Math.Max(Math.Max(Highest.Value, MostLost.Value), Math.Max(State.Promise.End.Index.Value, State.LogStart.Index.Value));
            return new Promise(new LogPosition(new LogIndex(most), Term.Zero), IsKnown: false);
        }
    }

    /// <summary>The identity that the segments carry; null before the first was read.</summary>
    public JournalIdentity? Identity { get; private set; }

    public bool Take(in RecordFrame frame, ReadOnlySpan<byte> payload, ulong segment, long offset)
    {
        if (frame.Batch < LastBatch) return false;
        if (frame.Kind == RecordKind.SegmentStart && SegmentStart.TryRead(payload, out SegmentStart start)) Identity ??= start.Identity;
        if (!State.Apply(frame, payload, segment, offset)) return false;
        if (frame.Kind is RecordKind.HardState or RecordKind.SegmentStart)
        {
            if (!HardStateSinceHole && State.HardState.Term != _termAtHole) _tailMayBeReplaced = true;
            HardStateSinceHole = true;
        }
        if (frame.Kind == RecordKind.Damage)
        {
            // Holes from the cut on were found, and written down, when this record was made. One in front of it is new.
            if (Trusted.Next >= State.Damage!.From) ForgetHoles();
            Highest = State.Damage.To;
        }
        if (frame.Kind == RecordKind.Entry && State.Entries.Last > Highest) Highest = State.Entries.Last;
        LastBatch = frame.Batch;
        Remaining = frame.Remaining;
        return true;
    }

    /// <param name="bytes">Its size: so many entries at most lie in it, and may have been acknowledged, even where nothing behind it shows a higher index.</param>
    public void Hole(string where, long bytes)
    {
        ulong most = State.LastIndex.Value + (ulong)bytes / LeastEntryBytes;
        if (most > MostLost.Value) MostLost = new LogIndex(most);
        if (Holes.Count == 0)
        {
            (BeforeFirstHole, _termAtHole) = (State.LastIndex, State.HardState.Term);
            _tailMayBeReplaced = State.Entries.Find(State.LastIndex)?.Term < _termAtHole;
        }
        Holes.Add(where);
        HardStateSinceHole = false;
    }

    private void ForgetHoles()
    {
        Holes.Clear();
        MostLost = LogIndex.Zero;
        _tailMayBeReplaced = false;
    }

    /// <summary>
    /// Whether an unreadable record is the unfinished write of a crash. It is, when nothing readable lies behind it that was written
    /// after a sync had made it durable: batches are synced one after another, so only the last one can be torn.
    /// </summary>
    /// <param name="highestBehind">Highest batch number of a readable record behind it; null when there is none.</param>
    public bool IsTorn(ulong? highestBehind) =>
        highestBehind is not { } highest || highest <= (Remaining > 0 ? LastBatch : LastBatch + 1);
}
