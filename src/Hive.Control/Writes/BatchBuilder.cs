using System.Collections.Immutable;
using System.Text;
using Hive.Store;

namespace Hive.Control;

/// <summary>
/// Packs plans into one log entry: each plan is one guarded transaction. Ends at the limits of <see cref="ControlLimits"/>. No key is
/// written twice in one entry: the second plan was decided without knowing the first, so it goes back to its queue instead.
/// </summary>
internal sealed class BatchBuilder(ControlLimits limits)
{
    private readonly List<WorkItem> _items = [];
    private readonly List<GuardedTransaction> _transactions = [];
    private readonly SortedSet<ObjectKey> _written = [];
    private long _bytes;

    public bool IsEmpty => _transactions.Count == 0;

    /// <summary>No further plan should be added.</summary>
    public bool IsFull => _transactions.Count >= limits.TransactionsPerBatch || _bytes >= limits.BatchBytes;

    /// <summary>Number of plans that may still be added.</summary>
    public int Room => Math.Max(0, limits.TransactionsPerBatch - _transactions.Count);

    public IReadOnlyList<WorkItem> Items => _items;

    /// <summary>False: another plan of this entry writes one of the same keys.</summary>
    public bool TryAdd(in WorkItem item, Plan plan)
    {
        foreach (var write in plan.Writes)
        {
            if (write is not Write.Put && _written.Contains(write.Key)) return false;
        }
        var guards = new SortedDictionary<ObjectKey, Guard>();
        var others = new List<Guard>();
        var operations = ImmutableArray.CreateBuilder<Operation>(plan.Writes.Length);
        foreach (var pin in plan.Pins) AddPin(pin, guards, others);
        foreach (var write in plan.Writes)
        {
            // An event that another plan of this entry says as well need not be said twice.
            if (!_written.Add(write.Key)) continue;
            operations.Add(ToOperation(write, guards));
        }
        _transactions.Add(new GuardedTransaction(
            [.. guards.Values, .. others], operations.ToImmutable(),
            [.. plan.Bumps.Select(name => new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(name)))]));
        _items.Add(item);
        return true;
    }

    public ControlBatchCommand Build(DecisionHeader header) => new(header, [.. _transactions]);

    private static void AddPin(Pin pin, SortedDictionary<ObjectKey, Guard> guards, List<Guard> others)
    {
        switch (pin)
        {
            case Pin.Unchanged unchanged:
                guards[unchanged.Key] = new Guard.Unchanged(unchanged.Key.ToStoreKey(), unchanged.ModifiedAt);
                break;
            case Pin.Incarnation incarnation:
                others.Add(new Guard.SameIncarnation(incarnation.Key.ToStoreKey(), incarnation.CreatedAt));
                break;
            case Pin.Hidden hidden:
                others.Add(new Guard.HiddenUnchanged(Encoding.UTF8.GetBytes(hidden.Name), hidden.BumpedAt));
                break;
            default:
                throw Invariant.Fail($"unknown pin {pin}");
        }
    }

    private Operation ToOperation(Write write, SortedDictionary<ObjectKey, Guard> guards)
    {
        byte[] key = write.Key.ToStoreKey();
        _bytes += key.Length;
        switch (write)
        {
            case Write.Create create:
                guards[write.Key] = new Guard.Unchanged(key, Revision.Zero);
                return Put(key, create.Value);
            case Write.Replace replace:
                guards[write.Key] = new Guard.Unchanged(key, replace.Expected);
                return Put(key, replace.Value);
            case Write.Remove remove:
                guards[write.Key] = new Guard.Unchanged(key, remove.Expected);
                return new DeleteOperation(key);
            case Write.Put put:
                return Put(key, put.Value);
            default:
                throw Invariant.Fail($"unknown write {write}");
        }
    }

    private PutOperation Put(byte[] key, Hive.Objects.HiveObject value)
    {
        byte[] encoded = ObjectCodec.Encode(value);
        _bytes += encoded.Length;
        return new PutOperation(key, encoded);
    }
}
