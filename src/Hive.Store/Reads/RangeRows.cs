using System.Collections.Immutable;
using Hive.Store.Memory;
using Hive.Store.Reads;
using Hive.Store.State;
using Hive.Store.Trees;

namespace Hive.Store;

/// <summary>
/// What a range found, read row by row out of an immutable state, as often as one likes. Rows in key order are walked where they lie and cost no memory however many
/// there are; rows that had to be sorted or filtered cost eight bytes each. For one thread at a time.
/// </summary>
public sealed class RangeRows
{
    private readonly byte[]?[] _slabs;
    private readonly Tree<ulong, VersionSeparator> _live, _past;
    private readonly RangeQuery _query;
    private readonly long _at, _newest;
    private readonly List<ulong>? _arranged;
    private VisibleCursor? _cursor;
    private long _walked;
    private long? _count;

    /// <summary>Rows in key order, walked lazily.</summary>
    internal RangeRows(in StoreRoots roots, RangeQuery query, long at, long newest)
    {
        (_slabs, _live, _past) = (roots.Slabs, roots.Live, roots.Past);
        (_query, _at, _newest) = (query, at, newest);
    }

    /// <summary>Rows that are known: those to be handed out, and how many the range holds in all.</summary>
    internal RangeRows(byte[]?[] slabs, RangeQuery query, List<ulong> rows, bool more, long count)
    {
        (_slabs, _query, _arranged, More, _count) = (slabs, query, rows, more, count);
    }

    /// <summary>The limit cut the answer. For rows in key order: known once all were walked.</summary>
    public bool More { get; private set; }

    /// <summary>Keys in the range, whatever the limit.</summary>
    public long Count => _count ??= RangeReader.Count(_slabs, _live, _past, Range, _at, _newest);

    private KeyRange Range => new(_query.Key.Span, _query.RangeEnd.Span);

    /// <summary>The next row, or false behind the last.</summary>
    public bool TryNext(out RangeRow row)
    {
        if (TryNextReference(out var reference))
        {
            row = new RangeRow(RecordHeap.Open(_slabs, reference), _query.KeysOnly);
            return true;
        }
        row = default;
        return false;
    }

    /// <summary>Goes back to before the first row.</summary>
    public void Restart()
    {
        _walked = 0;
        _cursor = null;
    }

    /// <summary>All rows as objects of their own.</summary>
    public RangeResult ToResult()
    {
        Restart();
        var kvs = ImmutableArray.CreateBuilder<KeyValue>(_arranged?.Count ?? 0);
        while (TryNextReference(out var reference)) kvs.Add(RecordHeap.Open(_slabs, reference).ToKeyValue(_query.KeysOnly));
        return new RangeResult(kvs.DrainToImmutable(), More, Count);
    }

    private bool TryNextReference(out ulong reference)
    {
        reference = 0;
        if (_arranged is not null)
        {
            if (_walked >= _arranged.Count) return false;
            reference = _arranged[(int)_walked++];
            return true;
        }
        if (_query.CountOnly) return false;
        if (_query.Limit > 0 && _walked >= _query.Limit)
        {
            More = Count > _query.Limit;
            return false;
        }
        _cursor ??= new VisibleCursor(_slabs, _live, _past, Range.Start, _at, _newest);
        if (_cursor.TryNext(out reference) && Range.Reaches(RecordHeap.Open(_slabs, reference).Key))
        {
            _walked++;
            return true;
        }
        // All were walked, which is a count too.
        _count ??= _walked;
        return false;
    }
}

/// <summary>One row of a range, where it lies: valid as long as the state that it was read from is held.</summary>
public readonly ref struct RangeRow
{
    private readonly Record _record;
    private readonly bool _keysOnly;

    internal RangeRow(Record record, bool keysOnly) => (_record, _keysOnly) = (record, keysOnly);

    public ReadOnlySpan<byte> Key => _record.Key;

    /// <summary>Empty when only keys were asked for.</summary>
    public ReadOnlySpan<byte> Value => _keysOnly ? default : _record.Value;

    public Revision CreateRevision => new(_record.Create);
    public Revision ModRevision => new(_record.Mod);

    /// <summary>Number of puts since the key was created; 1 for the first.</summary>
    public long Version => _record.Version;

    public LeaseId Lease => new(_record.Lease);
}
