using Hive.Store.Apply;
using Hive.Store.Memory;
using Hive.Store.State;
using Hive.Store.Trees;
using Hive.Store.Wire;

namespace Hive.Store.Transfer;

/// <summary>
/// Builds a state from the chunks of an export, on any thread, beside the store that will take it over (<see cref="KeyValueStore.Install"/>).
/// Bad input is an answer, not an exception: the state is good only once <see cref="IsComplete"/>, when counts and digest were found equal.
/// </summary>
public sealed class StateImport
{
    private readonly StateWriter _writer = new();
    private readonly OrderedRecords<LiveOrder> _live;
    private readonly OrderedRecords<PastOrder> _past;
    private readonly TreeBuilder<RevisionStamp, RevisionStamp, long, RevisionStampOrder> _stamps;
    private readonly ImportedChanges _changes = new();
    private long _lastStamp = long.MinValue;
    private long _items;
    private bool _started;
    private bool _failed;
    private bool _taken;

    public StateImport()
    {
        _live = new(_writer.Edit);
        _past = new(_writer.Edit);
        _stamps = new(_writer.Edit);
    }

    /// <summary>Everything came, and what came of it has the digest of what was exported.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>The state's place in the log; known from the first chunk on.</summary>
    public LogIndex AppliedIndex => _writer.Roots.AppliedIndex;
    public Term AppliedTerm => _writer.Roots.AppliedTerm;

    /// <summary>Adds the next chunk, in order. False: it is malformed or does not belong here, and the import is void.</summary>
    public bool Add(ReadOnlyMemory<byte> chunk)
    {
        if (_failed || IsComplete || _taken) return false;
        var reader = new WireReader(chunk);
        while (!reader.IsAtEnd && !_failed && !IsComplete)
        {
            var tag = reader.Byte();
            _failed = _started == (tag == StateFormat.Header) || !AddItem(tag, ref reader) || reader.Failed;
        }
        if (!reader.IsDone) _failed = true;
        if (_failed) IsComplete = false;
        return !_failed;
    }

    internal StateWriter Take()
    {
        Invariant.Check(IsComplete && !_taken);
        _taken = true;
        return _writer;
    }

    private bool AddItem(byte tag, ref WireReader reader)
    {
        if (tag != StateFormat.Trailer) _items++;
        switch (tag)
        {
            case StateFormat.Header: return AddHeader(ref reader);
            case StateFormat.Live or StateFormat.Past: return AddRecord(tag, ref reader);
            case StateFormat.Stamp:
                return AddStamp(new RevisionStamp(reader.Signed(), ReadStamp(ref reader)));
            case StateFormat.Nothing:
                _changes.Add(new ChangePosition(reader.Signed(), (int)reader.Signed()), 0, 0);
                return true;
            case StateFormat.Lease:
                var lease = new Lease(reader.Signed(), reader.Signed(), new LogTime(reader.Signed()));
                if (reader.Failed || _writer.Roots.Leases.TryFind(new LeaseOrder(), lease.Id, out _)) return false;
                _writer.SetLease(lease);
                return true;
            case StateFormat.Hidden: return AddHidden(ref reader);
            case StateFormat.Record: return AddSideRecord(ref reader);
            case StateFormat.Request: return AddRequest(ref reader);
            case StateFormat.Trailer: return CheckTrailer(ref reader);
            default: return false;
        }
    }

    private bool AddHeader(ref WireReader reader)
    {
        _started = true;
        var version = reader.Unsigned();
        if (version is not (StateFormat.WithoutRevisionBound or StateFormat.Version)) return false;
        ref var roots = ref _writer.Roots;
        roots.AppliedIndex = new LogIndex(reader.Unsigned());
        roots.AppliedTerm = new Term(reader.Unsigned());
        roots.Stamp = ReadStamp(ref reader);
        roots.Revision = reader.Signed();
        roots.CompactedAt = reader.Signed();
        roots.Retention = new Retention(new TimeSpan(reader.Signed()), (int)reader.Signed(), reader.Signed(), version == StateFormat.Version ? reader.Signed() : 0);
        roots.NextTurn = reader.Signed();
        roots.UpkeepOwed = (int)reader.Signed();
        _changes.First = new ChangePosition(reader.Signed(), (int)reader.Signed());
        return !reader.Failed;
    }

