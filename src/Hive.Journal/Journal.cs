using Hive.Journal.Records;
using Hive.Journal.Recovery;

namespace Hive.Journal;

/// <summary>
/// The durable log of one member: entries, term and vote, and where the log begins. One thread writes; any thread may read beside it.
/// What <see cref="Write"/> was given is on the device when it answers Ok; see the README for the form on disk.
/// </summary>
public sealed class Journal : IDisposable
{
    private readonly Lock _gate = new();
    private readonly IDisk _disk;
    private readonly IFaultPoints _faults;
    private readonly JournalLimits _limits;
    private readonly JournalIdentity _identity;
    private readonly JournalState _state;
    private readonly SortedDictionary<ulong, Segment> _segments;
    private readonly JournalBatch _sealing = new();
    private EntryCopies? _copies;
    private readonly JournalBatch _opening = new();
    private Segment? _current;
    private ulong _lastSegment;
    private ulong _lastBatch;
    private bool _sealed = true;

    internal Journal(IDisk disk, IFaultPoints faults, JournalLimits limits, JournalIdentity identity, Replay replay)
    {
        (_disk, _faults, _limits, _identity) = (disk, faults, limits, identity);
        _state = replay.State;
        _segments = replay.Segments;
        _current = replay.Current;
        _lastSegment = replay.LastSegment;
        _lastBatch = replay.LastBatch;
    }

    /// <summary>Newest durable term and vote.</summary>
    public HardState HardState
    {
        get
        {
            lock (_gate) return _state.HardState;
        }
    }

    /// <summary>The position after which the log begins; (0, 0) when it begins with the first entry.</summary>
    public LogPosition LogStart
    {
        get
        {
            lock (_gate) return _state.LogStart;
        }
    }

    /// <summary>Index of the newest entry; that of <see cref="LogStart"/> when there is none.</summary>
    public LogIndex LastIndex
    {
        get
        {
            lock (_gate) return _state.LastIndex;
        }
    }

    /// <summary>What is lost and not yet marked as repaired; null when all is well.</summary>
    public JournalDamage? Damage
    {
        get
        {
            lock (_gate) return _state.Damage is { } damage ? damage with { Promise = _state.Promise } : null;
        }
    }

    /// <summary>Durable writes since the journal was opened.</summary>
    public long Batches { get; private set; }

    /// <summary>Bytes that the files take.</summary>
    public long SizeBytes
    {
        get
        {
            lock (_gate)
            {
                long sum = 0;
                foreach (Segment segment in _segments.Values) sum += segment.File.Length;
                return sum;
            }
        }
    }

    /// <summary>Opens the journal below the disk's root, or makes an empty one, after cutting a torn tail and looking for damage.</summary>
    public static JournalOpening Open(IDisk disk, JournalIdentity identity, JournalLimits limits, IFaultPoints faults) =>
        new JournalRecovery(disk, identity, limits, faults).Run();

    /// <summary>Term of an entry that is in the log, or of <see cref="LogStart"/>; null for any other index.</summary>
    public Term? TermAt(LogIndex index)
    {
        lock (_gate) return _state.TermAt(index);
    }

    /// <summary>
    /// Term of the entry in front of the one named, when there is damage and a readable record of exactly that one is left, in the log or not; null otherwise.
    /// </summary>
    public Term? TermBefore(LogIndex index, Term term)
    {
        lock (_gate) return _copies?.Find(index, term)?.Before;
    }

    /// <summary>That record; null under the same conditions.</summary>
    /// <exception cref="IOException">It does not verify any more: the device has lost it since the journal was opened.</exception>
    public JournalEntry? ReadCopy(LogIndex index, Term term)
    {
        lock (_gate) return _copies?.Find(index, term) is { } copy ? ReadEntry(index, copy.Location) : null;
    }

    /// <summary>All readable records of a kind of entry, the oldest term first, under the same conditions. Walks all that there are.</summary>
    public IReadOnlyList<JournalEntry> ReadCopies(byte kind)
    {
        lock (_gate) return _copies is null ? [] : [.. _copies.OfKind(kind).Select(id => ReadEntry(id.Index, _copies.Find(id.Index, id.Term)!.Value.Location))];
    }

    /// <summary>
    /// Makes a batch durable: one write, one fdatasync. NoSpace: nothing of it counts, the same batch may be tried again.
    /// </summary>
    /// <exception cref="IOException">The device failed; what it holds is unknown, so the member must stop.</exception>
    public DiskStatus Write(JournalBatch batch)
    {
        if (batch.IsEmpty) return DiskStatus.Ok;
        batch.Complete(_state);
        return WriteBatch(batch);
    }

