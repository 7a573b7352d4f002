using System.Collections.Immutable;
using Hive.Journal;
using Hive.Queen.Core;
using Hive.Queen.Storage;
using Hive.Raft;
using Hive.Store;
using Hive.Store.Transfer;

namespace Hive.Queen.Shell;

/// <summary>The one writer of the store: applies committed entries in order, installs received snapshots, captures states for snapshots.</summary>
internal sealed class ApplyThread(
    KeyValueStore store, SnapshotFiles snapshots, QueenOptions options, ulong incarnation, StateComparison comparison, Action<QueenInput> report, CancellationToken stopping)
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
    private readonly Inbox<Order> _inbox = new();
    private List<Order> _spare = [];

    /// <summary>The state last captured; taken by the snapshot writer.</summary>
    public StoreSnapshot? Captured { get; set; }

    public void Put(Order order) => _inbox.Put(order);

    public void Close() => _inbox.Close();

    public void Run()
    {
        while (_inbox.Take(Timeout.InfiniteTimeSpan, _spare, out List<Order> orders))
        {
            foreach (Order order in orders)
            {
                if (stopping.IsCancellationRequested) break;
                Do(order);
            }
            orders.Clear();
            _spare = orders;
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
        snapshots.DeleteOld();
        report(new QueenInput.Installed(received.Metadata, store.NextDeadline));
        options.Log(QueenLogLevel.Information, $"installed the leader's snapshot at {received.Metadata.Index}");
    }
}
