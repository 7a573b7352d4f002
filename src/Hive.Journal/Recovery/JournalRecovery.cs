using System.Globalization;
using Hive.Journal.Records;

namespace Hive.Journal.Recovery;

/// <summary>
/// Opens a journal: replays the segments, cuts a torn tail, reports damage. The rule that tells the two apart is
/// <see cref="Replay.IsTorn"/>; where a segment has a successor, the successor names where it ended, and everything in front is durable.
/// </summary>
internal sealed class JournalRecovery(IDisk disk, JournalIdentity identity, JournalLimits limits, IFaultPoints faults)
{
    private readonly Replay _replay = new();
    private readonly List<Segment> _segments = [];
    private long _tornBytes;

    public JournalOpening Run()
    {
        if (disk.CreateDirectory(Segment.Directory) != DiskStatus.Ok) return Refused(JournalOpenCode.NoSpace, "no room for the journal's directory");
        OpenSegments();
        for (int i = 0; i < _segments.Count; i++)
        {
            if (!ReplaySegment(i)) break;
        }
        if (_replay.Identity is { } found && found != identity)
        {
            foreach (Segment segment in _segments) segment.Dispose();
            return Refused(JournalOpenCode.WrongIdentity,
                $"the journal is of member {found.Member} of cluster {found.Cluster}, not of member {identity.Member} of cluster {identity.Cluster}");
        }
        bool existed = _replay.Segments.Count > 0;
        JournalDamage? damage = FindDamage();
        var journal = new Journal(disk, faults, limits, identity, _replay);
        if (damage is not null && !journal.RecordDamage(damage))
        {
            journal.Dispose();
            return Refused(JournalOpenCode.NoSpace, $"no room to record damage: {damage.Where}");
        }
        // What is whole now was durable: damage to its last batch is told from a torn tail from here on. Damage that was just recorded begins a segment, which says as much.
        if (existed && damage is null) journal.ConfirmTail();
        if (journal.Damage is not null) journal.Keep(FindCopies());
        return new JournalOpening(JournalOpenCode.Ok, journal, existed, _tornBytes, damage ?? journal.Damage, "");
    }

    private EntryCopies FindCopies()
    {
        var copies = new EntryCopies();
        foreach (Segment segment in _replay.Segments.Values)
        {
            ReadOnlySpan<byte> bytes = Load(segment);
            copies.Scan(bytes[..(int)Math.Min(segment.End, bytes.Length)], segment.Number, limits.RecordBytes);
        }
        return copies;
    }

    private static JournalOpening Refused(JournalOpenCode code, string detail) => new(code, null, true, 0, null, detail);

    private void OpenSegments()
    {
        foreach (string name in disk.List(Segment.Directory))
        {
            if (!Segment.TryParse(name, out ulong number)) continue;
            if (disk.Open(Segment.PathOf(number), writable: true) is { } file) _segments.Add(new Segment(number, file));
        }
        _segments.Sort((left, right) => left.Number.CompareTo(right.Number));
    }

    /// <summary>False: the journal ends here, whatever files follow.</summary>
    private bool ReplaySegment(int at)
    {
        Segment segment = _segments[at];
        ReadOnlySpan<byte> bytes = Load(segment);
        long? knownEnd = EndNamedByNext(at);
        CheckPredecessor(at, bytes);
        int limit = knownEnd is { } end ? (int)Math.Min(end, bytes.Length) : bytes.Length;
        int position = 0;
        while (position < limit)
        {
            if (TryTake(bytes[..limit], segment.Number, position, out int size))
            {
                position += size;
                continue;
            }
            if (limits.Mutant == JournalMutant.CorruptRecordCut)
            {
                CutTail(at, position, bytes);
                return false;
            }
            int next = FindRecord(bytes[..limit], segment.Number, position + RecordFrame.Alignment);
            if (knownEnd is null)
            {
                ulong? behind = HighestBatchBehind(at, bytes, position + RecordFrame.Alignment);
                if (_replay.IsTorn(behind))
                {
                    CutTail(at, position, bytes);
                    return false;
                }
                if (next < 0 && IsCleanEnd(bytes, position)) break;
            }
            if (position == 0 && IsOnlyTheStart(bytes, segment.Number, next))
            {
                position = next;
                continue;
            }
            int holeEnd = next >= 0 ? next : knownEnd is null ? position + bytes[position..].LastIndexOfAnyExcept((byte)0) + 1 : limit;
            _replay.Hole($"{Segment.PathOf(segment.Number)} from {position} to {holeEnd}", holeEnd - position);
            if (next < 0) break;
            position = next;
        }
        if (knownEnd > bytes.Length) _replay.Hole($"{Segment.PathOf(segment.Number)} is shorter than {knownEnd}", knownEnd.Value - bytes.Length);
        Keep(segment, position);
        return true;
    }

