namespace Hive.Store.State;

/// <summary>A set of keys as etcd writes it: one key, all keys from one on (end is the single byte 0), or [start, end).</summary>
internal readonly ref struct KeyRange
{
    public readonly ReadOnlySpan<byte> Start;
    private readonly ReadOnlySpan<byte> _end;

    public KeyRange(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd)
    {
        Start = key is [0] && rangeEnd is [0] ? default : key;
        IsSingle = rangeEnd.IsEmpty;
        IsOpen = rangeEnd is [0];
        _end = rangeEnd;
    }

    public bool IsSingle { get; }

    /// <summary>No upper bound.</summary>
    public bool IsOpen { get; }

    /// <summary>Whether the key, which is not before <see cref="Start"/>, is still in the range.</summary>
    public bool Reaches(ReadOnlySpan<byte> key) =>
        IsOpen || (IsSingle ? key.SequenceEqual(Start) : key.SequenceCompareTo(_end) < 0);

    public bool Contains(ReadOnlySpan<byte> key) => key.SequenceCompareTo(Start) >= 0 && Reaches(key);

    /// <summary>The first key past a bounded range.</summary>
    public ReadOnlySpan<byte> End => _end;
}
