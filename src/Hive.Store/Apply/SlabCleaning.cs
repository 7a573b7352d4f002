using Hive.Store.Memory;
using Hive.Store.State;

namespace Hive.Store.Apply;

/// <summary>
/// Gives memory back: takes the slab with the most dead bytes and moves what lives in it elsewhere, a little with each entry, until
/// it can be dropped. Where a record lies is no part of the replicated state, so members need not agree about this.
/// </summary>
internal sealed class SlabCleaning(StateWriter writer)
{
    private byte[]? _victim;
    private int _victimSlot;
    private ulong _next;
    private long _owed;

    public bool HasWork => _victim is not null || IsWasteful;

    private bool IsWasteful =>
        writer.Heap.TotalBytes - writer.Heap.LiveBytes > StoreLimits.DeadBytesFree + writer.Heap.LiveBytes / 100 * StoreLimits.DeadPercent;

    /// <summary>Adds to the bytes that may be read through, and does so once it is worth while.</summary>
    public void Owe(long bytes)
    {
        _owed += bytes;
        if (_owed < StoreLimits.CleanedAtOnce) return;
        var budget = _owed;
        _owed = 0;
        Step(budget);
    }

    private void Step(long budget)
    {
        while (budget > 0)
        {
            // The slab may have lost its last record meanwhile, and its slot may hold another one.
            if (_victim is null || !ReferenceEquals(writer.Heap.Slabs[_victimSlot], _victim))
            {
                if (!ChooseVictim()) return;
            }
            var reference = _next;
            _next = writer.Heap.After(reference);
            budget -= writer.Heap.Open(reference).Size;
            Move(reference);
            if (_next == 0) _victim = null;
        }
    }

    private bool ChooseVictim()
    {
        _victim = null;
        if (!IsWasteful) return false;
        _victimSlot = writer.Heap.Deadest();
        if (_victimSlot == 0) return false;
        _victim = writer.Heap.Slabs[_victimSlot];
        _next = RecordHeap.FirstOf(_victimSlot);
        return true;
    }

    /// <summary>Moves the record if anything reaches it: one tree does, and the changes that made and ended it, unless trimmed.</summary>
    private void Move(ulong reference)
    {
        var record = writer.Heap.Open(reference);
        ref var roots = ref writer.Roots;
        var key = new VersionKey(record.Key, record.Mod);
        var live = record.Superseded == 0;
        var reached = live
            ? roots.Live.TryFind(new LiveOrder(writer.Heap.Slabs), key, out var found)
            : roots.Past.TryFind(new PastOrder(writer.Heap.Slabs), key, out found);
        if (!reached || found != reference) return;

        var moved = writer.Heap.Allocate(writer.Edit, record.Size);
        record.Bytes.CopyTo(writer.Heap.Slabs[(int)(moved >> 32)].AsSpan((int)(uint)moved));
        if (live) roots.Live.Upsert(writer.Edit, new LiveOrder(writer.Heap.Slabs), key, moved, out _);
        else roots.Past.Upsert(writer.Edit, new PastOrder(writer.Heap.Slabs), key, moved, out _);
        if (roots.Changes.TryFind(new ChangeOrder(), new ChangePosition(record.Mod, record.PutPosition), out var made) && made.Put == reference)
        {
            roots.Changes.Upsert(writer.Edit, new ChangeOrder(), made.At, made with { Put = moved }, out _);
        }
        if (!live && roots.Changes.TryFind(new ChangeOrder(), new ChangePosition(record.Superseded, record.SupersededPosition), out var ended) && ended.Previous == reference)
        {
            roots.Changes.Upsert(writer.Edit, new ChangeOrder(), ended.At, ended with { Previous = moved }, out _);
        }
        writer.Heap.Free(writer.Edit, reference);
        roots.Slabs = writer.Heap.Slabs;
    }
}