    /// <summary>A segment's first record is a batch of its own and repeats what is known: when only that is lost, nothing is missing.</summary>
    private bool IsOnlyTheStart(ReadOnlySpan<byte> bytes, ulong segment, int next) =>
        next == RecordFrame.SizeOf(SegmentStart.PayloadBytes) && _replay.Segments.Count > 0 && _replay.Remaining == 0
        && RecordFrame.TryRead(bytes[next..], segment, next, limits.RecordBytes, out RecordFrame frame)
        && frame.Batch == _replay.LastBatch + 2;

    private bool TryTake(ReadOnlySpan<byte> bytes, ulong segment, int position, out int size)
    {
        size = 0;
        bool verified = RecordFrame.TryRead(bytes[position..], segment, position, limits.RecordBytes, out RecordFrame frame);
        if (!verified && !(limits.Mutant == JournalMutant.TornTailAccepted && RecordFrame.TryReadUnverified(bytes[position..], limits.RecordBytes, out frame))) return false;
        size = frame.Size;
        return _replay.Take(frame, bytes.Slice(position + RecordFrame.HeaderBytes, frame.PayloadBytes), segment, position);
    }

    private void Keep(Segment segment, long end)
    {
        segment.End = end;
        _replay.Segments.Add(segment.Number, segment);
        _replay.Current = segment;
        _replay.LastSegment = segment.Number;
    }

    private static bool IsCleanEnd(ReadOnlySpan<byte> bytes, int position) => !bytes[position..].ContainsAnyExcept((byte)0);

    /// <summary>The end of a segment as its successor's first record names it; null when there is no readable successor.</summary>
    private long? EndNamedByNext(int at)
    {
        if (at + 1 >= _segments.Count) return null;
        return ReadStart(_segments[at + 1]) is { } start && start.PreviousSegment == _segments[at].Number ? start.PreviousEnd : null;
    }

    private SegmentStart? ReadStart(Segment segment)
    {
        byte[] head = new byte[RecordFrame.SizeOf(SegmentStart.PayloadBytes)];
        int read = segment.File.Read(0, head);
        return RecordFrame.TryRead(head.AsSpan(0, read), segment.Number, 0, limits.RecordBytes, out RecordFrame frame)
            && frame.Kind == RecordKind.SegmentStart
            && SegmentStart.TryRead(head.AsSpan(RecordFrame.HeaderBytes, frame.PayloadBytes), out SegmentStart start)
            ? start : null;
    }

    private void CheckPredecessor(int at, ReadOnlySpan<byte> bytes)
    {
        if (at == 0 || bytes.IsEmpty) return;
        if (ReadStart(_segments[at]) is { } start && start.PreviousSegment != _segments[at - 1].Number)
        {
            _replay.Hole($"{Segment.PathOf(start.PreviousSegment)} is missing", limits.SegmentBytes);
        }
    }

