namespace Hive.Etcd.Services.Auth;

/// <summary>A set of key ranges, merged: a range that two neighbours cover together is covered.</summary>
internal sealed class KeyRanges
{
    // In order, apart from each other. A null end means "no end".
    private readonly List<(byte[] From, byte[]? End)> _merged = [];

    /// <summary>From ranges as etcd writes them (see <see cref="KeyRange"/>).</summary>
    public KeyRanges(IEnumerable<(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> End)> ranges)
    {
        foreach (var (from, end) in ranges.Select(Bounds).OrderBy(range => range.From, ByteOrder.Arrays))
        {
            if (_merged.Count > 0 && Reaches(_merged[^1].End, from)) _merged[^1] = (_merged[^1].From, Later(_merged[^1].End, end));
            else _merged.Add((from, end));
        }
    }

    /// <summary>Whether the whole range lies in the set.</summary>
    public bool Cover(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> end)
    {
        var (from, until) = Bounds((key, end));
        foreach (var range in _merged)
        {
            if (range.From.AsSpan().SequenceCompareTo(from) > 0) return false;
            if (!Reaches(range.End, from)) continue;
            if (range.End is null || (until is not null && until.AsSpan().SequenceCompareTo(range.End) <= 0)) return true;
        }
        return false;
    }

    private static (byte[] From, byte[]? End) Bounds((ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> End) range)
    {
        var from = range.Key.ToArray();
        if (range.End.IsEmpty) return (from, [.. from, 0]);
        return (from, range.End.Span is [0] ? null : range.End.ToArray());
    }

    private static bool Reaches(byte[]? end, byte[] from) => end is null || end.AsSpan().SequenceCompareTo(from) >= 0;

    private static byte[]? Later(byte[]? left, byte[]? right) =>
        left is null || right is null ? null : left.AsSpan().SequenceCompareTo(right) >= 0 ? left : right;
}
