using Hive.Store.Trees;

namespace Hive.Store.State;

/// <summary>Where a change stands in history: its revision, and its position among the changes of that revision.</summary>
internal readonly record struct ChangePosition(long Revision, int Position) : IComparable<ChangePosition>
{
    public int CompareTo(ChangePosition other)
    {
        var standing = Revision.CompareTo(other.Revision);
        return standing != 0 ? standing : Position.CompareTo(other.Position);
    }
}

/// <summary>
/// One change of one key. Put 0: a delete. Previous 0: a creation. Both 0: created and deleted in one revision, so nothing for a reader.
/// </summary>
internal readonly record struct Change(ChangePosition At, ulong Put, ulong Previous);

internal readonly struct ChangeOrder : IOrder<ChangePosition, Change, ChangePosition>
{
    public int Compare(ChangePosition key, in Change entry) => key.CompareTo(entry.At);
    public int CompareToSeparator(ChangePosition key, in ChangePosition separator) => key.CompareTo(separator);
    public ChangePosition Between(in Change left, in Change right) => right.At;
}

/// <summary>When a revision was made.</summary>
internal readonly record struct RevisionStamp(long Revision, Stamp Stamp);

internal readonly struct RevisionStampOrder : IOrder<long, RevisionStamp, RevisionStamp>
{
    public int Compare(long key, in RevisionStamp entry) => key.CompareTo(entry.Revision);
    public int CompareToSeparator(long key, in RevisionStamp separator) => key.CompareTo(separator.Revision);
    public RevisionStamp Between(in RevisionStamp left, in RevisionStamp right) => right;
}

/// <summary>The same stamps sought by wall time, which never goes back along the log: a time stands after all that was made at it.</summary>
internal readonly struct WallTimeOrder : IOrder<WallTime, RevisionStamp, RevisionStamp>
{
    public int Compare(WallTime key, in RevisionStamp entry) => entry.Stamp.Wall.CompareTo(key) <= 0 ? 1 : -1;
    public int CompareToSeparator(WallTime key, in RevisionStamp separator) => Compare(key, separator);
    public RevisionStamp Between(in RevisionStamp left, in RevisionStamp right) => right;
}

/// <param name="Seconds">The granted time to live.</param>
/// <param name="Deadline">Log time at which it ends unless renewed.</param>
internal readonly record struct Lease(long Id, long Seconds, LogTime Deadline)
{
    public ulong Digest => StableHash.Mix(StableHash.Mix((ulong)Id, (ulong)Seconds), (ulong)Deadline.Ticks);
}

internal readonly struct LeaseOrder : IOrder<long, Lease, long>
{
    public int Compare(long key, in Lease entry) => key.CompareTo(entry.Id);
    public int CompareToSeparator(long key, in long separator) => key.CompareTo(separator);
    public long Between(in Lease left, in Lease right) => right.Id;
}

/// <summary>Leases in the order in which they end.</summary>
internal readonly record struct LeaseDeadline(LogTime At, long Id);

internal readonly struct LeaseDeadlineOrder : IOrder<LeaseDeadline, LeaseDeadline, LeaseDeadline>
{
    public int Compare(LeaseDeadline key, in LeaseDeadline entry) => Order(key, entry);
    public int CompareToSeparator(LeaseDeadline key, in LeaseDeadline separator) => Order(key, separator);
    public LeaseDeadline Between(in LeaseDeadline left, in LeaseDeadline right) => right;

    private static int Order(LeaseDeadline left, LeaseDeadline right)
    {
        var standing = left.At.CompareTo(right.At);
        return standing != 0 ? standing : left.Id.CompareTo(right.Id);
    }
}

/// <summary>A key that lives by a lease.</summary>
internal readonly record struct Attachment(long Lease, byte[] Key);

internal readonly ref struct AttachmentKey(long lease, ReadOnlySpan<byte> key)
{
    public readonly long Lease = lease;
    public readonly ReadOnlySpan<byte> Key = key;
}

internal readonly struct AttachmentOrder : IOrder<AttachmentKey, Attachment, Attachment>
{
    public int Compare(AttachmentKey key, in Attachment entry)
    {
        var standing = key.Lease.CompareTo(entry.Lease);
        return standing != 0 ? standing : key.Key.SequenceCompareTo(entry.Key);
    }

    public int CompareToSeparator(AttachmentKey key, in Attachment separator) => Compare(key, separator);
    public Attachment Between(in Attachment left, in Attachment right) => right;
}

/// <summary>A counter beside the key space: the revision that last bumped it.</summary>
internal readonly record struct HiddenCounter(byte[] Key, long BumpedAt)
{
    public ulong Digest => StableHash.Mix(StableHash.Of(Key, 0x48), (ulong)BumpedAt);
}

internal readonly ref struct HiddenKey(ReadOnlySpan<byte> key)
{
    public readonly ReadOnlySpan<byte> Key = key;
}

internal readonly struct HiddenOrder : IOrder<HiddenKey, HiddenCounter, byte[]>
{
    public int Compare(HiddenKey key, in HiddenCounter entry) => key.Key.SequenceCompareTo(entry.Key);
    public int CompareToSeparator(HiddenKey key, in byte[] separator) => key.Key.SequenceCompareTo(separator);
    public byte[] Between(in HiddenCounter left, in HiddenCounter right) => right.Key;
}

/// <summary>A record beside the key space, without history.</summary>
/// <param name="Version">1 for the first value, one more with each.</param>
internal readonly record struct SideRecord(byte[] Name, long Version, byte[] Value)
{
    public ulong Digest => StableHash.Mix(StableHash.Of(Value, StableHash.Of(Name, 0x52)), (ulong)Version);
}

internal readonly struct SideRecordOrder : IOrder<HiddenKey, SideRecord, byte[]>
{
    public int Compare(HiddenKey key, in SideRecord entry) => key.Key.SequenceCompareTo(entry.Name);
    public int CompareToSeparator(HiddenKey key, in byte[] separator) => key.Key.SequenceCompareTo(separator);
    public byte[] Between(in SideRecord left, in SideRecord right) => right.Name;
}

/// <summary>What a request with an id was answered, so that a repetition is answered alike.</summary>
/// <param name="Turn">Its place in the order of arrival: the oldest is forgotten first.</param>
/// <param name="Answer">The encoded result (Commands/ResultCodec).</param>
internal readonly record struct RememberedRequest(UInt128 Id, long Turn, LogTime At, long Revision, StoreError Error, byte[] Answer)
{
    public long Weight => 96 + Answer.Length;

    public ulong Digest => StableHash.Mix(StableHash.Mix((ulong)Id, (ulong)(Id >> 64)), StableHash.Of(Answer, (ulong)Revision));
}

internal readonly struct RequestOrder : IOrder<UInt128, RememberedRequest, UInt128>
{
    public int Compare(UInt128 key, in RememberedRequest entry) => key.CompareTo(entry.Id);
    public int CompareToSeparator(UInt128 key, in UInt128 separator) => key.CompareTo(separator);
    public UInt128 Between(in RememberedRequest left, in RememberedRequest right) => right.Id;
}

/// <summary>Remembered requests in order of arrival.</summary>
internal readonly record struct RequestTurn(long Turn, UInt128 Id);

internal readonly struct RequestTurnOrder : IOrder<long, RequestTurn, long>
{
    public int Compare(long key, in RequestTurn entry) => key.CompareTo(entry.Turn);
    public int CompareToSeparator(long key, in long separator) => key.CompareTo(separator);
    public long Between(in RequestTurn left, in RequestTurn right) => right.Turn;
}