    private int FindRecord(ReadOnlySpan<byte> bytes, ulong segment, int from)
    {
        for (int at = from; at <= bytes.Length - RecordFrame.HeaderBytes; at += RecordFrame.Alignment)
        {
            int skip = bytes[at..].IndexOfAnyExcept((byte)0);
            if (skip < 0) return -1;
            // The checksum of a record may end in zeros: step back one unit from the first byte that is not zero.
            at = Math.Max(at, (at + skip) & -RecordFrame.Alignment);
            if (RecordFrame.TryRead(bytes[at..], segment, at, limits.RecordBytes, out RecordFrame frame) && frame.Batch >= _replay.LastBatch) return at;
        }
        return -1;
    }

    private ulong? HighestBatchBehind(int at, ReadOnlySpan<byte> bytes, int from)
    {
        ulong? highest = HighestBatch(bytes, _segments[at].Number, from);
        for (int later = at + 1; later < _segments.Count; later++)
        {
            ulong? there = HighestBatch(Load(_segments[later]), _segments[later].Number, 0);
            if (there > highest || highest is null) highest = there ?? highest;
        }
        return highest;
    }

    private ulong? HighestBatch(ReadOnlySpan<byte> bytes, ulong segment, int from)
    {
        ulong? highest = null;
        for (int at = FindRecord(bytes, segment, from); at >= 0;)
        {
            if (RecordFrame.TryRead(bytes[at..], segment, at, limits.RecordBytes, out RecordFrame frame))
            {
                if (highest is null || frame.Batch > highest) highest = frame.Batch;
                at += frame.Size - RecordFrame.Alignment;
            }
            at = FindRecord(bytes, segment, at + RecordFrame.Alignment);
        }
        return highest;
    }

    /// <summary>Makes what an unfinished write left unreadable for good, so that it is not taken for a record behind a later write.</summary>
    private void CutTail(int at, int position, ReadOnlySpan<byte> bytes)
    {
        bool deleted = false;
        for (int later = _segments.Count - 1; later > at; later--)
        {
            Delete(_segments[later]);
            deleted = true;
        }
        Segment segment = _segments[at];
        int lastUsed = bytes[position..].LastIndexOfAnyExcept((byte)0);
        _tornBytes += lastUsed + 1;
        if (position == 0)
        {
            Delete(segment);
            deleted = true;
        }
        else
        {
            if (lastUsed >= 0)
            {
                DiskStatus zeroed = segment.File.Write(position, new byte[lastUsed + 1]);
                if (zeroed != DiskStatus.Ok) throw new IOException($"journal: no room to cut the torn tail of {Segment.PathOf(segment.Number)}");
                segment.File.SyncData();
            }
            Keep(segment, position);
        }
        if (deleted) disk.SyncDirectory(Segment.Directory);
        faults.Reach(FaultPoint.AfterTailCut);
    }

    private void Delete(Segment segment)
    {
        segment.Dispose();
        disk.Delete(Segment.PathOf(segment.Number));
    }

    private JournalDamage? FindDamage()
    {
        JournalState state = _replay.State;
        LogIndex? missing = state.Entries.FirstMissing(state.LogStart.Index.Next);
        bool endsAsRecorded = state.Damage is not null || state.Promise.End == state.LogEnd;
        if (_replay.Holes.Count == 0 && missing is null && endsAsRecorded) return null;
        LogIndex from = _replay.Holes.Count > 0 ? _replay.Trusted.Next : missing ?? state.LogStart.Index.Next;
        if (missing is { } gap && gap < from) from = gap;
        if (from <= state.LogStart.Index) from = state.LogStart.Index.Next;
        string where = _replay.Holes.Count > 0 ? string.Join("; ", _replay.Holes)
            : missing is not null ? string.Create(CultureInfo.InvariantCulture, $"no record of entry {missing}")
            : string.Create(CultureInfo.InvariantCulture, $"the log ends at {state.LogEnd.Index}, and was recorded to end at {state.Promise.End.Index}");
        return new JournalDamage(from, _replay.Promise, where);
    }

    private byte[] Load(Segment segment)
    {
        byte[] bytes = new byte[checked((int)segment.File.Length)];
        int read = segment.File.Read(0, bytes);
        return read == bytes.Length ? bytes : bytes[..read];
    }
}
