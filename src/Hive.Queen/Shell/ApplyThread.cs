using System.Collections.Immutable;
using Hive.Journal;
using Hive.Queen.Core;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Store;
using Hive.Store.Transfer;

namespace Hive.Queen.Shell;

/// <summary>
/// The one writer of the store: applies committed entries in order, installs received snapshots, captures states for snapshots. On a thread of its own; what is
/// small, on the thread that learned of it (<see cref="Help"/>).
/// </summary>
internal sealed class ApplyThread(
    KeyValueStore store, SnapshotFiles snapshots, QueenOptions options, ulong incarnation, StateComparison comparison, Action<QueenInput> report, Action turn, CancellationToken stopping)
{
    /// <summary>A piece of work.</summary>
    public abstract record Order
    {
        public sealed record Apply(ImmutableArray<Entry> Entries) : Order;

        public sealed record Install(ReceivedSnapshot Snapshot) : Order;

        public sealed record Capture : Order;
    }

    private readonly EntryApplier _applier = new(store, options.Self, incarnation);
    private readonly Action<LogIndex> _compare = index => comparison.Applied(store, index);
    private readonly Inbox<(Order Order, bool IsSmall)> _inbox = new();
    // Orders that wait or are under way and are not small.
    private int _large;

    /// <summary>The state last captured; taken by the snapshot writer.</summary>
    public StoreSnapshot? Captured { get; set; }

    /// <summary>Adds an order. The caller then calls <see cref="Help"/>.</summary>
    public void Add(Order order)
    {
        bool small = IsSmall(order);
        if (!small) Interlocked.Increment(ref _large);
        _inbox.Add((order, small));
    }

    public void Close() => _inbox.Close();

    public void Run()
    {
        while (_inbox.Take(Timeout.InfiniteTimeSpan, out List<(Order, bool)> orders))
        {
            Do(orders);
            _inbox.Release();
            turn();
        }
    }

    /// <summary>Applies what waits here and now, when it is small and nobody is at it; else wakes its own thread. Answers whether it did anything.</summary>
    public bool Help()
    {
        if (Volatile.Read(ref _large) > 0)
        {
            _inbox.Wake();
            return false;
        }
        if (!_inbox.TryTake(out List<(Order, bool)> orders)) return false;
        try
        {
            Do(orders);
            _inbox.Release();
        }
        catch (Exception error)
        {
            _inbox.Break(error);
        }
        return true;
    }

    /// <summary>A few single puts: they take microseconds, whatever the store holds.</summary>
    private bool IsSmall(Order order)
    {
        if (order is not Order.Apply apply || apply.Entries.Length > options.Limits.EntriesAppliedAtOnce) return false;
        foreach (Entry entry in apply.Entries)
        {
            if (entry.Kind != EntryKind.Normal || entry.Payload.Length > options.Limits.BytesAppliedAtOnce) return false;
            if (!ProposalHeader.TryRead(entry.Payload, out _, out ReadOnlyMemory<byte> command) || !CommandCodec.IsSinglePut(command)) return false;
        }
        return true;
    }

    private void Do(List<(Order, bool)> orders)
    {
        foreach ((Order order, bool small) in orders)
        {
            if (stopping.IsCancellationRequested) break;
            Do(order);
            if (!small) Interlocked.Decrement(ref _large);
        }
    }

    private void Do(Order order)
    {
        switch (order)
        {
            case Order.Apply apply:
                report(new QueenInput.Applied(_applier.Apply(apply.Entries, _compare)));
                break;
            case Order.Install install:
                Install(install.Snapshot);
                break;
            default:
                StoreSnapshot captured = store.Snapshot();
                Captured = captured;
                report(new QueenInput.StateCaptured(captured.AppliedIndex));
                break;
        }
    }

    private void Install(ReceivedSnapshot received)
    {
        received.LogReplaced.Wait(stopping);
        StateImport import = QueenStorage.Read(snapshots, received.File)
            ?? throw new IOException($"{received.File.Path} was whole when it arrived and is not any more");
        store.Install(import);
        snapshots.DeleteOld(received.File.Position);
        report(new QueenInput.Installed(received.Metadata, store.NextDeadline));
        options.Log(QueenLogLevel.Information, $"installed the leader's snapshot at {received.Metadata.Index}");
    }
}
