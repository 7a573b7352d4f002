using System.Diagnostics;
using Hive.Journal;
using Hive.Queen.Core;
using Hive.Queen.Storage;
using Hive.Raft;

namespace Hive.Queen.Shell;

/// <summary>
/// Makes durable what consensus orders. All orders that came together become one write and one sync (group commit); messages that
/// promise it leave only then.
/// </summary>
internal sealed class JournalThread(
    Journal.Journal journal, QueenOptions options, QueenMetrics metrics, Action<RaftMessage> send, Action<QueenInput> report, CancellationToken stopping)
{
    /// <summary>What one round of the core has for the disk.</summary>
    /// <param name="Ready">Null: only the compaction.</param>
    /// <param name="Received">The file of <see cref="Ready.Snapshot"/>, durable already.</param>
    /// <param name="Repaired">Damage was made good.</param>
    public sealed record Order(Ready? Ready, ReceivedSnapshot? Received, LogPosition? Compact, bool Repaired);

    private readonly JournalBatch _batch = new();
    private readonly Inbox<Order> _inbox = new();
    private List<Order> _spare = [];
    private bool _saidFull;

    public void Put(Order order) => _inbox.Put(order);

    public void Close() => _inbox.Close();

    public void Run()
    {
        while (_inbox.Take(options.Limits.JournalIdle, _spare, out List<Order> orders))
        {
            if (orders.Count == 0) journal.Seal();
            for (int next = 0; next < orders.Count && !stopping.IsCancellationRequested;) next = WriteFrom(orders, next);
            orders.Clear();
            _spare = orders;
        }
    }

    private int WriteFrom(List<Order> orders, int from)
    {
        _batch.Clear();
        int next = from;
        bool compacts = false;
        while (next < orders.Count && (next == from || _batch.Bytes < options.Limits.BatchBytes))
        {
            Order order = orders[next++];
            Encode(order);
            compacts |= order.Compact is not null || order.Received is not null;
        }
#if HIVE_FAULTS
        bool early = KnownFault.Is(KnownFault.AcknowledgeBeforeSync);
        if (early)
        {
            Acknowledge(orders, from, next);
            stopping.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(300));
        }
#endif
        if (!WriteWhenThereIsRoom()) return orders.Count;
        if (compacts) journal.DeleteObsoleteSegments();
#if HIVE_FAULTS
        if (early) return next;
#endif
        Acknowledge(orders, from, next);
        return next;
    }

    /// <summary>Lets out what promises that these orders are on the disk.</summary>
    private void Acknowledge(List<Order> orders, int from, int next)
    {
        PersistTicket? last = null;
        for (int i = from; i < next; i++)
        {
            Order order = orders[i];
            order.Received?.LogReplaced.Set();
            if (order.Ready?.Ticket is not { } ticket) continue;
            foreach (RaftMessage message in order.Ready.SendAfterPersist) send(message);
            last = ticket;
        }
        if (last is { } done) report(new QueenInput.Persisted(done));
    }

    private void Encode(Order order)
    {
        if (order.Compact is { } start) _batch.Compact(start);
        if (order.Repaired) _batch.MarkRepaired();
        if (order.Ready is not { } ready) return;
        if (ready.Snapshot is { } snapshot) _batch.Reset(new LogPosition(snapshot.Index, snapshot.Term));
        foreach (Entry entry in ready.Entries)
        {
            _batch.Append(new JournalEntry(entry.Index, entry.Term, (byte)entry.Kind, entry.Stamp, entry.Payload));
        }
        if (ready.HardState is { } state) _batch.SetHardState(new Journal.HardState(state.Term, state.Vote));
    }

    /// <summary>A full disk is waited out: nothing was acknowledged, and nothing will be until there is room. False: stopping.</summary>
    private bool WriteWhenThereIsRoom()
    {
        while (WriteOnce() != DiskStatus.Ok)
        {
            if (!_saidFull) options.Log(QueenLogLevel.Error, "journal: the disk is full; this member acknowledges nothing until there is room");
            _saidFull = true;
            if (stopping.WaitHandle.WaitOne(options.Limits.DiskFullRetry)) return false;
        }
        if (_saidFull) options.Log(QueenLogLevel.Information, "journal: there is room on the disk again");
        _saidFull = false;
        return true;
    }

    private DiskStatus WriteOnce()
    {
        long start = Stopwatch.GetTimestamp();
        DiskStatus status = journal.Write(_batch);
        metrics.LogWrites.Observe(Stopwatch.GetElapsedTime(start));
        return status;
    }
}

/// <summary>A snapshot that arrived from the leader, durable under its final name.</summary>
internal sealed record ReceivedSnapshot(SnapshotInfo File, SnapshotMetadata Metadata) : IDisposable
{
    /// <summary>Set once the journal says that the log begins behind it: the state may be replaced then.</summary>
    public ManualResetEventSlim LogReplaced { get; } = new();

    public void Dispose() => LogReplaced.Dispose();
}
