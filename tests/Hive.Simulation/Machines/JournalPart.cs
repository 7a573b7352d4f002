using Hive.Journal;
using Hive.Queen.Core;
using Hive.Raft;

namespace Hive.Simulation.Machines;

/// <summary>The journal's thread of a member, in simulated time: what is queued when the disk is free becomes one write.</summary>
internal sealed class JournalPart(SimMember member, Journal.Journal journal)
{
    private sealed record Order(Ready? Ready, ReceivedFile? Received, LogPosition? Compact, bool Repaired);

    private readonly List<Order> _queue = [];
    private readonly JournalBatch _batch = new();
    private bool _busy;
    private long _writes;

    public void Put(Ready ready, ReceivedFile? received)
    {
        if (member.World.Mutant == Mutant.AcknowledgeBeforeSync) SendAcknowledgements(ready);
        Put(new Order(ready, received, null, false));
    }

    public void Compact(LogIndex through)
    {
        var term = journal.TermAt(through) ?? throw Invariant.Fail($"compaction through {through}, which the journal does not hold");
        Put(new Order(null, null, new LogPosition(through, term), false));
    }

    public void MarkRepaired() => Put(new Order(null, null, null, true));

    private void Put(Order order)
    {
        _queue.Add(order);
        PlanWrite();
    }

    private void PlanWrite()
    {
        if (_busy || _queue.Count == 0) return;
        _busy = true;
        member.Later(member.DrawDiskLatency(), Write);
    }

    private void Write()
    {
        var orders = _queue.ToArray();
        _batch.Clear();
        bool compacts = false;
        foreach (var order in orders)
        {
            Encode(order);
            compacts |= order.Compact is not null || order.Received is not null;
        }
        if (journal.Write(_batch) != DiskStatus.Ok)
        {
            member.World.Trace.Event("disk-full", member.Id.Value, 0, 0);
            member.Later(member.World.Limits.DiskFullRetry, Write);
            return;
        }
        _queue.RemoveRange(0, orders.Length);
        if (compacts) journal.DeleteObsoleteSegments();
        Complete(orders);
        _busy = false;
        long writes = ++_writes;
        PlanWrite();
        if (!_busy) member.Later(member.World.Limits.JournalIdle, () => { if (writes == _writes && !_busy) journal.Seal(); });
    }

    private void Encode(Order order)
    {
        if (order.Compact is { } start) _batch.Compact(start);
        if (order.Repaired) _batch.MarkRepaired();
        if (order.Ready is not { } ready) return;
        if (ready.Snapshot is { } snapshot) _batch.Reset(new LogPosition(snapshot.Index, snapshot.Term));
        foreach (var entry in ready.Entries)
            _batch.Append(new JournalEntry(entry.Index, entry.Term, (byte)entry.Kind, entry.Stamp, entry.Payload));
        if (ready.HardState is { } state) _batch.SetHardState(new Journal.HardState(state.Term, state.Vote));
    }

    private void Complete(Order[] orders)
    {
        PersistTicket? last = null;
        foreach (var order in orders)
        {
            order.Received?.MarkLogReplaced();
            if (order.Ready?.Ticket is not { } ticket) continue;
            if (member.World.Mutant != Mutant.AcknowledgeBeforeSync) SendAcknowledgements(order.Ready);
            last = ticket;
        }
        if (last is { } done) member.Put(new QueenInput.Persisted(done));
    }

    private void SendAcknowledgements(Ready ready)
    {
        foreach (var message in ready.SendAfterPersist) member.Send(message);
    }
}
