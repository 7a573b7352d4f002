using System.Diagnostics;
using Hive.Journal;
using Hive.Queen.Core;
using Hive.Queen.Peers;
using Hive.Queen.Storage;
using Hive.Raft;

namespace Hive.Queen.Shell;

/// <summary>
/// Makes durable what consensus orders. All orders that came together become one write and one sync (group commit); messages that
/// promise it leave only then. On a thread of its own, or on one that may wait for the disk and has nothing better to do (<see cref="Help"/>).
/// </summary>
/// <param name="report">Adds an input to the loop, which gets its turn from who ran the work.</param>
internal sealed class JournalThread(
    Journal.Journal journal, QueenOptions options, QueenMetrics metrics, PeerNetwork peers, Action<QueenInput> report, Action turn, CancellationToken stopping)
{
    /// <summary>What one round of the core has for the disk.</summary>
    /// <param name="Ready">Null: only the compaction.</param>
    /// <param name="Received">The file of <see cref="Ready.Snapshot"/>, durable already.</param>
    /// <param name="Repaired">Damage was made good.</param>
    public sealed record Order(Ready? Ready, ReceivedSnapshot? Received, LogPosition? Compact, bool Repaired);

    private readonly JournalBatch _batch = new();
    private readonly Inbox<Order> _inbox = new();
    private bool _saidFull;
    private long _lastWrite;

    /// <summary>Adds an order. The caller then calls <see cref="Wake"/> or <see cref="Help"/>.</summary>
    public void Add(Order order) => _inbox.Add(order);

    public void Wake() => _inbox.Wake();

    public void Close() => _inbox.Close();

    public void Run()
    {
        while (_inbox.Take(options.Limits.JournalIdle, out List<Order> orders))
        {
            if (orders.Count == 0 && Stopwatch.GetElapsedTime(_lastWrite) >= options.Limits.JournalIdle) journal.Seal();
            Write(orders);
            _inbox.Release();
            turn();
        }
    }

    /// <summary>Writes what waits, when nobody is at it; waits for the disk. Answers whether it did anything.</summary>
    public bool Help()
    {
        if (!_inbox.TryTake(out List<Order> orders)) return false;
        try
        {
            Write(orders);
            _inbox.Release();
        }
        catch (Exception error)
        {
            _inbox.Break(error);
        }
        return true;
    }

    private void Write(List<Order> orders)
    {
        for (int next = 0; next < orders.Count && !stopping.IsCancellationRequested;) next = WriteFrom(orders, next);
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
            foreach (RaftMessage message in order.Ready.SendAfterPersist) peers.Send(message);
            last = ticket;
        }
        peers.Flush();
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
        _lastWrite = Stopwatch.GetTimestamp();
        metrics.LogWrites.Observe(Stopwatch.GetElapsedTime(start, _lastWrite));
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