    /// <summary>
    /// Confirms the last batch by repeating term, vote and promise behind it: later damage to that batch is then told from a torn tail, and takes no more than its
    /// entries. Synced, because a seal that was
    /// lost in front of a later batch would look like damage itself. Meant for when the member falls idle. Does nothing when already confirmed.
    /// </summary>
    public void Seal()
    {
        if (_sealed || _current is null) return;
        _sealing.Clear();
        _sealing.Complete(_state);
        if (_current.End + _sealing.Bytes > _current.File.Length) return;
        if (Place(_sealing, _current) != DiskStatus.Ok) return;
        _current.File.SyncData();
        _sealed = true;
    }

    /// <summary>
    /// Reads entries from <paramref name="from"/> to <paramref name="to"/> (inclusive) until their data, with <paramref name="overheadBytes"/>
    /// for each, would exceed <paramref name="limitBytes"/>; at least one, when it is in the log. Stops early, never skips.
    /// </summary>
    /// <exception cref="IOException">An entry does not verify any more: the device has lost it since the journal was opened.</exception>
    public void Read(LogIndex from, LogIndex to, long limitBytes, int overheadBytes, List<JournalEntry> into)
    {
        lock (_gate)
        {
            long bytes = 0;
            for (LogIndex index = from; index <= to; index = index.Next)
            {
                if (_state.Entries.Find(index) is not { IsMissing: false } location) return;
                bytes += location.DataBytes + overheadBytes;
                if (bytes > limitBytes && index > from) return;
                into.Add(ReadEntry(index, location));
            }
        }
    }

    /// <summary>
    /// Deletes segments that hold nothing of the live log. Call after a LogStart is durable. While damage is not repaired all are kept: what lies behind a
    /// hole is in them.
    /// </summary>
    public void DeleteObsoleteSegments()
    {
        if (_current is null || Damage is not null) return;
        bool deleted = false;
        while (true)
        {
            Segment first;
            lock (_gate)
            {
                ulong lowest = Math.Min(_state.Entries.LowestSegment() ?? _current.Number, _current.Number);
                first = First(_segments);
                if (first.Number >= lowest) break;
                _segments.Remove(first.Number);
            }
            _faults.Reach(FaultPoint.BeforeSegmentDelete);
            first.Dispose();
            _disk.Delete(Segment.PathOf(first.Number));
            deleted = true;
        }
        if (deleted) _disk.SyncDirectory(Segment.Directory);
    }

    /// <summary>
    /// Writes down what was found to be lost, in a segment of its own behind it, and cuts the log there. False: no room. Until the
    /// repair is marked every opening reports it again.
    /// </summary>
    internal bool RecordDamage(JournalDamage damage)
    {
        _current = null;
        // The new segment's first record is durable before the damage is: it must not say that all is well.
        _state.Owe(damage.Promise);
        var batch = new JournalBatch();
        batch.MarkDamaged(damage);
        return Write(batch) == DiskStatus.Ok;
    }

    /// <summary>Confirms the last batch that an opening found.</summary>
    internal void ConfirmTail()
    {
        _sealed = false;
        Seal();
    }

    /// <summary>What a damaged journal still holds, in the log or not; kept until the repair is marked.</summary>
    internal void Keep(EntryCopies copies) => _copies = copies;

    public void Dispose()
    {
        foreach (Segment segment in _segments.Values) segment.Dispose();
        _segments.Clear();
    }

    private DiskStatus WriteBatch(JournalBatch batch)
    {
        _faults.Reach(FaultPoint.BeforeBatchWrite);
        bool fits = _current is not null && _current.End + batch.Bytes <= _current.File.Length;
        if (!fits)
        {
            DiskStatus opened = OpenNext(batch.Bytes);
            if (opened != DiskStatus.Ok) return opened;
        }
        Segment target = _current!;
        if (Place(batch, target) != DiskStatus.Ok)
        {
            // What was half written must not be taken for records later: go on in a new segment, which names where this one ended.
            _current = null;
            return DiskStatus.NoSpace;
        }
        _faults.Reach(FaultPoint.BeforeBatchSync);
        target.File.SyncData();
        _faults.Reach(FaultPoint.AfterBatchSync);
        Batches++;
        _sealed = false;
        Learn(batch, target);
        return DiskStatus.Ok;
    }

