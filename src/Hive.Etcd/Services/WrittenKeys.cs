using Google.Protobuf;
using Hive.Etcd.Messages;

namespace Hive.Etcd.Services;

/// <summary>
/// The keys that one branch of a transaction may write, its nested transactions included. A key put twice, or put and deleted, on one path
/// of execution is refused; the two branches of one nested transaction may overlap, for only one of them runs.
/// </summary>
internal sealed class WrittenKeys
{
    private readonly SortedSet<ReadOnlyMemory<byte>> _puts = new(ByteOrder.Instance);
    private readonly List<(ReadOnlyMemory<byte> From, ReadOnlyMemory<byte> End)> _deletes = [];

    /// <summary>Null: a key would be written twice.</summary>
    public static WrittenKeys? Collect(IEnumerable<RequestOp> steps)
    {
        var written = new WrittenKeys();
        foreach (var step in steps)
            if (step.RequestCase == RequestOp.RequestOneofCase.RequestDeleteRange)
                written._deletes.Add((step.RequestDeleteRange.Key.Memory, step.RequestDeleteRange.RangeEnd.Memory));
        foreach (var step in steps)
            if (step.RequestCase == RequestOp.RequestOneofCase.RequestTxn && !written.TryAddNested(step.RequestTxn)) return null;
        foreach (var step in steps)
            if (step.RequestCase == RequestOp.RequestOneofCase.RequestPut && !written.TryAddPut(step.RequestPut.Key.Memory)) return null;
        return written;
    }

    private bool TryAddNested(TxnRequest nested)
    {
        if (Collect(nested.Success) is not { } success || Collect(nested.Failure) is not { } failure) return false;
        foreach (var key in success._puts)
            if (!TryAddPut(key)) return false;
        foreach (var key in failure._puts)
        {
            if (success._puts.Contains(key)) continue;
            if (!TryAddPut(key)) return false;
        }
        _deletes.AddRange(success._deletes);
        _deletes.AddRange(failure._deletes);
        return true;
    }

    private bool TryAddPut(ReadOnlyMemory<byte> key)
    {
        foreach (var (from, end) in _deletes)
            if (KeyRange.Contains(from.Span, end.Span, key.Span)) return false;
        return _puts.Add(key);
    }
}

/// <summary>Byte-wise order of keys.</summary>
internal sealed class ByteOrder : IComparer<ReadOnlyMemory<byte>>
{
    public static readonly ByteOrder Instance = new();

    public static readonly IComparer<byte[]> Arrays = Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    public int Compare(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceCompareTo(y.Span);
}

/// <summary>etcd's way to write a range: an empty end is the single key, the byte 0 as end is "no end".</summary>
internal static class KeyRange
{
    public static bool Contains(ReadOnlySpan<byte> from, ReadOnlySpan<byte> end, ReadOnlySpan<byte> key)
    {
        if (end.IsEmpty) return from.SequenceEqual(key);
        if (from.SequenceCompareTo(key) > 0) return false;
        return end is [0] || key.SequenceCompareTo(end) < 0;
    }

    /// <summary>The end of the range of all keys that begin with the prefix: its last byte below 0xff raised by one; the byte 0 when there is none.</summary>
    public static byte[] PrefixEnd(ReadOnlySpan<byte> prefix)
    {
        for (var last = prefix.Length - 1; last >= 0; last--)
        {
            if (prefix[last] == 0xff) continue;
            var end = prefix[..(last + 1)].ToArray();
            end[last]++;
            return end;
        }
        return [0];
    }
}
