using System.Collections.Immutable;
using Hive.Queen.Core;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Store;

namespace Hive.Simulation.Machines;

/// <summary>The apply thread of a member, in simulated time.</summary>
internal sealed class ApplyPart(SimMember member, QueenStorage storage)
{
    internal sealed record Order(ImmutableArray<Entry> Entries = default, ReceivedFile? Install = null, bool Capture = false);

    private readonly Queue<Order> _queue = new();
    private StoreSnapshot? _captured;
    private StoreSnapshot? _beforeLast;
    private bool _busy;
    private bool _appliedOnce;

    public void Put(Order order)
    {
        _queue.Enqueue(order);
        Plan();
    }

    public StoreSnapshot TakeCaptured()
    {
        var captured = _captured ?? throw Invariant.Fail("no state captured");
        _captured = null;
        return captured;
    }

    private void Plan()
    {
        if (_busy || _queue.Count == 0) return;
        if (_queue.Peek().Install is { LogReplaced: false } waiting)
        {
            waiting.WhenReplaced = Plan;
            return;
        }
        _busy = true;
        member.Later(TimeSpan.FromMicroseconds(member.Random.Between(5, 200)), Do);
    }

    private void Do()
    {
        var order = _queue.Dequeue();
        if (order.Capture) Capture();
        else if (order.Install is { } received) Install(received);
        else Apply(order.Entries);
        _busy = false;
        Plan();
    }

    private void Capture()
    {
        _captured = storage.Store.Snapshot();
        if (_beforeLast is { } before) _captured = Mutations.Relabelled(before, _captured.AppliedIndex);
        member.Put(new QueenInput.StateCaptured(_captured.AppliedIndex));
    }

    private void Install(ReceivedFile received)
    {
        var import = QueenStorage.Read(storage.Snapshots, received.File) ?? throw Invariant.Fail($"{received.File.Path} does not verify");
        storage.Store.Install(import);
        storage.Snapshots.DeleteOld(received.File.Position);
        member.World.Watcher.Installed(member, received.Metadata.Index);
        member.Put(new QueenInput.Installed(received.Metadata, storage.Store.NextDeadline));
    }

    private void Apply(ImmutableArray<Entry> entries)
    {
        var own = ImmutableArray.CreateBuilder<(ulong, ApplyResult)>();
        var firsts = ImmutableArray.CreateBuilder<(Term, Revision)>();
        long bytes = 0;
        foreach (var entry in entries)
        {
            bytes += entry.ChargedBytes;
            ProposalHeader header = default;
            ReadOnlyMemory<byte> command = default;
            if (entry.Kind == EntryKind.Normal) ProposalHeader.TryRead(entry.Payload, out header, out command);
            if (member.World.Mutant == Mutant.SkipOneEntryOnOneMember && member.Id.Value == 2 && entry.Index.Value % 50 == 49) command = default;
            if (member.World.Mutant == Mutant.SnapshotWithoutLastEntry) _beforeLast = storage.Store.Snapshot();
            var result = storage.Store.Apply(entry.Index, entry.Term, entry.Stamp, command);
            if (member.World.Mutant == Mutant.AppliesTwice && !_appliedOnce) storage.Store.Apply(entry.Index, entry.Term, entry.Stamp, command);
            _appliedOnce = true;
            member.World.Watcher.Applied(member, entry, header, command, result);
            if (entry.Kind == EntryKind.Empty) firsts.Add((entry.Term, result.Revision));
            if (header.Origin == member.Id && header.Incarnation == member.Incarnation) own.Add((header.Number, result));
        }
        member.Put(new QueenInput.Applied(new AppliedBatch(
            entries[^1].Index, bytes, own.DrainToImmutable(), firsts.DrainToImmutable(), storage.Store.NextDeadline)));
    }
}
