using Hive.Store.Trees;

namespace Hive.Store.Memory;

/// <summary>A key, or a key as it stood at a revision, to search for.</summary>
internal readonly ref struct VersionKey(ReadOnlySpan<byte> key, long revision = 0)
{
    public readonly ReadOnlySpan<byte> Key = key;
    public readonly long Revision = revision;
}

/// <summary>Divides two children; has its own copy of the key, since records move and go.</summary>
internal readonly record struct VersionSeparator(byte[] Key, long Revision);

/// <summary>Where the live records are: one for each key, in key order.</summary>
internal readonly struct LiveOrder(byte[]?[] slabs) : IOrder<VersionKey, ulong, VersionSeparator>
{
    public int Compare(VersionKey key, in ulong entry) => key.Key.SequenceCompareTo(RecordHeap.Open(slabs, entry).Key);

    public int CompareToSeparator(VersionKey key, in VersionSeparator separator) => key.Key.SequenceCompareTo(separator.Key);

    public VersionSeparator Between(in ulong left, in ulong right) =>
        new(Shortest(RecordHeap.Open(slabs, left).Key, RecordHeap.Open(slabs, right).Key), 0);

    /// <summary>The shortest prefix of the right key that is above the left key.</summary>
    internal static byte[] Shortest(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => right[..(left.CommonPrefixLength(right) + 1)].ToArray();
}

/// <summary>
/// Superseded versions: in key order, the newest version of a key first. So the first entry not before (key, R) is the version of the key
/// with the greatest mod revision not above R.
/// </summary>
internal readonly struct PastOrder(byte[]?[] slabs) : IOrder<VersionKey, ulong, VersionSeparator>
{
    public int Compare(VersionKey key, in ulong entry)
    {
        var record = RecordHeap.Open(slabs, entry);
        var standing = key.Key.SequenceCompareTo(record.Key);
        return standing != 0 ? standing : record.Mod.CompareTo(key.Revision);
    }

    public int CompareToSeparator(VersionKey key, in VersionSeparator separator)
    {
        var standing = key.Key.SequenceCompareTo(separator.Key);
        return standing != 0 ? standing : separator.Revision.CompareTo(key.Revision);
    }

    public VersionSeparator Between(in ulong left, in ulong right)
    {
        ReadOnlySpan<byte> leftKey = RecordHeap.Open(slabs, left).Key, rightKey = RecordHeap.Open(slabs, right).Key;
        return leftKey.SequenceEqual(rightKey)
            ? new VersionSeparator(rightKey.ToArray(), RecordHeap.Open(slabs, right).Mod)
            : new VersionSeparator(LiveOrder.Shortest(leftKey, rightKey), long.MaxValue);
    }
}
