using Hive.Journal.Records;

namespace Hive.Journal.Recovery;

/// <summary>What replaying the segments has come to so far.</summary>
internal sealed class Replay
{
    private static readonly ulong LeastEntryBytes = (ulong)RecordFrame.SizeOf(JournalBatch.EntryFixedBytes);

    public JournalState State { get; } = new();
    public SortedDictionary<ulong, Segment> Segments { get; } = [];

    /// <summary>The segment that writing goes on in, or null: open a new one.</summary>
    public Segment? Current { get; set; }
    public ulong LastSegment { get; set; }
    public ulong LastBatch { get; private set; }

    /// <summary>Records that are to follow the last good one in its batch.</summary>
    public uint Remaining { get; private set; }

    /// <summary>Newest index seen, and its term, whatever became of it: the mark that a damaged member must reach again.</summary>
    public LogPosition Highest { get; private set; }

    /// <summary>Places where durable content is unreadable, for people.</summary>
    public List<string> Holes { get; } = [];

    /// <summary>No index above this can have been lost in the holes.</summary>
    public LogIndex MostLost { get; private set; }

    /// <summary>Index of the newest entry in front of the first hole.</summary>
    public LogIndex BeforeFirstHole { get; private set; }

    /// <summary>A term and vote were read behind the last hole.</summary>
    public bool HardStateSinceHole { get; private set; } = true;

    /// <summary>The identity that the segments carry; null before the first was read.</summary>
    public JournalIdentity? Identity { get; private set; }

    public bool Take(in RecordFrame frame, ReadOnlySpan<byte> payload, ulong segment, long offset)
    {
        if (frame.Batch < LastBatch) return false;
        if (frame.Kind == RecordKind.SegmentStart && SegmentStart.TryRead(payload, out SegmentStart start)) Identity ??= start.Identity;
        if (!State.Apply(frame, payload, segment, offset)) return false;
        if (frame.Kind is RecordKind.HardState or RecordKind.SegmentStart) HardStateSinceHole = true;
        if (frame.Kind == RecordKind.Damage)
        {
            // The holes so far were found, and written down, when this record was made.
            Holes.Clear();
            MostLost = LogIndex.Zero;
            Highest = new LogPosition(State.Damage!.To, State.Damage.ToTerm);
        }
        if (frame.Kind == RecordKind.Entry && State.Entries.Last >= Highest.Index)
        {
            Highest = new LogPosition(State.Entries.Last, State.Entries.Find(State.Entries.Last)!.Value.Term);
        }
        LastBatch = frame.Batch;
        Remaining = frame.Remaining;
        return true;
    }

    /// <param name="bytes">Its size: so many entries at most lie in it, and may have been acknowledged, even where nothing behind it shows a higher index.</param>
    public void Hole(string where, long bytes)
    {
        ulong most = State.LastIndex.Value + (ulong)bytes / LeastEntryBytes;
        if (most > MostLost.Value) MostLost = new LogIndex(most);
        if (Holes.Count == 0) BeforeFirstHole = State.LastIndex;
        Holes.Add(where);
        HardStateSinceHole = false;
    }

    /// <summary>
    /// Whether an unreadable record is the unfinished write of a crash. It is, when nothing readable lies behind it that was written
    /// after a sync had made it durable: batches are synced one after another, so only the last one can be torn.
    /// </summary>
    /// <param name="highestBehind">Highest batch number of a readable record behind it; null when there is none.</param>
    public bool IsTorn(ulong? highestBehind) =>
        highestBehind is not { } highest || highest <= (Remaining > 0 ? LastBatch : LastBatch + 1);
}