    private DiskStatus Place(JournalBatch batch, Segment target)
    {
        Span<byte> bytes = batch.Encoded;
        ulong number = _lastBatch + 1;
        for (int i = 0; i < batch.Records.Count; i++)
        {
            JournalBatch.Pending record = batch.Records[i];
            uint remaining = (uint)(batch.Records.Count - 1 - i);
            new RecordFrame(record.Kind, record.PayloadBytes, remaining, number)
                .Write(bytes[record.Start..], target.Number, target.End + record.Start);
        }
        DiskStatus written = target.File.Write(target.End, bytes);
        if (written != DiskStatus.Ok) return written;
        _lastBatch = number;
        target.End += bytes.Length;
        return DiskStatus.Ok;
    }

    private void Learn(JournalBatch batch, Segment target)
    {
        long start = target.End - batch.Bytes;
        lock (_gate)
        {
            foreach (JournalBatch.Pending record in batch.Records)
            {
                var frame = new RecordFrame(record.Kind, record.PayloadBytes, 0, _lastBatch);
                ReadOnlySpan<byte> payload = batch.Encoded.Slice(record.Start + RecordFrame.HeaderBytes, record.PayloadBytes);
                bool follows = record.Kind != RecordKind.Entry || record.Index <= _state.LastIndex.Next;
                Invariant.Check(follows, $"entry {record.Index} after {_state.LastIndex}");
                bool known = _state.Apply(frame, payload, target.Number, start + record.Start);
                Invariant.Check(known, $"record {record.Kind} at index {record.Index}, log starts after {_state.LogStart.Index}");
            }
            if (_state.Damage is null) _copies = null;
        }
    }

    private DiskStatus OpenNext(int batchBytes)
    {
        Segment? previous = _segments.Count == 0 ? null : Last(_segments);
        ulong number = _lastSegment + 1;
        long size = Math.Max(_limits.SegmentBytes, RecordFrame.SizeOf(SegmentStart.PayloadBytes) + (long)batchBytes);
        DiskStatus created = _disk.Create(Segment.PathOf(number), size, out IDiskFile? file);
        if (created != DiskStatus.Ok) return created;
        _faults.Reach(FaultPoint.SegmentCreated);
        var next = new Segment(number, file!);
        _opening.Clear();
        var hardState = new HardStateRecord(_state.HardState, _state.Promise);
        _opening.StartSegment(new SegmentStart(_identity, number, hardState, _state.LogStart, previous?.Number ?? 0, previous?.End ?? 0));
        if (Place(_opening, next) != DiskStatus.Ok)
        {
            next.Dispose();
            _disk.Delete(Segment.PathOf(number));
            return DiskStatus.NoSpace;
        }
        next.File.SyncData();
        _faults.Reach(FaultPoint.BeforeSegmentDirectorySync);
        _disk.SyncDirectory(Segment.Directory);
        _lastSegment = number;
        lock (_gate) _segments.Add(number, next);
        _current = next;
        return DiskStatus.Ok;
    }

    private JournalEntry ReadEntry(LogIndex index, in EntryLocation location)
    {
        Segment segment = _segments[location.Segment];
        int payloadBytes = EntryRecord.FixedBytes + location.DataBytes;
        byte[] record = new byte[RecordFrame.HeaderBytes + payloadBytes];
        long offset = location.DataOffset - EntryRecord.FixedBytes - RecordFrame.HeaderBytes;
        int read = segment.File.Read(offset, record);
        if (read < record.Length || !RecordFrame.TryRead(record, segment.Number, offset, _limits.RecordBytes, out _))
        {
            throw new IOException($"journal: entry {index} in {Segment.PathOf(segment.Number)} at {offset} does not verify any more");
        }
        bool isEntry = EntryRecord.TryRead(record.AsSpan(RecordFrame.HeaderBytes), out EntryRecord entry);
        Invariant.Check(isEntry && entry.Index == index && entry.Term == location.Term);
        return new JournalEntry(index, entry.Term, entry.Kind, entry.Stamp, record.AsMemory(RecordFrame.HeaderBytes + EntryRecord.FixedBytes));
    }

    private static Segment First(SortedDictionary<ulong, Segment> segments)
    {
        foreach (Segment segment in segments.Values) return segment;
        throw Invariant.Fail("no segment");
    }

    private static Segment Last(SortedDictionary<ulong, Segment> segments)
    {
        Segment? last = null;
        foreach (Segment segment in segments.Values) last = segment;
        return last ?? throw Invariant.Fail("no segment");
    }
}
