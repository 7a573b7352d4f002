using System.Collections.Immutable;

namespace Hive.Store;

/// <summary>One step of a transaction. A plain put or delete is a transaction of one step.</summary>
public abstract record Operation
{
    /// <summary>Whether it may make the state grow: refused while space is short, when deletes and compaction must still pass.</summary>
    public virtual bool Grows => false;
}

/// <summary>Reads a range inside a transaction, at the state that the steps before it made.</summary>
public sealed record RangeOperation(RangeQuery Query) : Operation;

/// <summary>Writes one key.</summary>
/// <param name="Lease">The lease that the key lives by; none detaches it (unless <paramref name="IgnoreLease"/>).</param>
/// <param name="PrevKv">Whether the answer carries what was there before.</param>
/// <param name="IgnoreValue">Keeps the present value; the key must exist.</param>
/// <param name="IgnoreLease">Keeps the present lease; the key must exist.</param>
public sealed record PutOperation(
    ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value, LeaseId Lease = default,
    bool PrevKv = false, bool IgnoreValue = false, bool IgnoreLease = false) : Operation
{
    public override bool Grows => true;
}

/// <summary>Deletes a key or a range (see <see cref="RangeQuery.RangeEnd"/>).</summary>
public sealed record DeleteOperation(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> RangeEnd = default, bool PrevKv = false) : Operation;

/// <summary>All comparisons hold: <paramref name="Success"/>, else <paramref name="Failure"/>. May be nested.</summary>
public sealed record TxnOperation(
    ImmutableArray<Comparison> Compare, ImmutableArray<Operation> Success, ImmutableArray<Operation> Failure) : Operation
{
    public override bool Grows
    {
        get
        {
            foreach (var step in Success)
                if (step.Grows) return true;
            foreach (var step in Failure)
                if (step.Grows) return true;
            return false;
        }
    }
}

/// <summary>What a comparison looks at. Values are etcd's.</summary>
public enum CompareTarget : byte { Version = 0, Create = 1, Mod = 2, Value = 3, Lease = 4 }

/// <summary>How it compares. Values are etcd's.</summary>
public enum CompareResult : byte { Equal = 0, Greater = 1, Less = 2, NotEqual = 3 }

/// <summary>
/// A comparison of one key or of every key of a range. An absent key has version, create and mod revision and lease 0; a comparison
/// of its value is false.
/// </summary>
public sealed record Comparison(
    CompareTarget Target, CompareResult Result, ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> RangeEnd = default,
    long Number = 0, ReadOnlyMemory<byte> Value = default);

/// <summary>Order of a range's answer. Values are etcd's.</summary>
public enum SortOrder : byte { None = 0, Ascend = 1, Descend = 2 }

/// <summary>What it is ordered by. Values are etcd's.</summary>
public enum SortTarget : byte { Key = 0, Version = 1, Create = 2, Mod = 3, Value = 4 }

/// <summary>A range read, with etcd's options and their meaning.</summary>
public sealed record RangeQuery(ReadOnlyMemory<byte> Key)
{
    /// <summary>Empty: exactly <see cref="Key"/>. The single byte 0: every key from <see cref="Key"/> on. Else the first key past the range.</summary>
    public ReadOnlyMemory<byte> RangeEnd { get; init; }

    /// <summary>At most so many keys; 0 means no limit.</summary>
    public long Limit { get; init; }

    /// <summary>Zero: the newest revision.</summary>
    public Revision At { get; init; }
    public SortOrder Order { get; init; }
    public SortTarget Target { get; init; }
    public bool KeysOnly { get; init; }
    public bool CountOnly { get; init; }
    public long MinModRevision { get; init; }
    public long MaxModRevision { get; init; }
    public long MinCreateRevision { get; init; }
    public long MaxCreateRevision { get; init; }
}