    private bool AddRecord(byte tag, ref WireReader reader)
    {
        long mod = reader.Signed(), create = reader.Signed(), version = reader.Signed(), lease = reader.Signed();
        var putPosition = (int)reader.Signed();
        ReadOnlySpan<byte> key = reader.Bytes().Span, value = reader.Bytes().Span;
        var superseded = tag == StateFormat.Past ? reader.Signed() : 0;
        var supersededPosition = tag == StateFormat.Past ? (int)reader.Signed() : 0;
        if (reader.Failed || key.IsEmpty || mod > _writer.Roots.Revision || (tag == StateFormat.Past && superseded <= mod)) return false;

        ref var roots = ref _writer.Roots;
        var reference = _writer.Heap.Allocate(_writer.Edit, Record.SizeOf(key.Length, value.Length));
        roots.Slabs = _writer.Heap.Slabs;
        var record = _writer.Heap.Open(reference);
        record.Write(mod, create, version, lease, putPosition, key, value);
        _changes.Add(new ChangePosition(mod, putPosition), reference, 0);
        if (tag == StateFormat.Live)
        {
            roots.LiveBytes += record.Weight;
            roots.LiveDigest += StableHash.Of(record);
            if (lease != 0) _writer.Attach(lease, key);
            return _live.TryAdd(new LiveOrder(roots.Slabs), new VersionKey(key), reference);
        }
        record.Supersede(superseded, supersededPosition);
        roots.HistoryBytes += record.Weight;
        _changes.Add(new ChangePosition(superseded, supersededPosition), 0, reference);
        return _past.TryAdd(new PastOrder(roots.Slabs), new VersionKey(key, mod), reference);
    }

    private bool AddStamp(RevisionStamp stamp)
    {
        if (stamp.Revision <= _lastStamp) return false;
        _lastStamp = stamp.Revision;
        _stamps.Add(new RevisionStampOrder(), stamp);
        return true;
    }

    private bool AddHidden(ref WireReader reader)
    {
        var counter = new HiddenCounter(reader.Bytes().ToArray(), reader.Signed());
        ref var roots = ref _writer.Roots;
        roots.HiddenDigest += counter.Digest;
        return !roots.Hidden.Upsert(_writer.Edit, new HiddenOrder(), new HiddenKey(counter.Key), counter, out _);
    }

    private bool AddSideRecord(ref WireReader reader)
    {
        var record = new SideRecord(reader.Bytes().ToArray(), reader.Signed(), reader.Bytes().ToArray());
        if (reader.Failed || record.Value.Length == 0) return false;
        if (_writer.Roots.Records.TryFind(new SideRecordOrder(), new HiddenKey(record.Name), out _)) return false;
        _writer.SetRecord(record);
        return true;
    }

    private bool AddRequest(ref WireReader reader)
    {
        var low = reader.Fixed64();
        var id = new UInt128(reader.Fixed64(), low);
        var request = new RememberedRequest(
            id, reader.Signed(), new LogTime(reader.Signed()), reader.Signed(), (StoreError)reader.Byte(), reader.Bytes().ToArray());
        ref var roots = ref _writer.Roots;
        roots.RequestBytes += request.Weight;
        roots.RequestDigest += request.Digest;
        return !roots.Requests.Upsert(_writer.Edit, new RequestOrder(), id, request, out _)
            && !roots.RequestTurns.Upsert(_writer.Edit, new RequestTurnOrder(), request.Turn, new RequestTurn(request.Turn, id), out _);
    }

    private bool CheckTrailer(ref WireReader reader)
    {
        ref var roots = ref _writer.Roots;
        if (!_changes.TryBuild(_writer.Edit, out roots.Changes)) return false;
        roots.Live = _live.Build();
        roots.Past = _past.Build();
        roots.Stamps = _stamps.Build();
        IsComplete = reader.Signed() == _items
            && reader.Signed() == roots.LiveBytes
            && reader.Signed() == roots.HistoryBytes
            && reader.Fixed64() == roots.Digest.Value;
        return IsComplete;
    }

    private static Stamp ReadStamp(ref WireReader reader) => new(new LogTime(reader.Signed()), new WallTime(reader.Signed()));
}
