using System.Diagnostics;
using Hive.Journal;
using Hive.Queen.Core;
using Hive.Queen.Peers;
using Hive.Raft;

namespace Hive.Queen.Shell;

/// <summary>What the loop last published of itself, for readers on other threads.</summary>
internal sealed record LoopView(MemberId Leader, Term Term, RaftRole Role, LogIndex Committed, Stamp Now, Raft.Membership Membership, ElectionCounts Elections, long LeaseReads);

/// <summary>On what thread a turn is taken: what may be done behind it follows from that.</summary>
internal enum TurnTaker : byte
{
    /// <summary>The loop's own, or that of other work: neither waits nor runs callers.</summary>
    Loop,

    /// <summary>A caller's.</summary>
    Caller,

    /// <summary>One that receives what is pressing: it may let a caller go on that is brief, and waits for nothing.</summary>
    UrgentPeer,

    /// <summary>One that receives entries: it may wait for the disk, too.</summary>
    BulkPeer,
}

/// <summary>
/// The turns of the core, one at a time: take what has come in, let time pass, hand out the orders. Whoever brings something takes the turn when nobody is at it, so that
/// a message is answered on the thread that received it; the loop's own thread takes those that nobody else does, and those that time asks for. Nothing in a turn
/// waits for a disk, a peer or apply: that is done behind it (<see cref="Follow"/>).
/// </summary>
internal sealed class LoopThread(
    QueenCore core, Journal.Journal journal, QueenOptions options, PeerNetwork peers, JournalThread journalThread, ApplyThread applyThread,
    SnapshotTask snapshotTask, Callers callers, Leadership leadership)
{
    private readonly Inbox<QueenInput> _inbox = new(held: true);
    private readonly long _started = Stopwatch.GetTimestamp();
    private TimeSpan _nextTick;
    private bool _repairOrdered;
    private bool _wasMember = core.Raft.Membership.Find(options.Self) is not null;
    private LogIndex? _removedAt;
    private LoopView _view = new(default, core.Raft.Term, core.Raft.Role, core.Raft.CommitIndex, core.Raft.Now, core.Raft.Membership, default, 0);
    private (MemberId Leader, Term Term) _lastLeader;
    private ElectionCounts _elections;
    private int _handOversSaid;
    private static readonly List<CoreAnswer> NoAnswers = [];
    private List<CoreAnswer> _answers = [];

    public LoopView View => Volatile.Read(ref _view);

    /// <summary>Adds an input and leaves it to the loop's own thread. False: stopped.</summary>
    public bool Put(QueenInput input) => _inbox.Put(input);

    /// <summary>Adds an input; the caller then calls <see cref="TakeTurns"/>. False: stopped.</summary>
    public bool Add(QueenInput input) => _inbox.Add(input);

    public void Close() => _inbox.Close();

    public void Run()
    {
        peers.Update(core.Raft.Reach);
        core.Observe(ReadClock());
        core.Start();
        _inbox.Release();
        while (_inbox.Take(UntilNextTick(), out List<QueenInput> inputs))
        {
            Turn(inputs);
            List<CoreAnswer> answers = TakeAnswers();
            _inbox.Release();
            if (Follow(answers, TurnTaker.Loop)) TakeTurns(TurnTaker.Loop);
        }
    }

    /// <summary>Takes turns on the calling thread while there is something and nobody else is at it. Never fails: what does ends the loop.</summary>
    public void TakeTurns(TurnTaker taker)
    {
        while (true)
        {
            if (!_inbox.TryTake(out List<QueenInput> inputs)) return;
            List<CoreAnswer> answers;
            try
            {
                Turn(inputs);
                for (int turns = 1; turns < options.Limits.TurnsAtOnce && _inbox.TryTakeMore(out inputs); turns++)
                {
                    peers.Flush();
                    Turn(inputs);
                }
                answers = TakeAnswers();
                _inbox.Release();
            }
            catch (Exception error)
            {
                _inbox.Break(error);
                return;
            }
            if (!Follow(answers, taker)) return;
        }
    }

    private void Turn(List<QueenInput> inputs)
    {
        core.Observe(ReadClock());
        // What has arrived counts before the time that has passed: a member that was held up hears its leader before it misses it.
        foreach (QueenInput input in inputs) core.Take(input);
        PassTime();
        while (core.TakeReady() is { } ready) CarryOut(ready);
        OrderRepairMark();
        TellRemoval();
        SayHandOver();
        Publish();
    }

    private List<CoreAnswer> TakeAnswers()
    {
        if (_answers.Count == 0) return NoAnswers;
        List<CoreAnswer> taken = _answers;
        _answers = [];
        return taken;
    }

    /// <summary>
    /// What turns ordered, done here as far as this thread may, else by the threads whose work it is. Whoever waits for it longest comes first: a leader behind a follower's
    /// acknowledgement, a caller behind a commit. Answers whether that brought new inputs.
    /// </summary>
    private bool Follow(List<CoreAnswer> answers, TurnTaker taker)
    {
        bool here = taker is TurnTaker.UrgentPeer or TurnTaker.BulkPeer && answers.Count <= options.Limits.AnsweredAtOnce;
        foreach (CoreAnswer answer in answers) callers.Answer(answer, here);
        if (taker == TurnTaker.BulkPeer)
        {
            peers.Flush();
            // Apply first: what is not small only wakes its thread, which must not wait for the sync.
            return applyThread.Help() | journalThread.Help();
        }
        if (applyThread.Help()) return true;
        peers.Flush();
        journalThread.Wake();
        return false;
    }

    private ClockReading ReadClock() => new(Stopwatch.GetElapsedTime(_started), new WallTime(DateTime.UtcNow.Ticks));

    private TimeSpan UntilNextTick()
    {
        TimeSpan left = _nextTick - Stopwatch.GetElapsedTime(_started);
        // Rounded up to what the wait can do, so that it does not wake before the tick.
        return left <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds));
    }

    private void PassTime()
    {
        TimeSpan now = Stopwatch.GetElapsedTime(_started);
        for (int ticks = 0; _nextTick <= now; ticks++)
        {
            if (ticks == options.Limits.TicksAtOnce)
            {
                _nextTick = now + options.Limits.Tick;
                return;
            }
            core.Tick();
            _nextTick += options.Limits.Tick;
        }
    }

    private void CarryOut(CoreReady ready)
    {
        if (ready.Raft is { } raft) CarryOut(raft);
        if (ready.CompactThrough is { } through)
        {
            Term term = journal.TermAt(through) ?? throw Invariant.Fail($"compaction through {through}, which the journal does not hold");
            journalThread.Add(new JournalThread.Order(null, null, new LogPosition(through, term), false));
        }
        if (ready.CaptureState) applyThread.Add(new ApplyThread.Order.Capture());
        if (ready.WriteSnapshot is { } metadata)
        {
            snapshotTask.Begin(metadata, applyThread.Captured ?? throw Invariant.Fail("no state captured"));
            applyThread.Captured = null;
        }
        foreach (ScopeChange change in ready.Scopes) leadership.Change(change);
        _answers.AddRange(ready.Answers);
    }

    private void CarryOut(Ready ready)
    {
        if (ready.Membership is { } membership) TakeMembership(membership);
        foreach (RaftMessage message in ready.SendNow) peers.Send(message);
        ReceivedSnapshot? received = ready.Snapshot is { } snapshot ? peers.TakeReceived(snapshot) : null;
        if (ready.Ticket is not null) journalThread.Add(new JournalThread.Order(ready, received, null, false));
        if (received is not null) applyThread.Add(new ApplyThread.Order.Install(received));
        if (!ready.Committed.IsEmpty) applyThread.Add(new ApplyThread.Order.Apply(ready.Committed));
        if (ready.SoftState is { } soft) Say(soft);
    }

    private void TakeMembership(Raft.Membership membership)
    {
        peers.Update(core.Raft.Reach);
        bool isMember = membership.Find(options.Self) is not null;
        if (_wasMember && !isMember)
        {
            options.Log(QueenLogLevel.Warning, $"member {options.Self} was removed from the cluster");
            _removedAt = core.Raft.LastIndex;
        }
        _wasMember = isMember;
    }

    /// <summary>Removed for good once the entry that says so is committed: until then it may be taken back.</summary>
    private void TellRemoval()
    {
        if (_removedAt is not { } at || _wasMember || core.Raft.CommitIndex < at) return;
        _removedAt = null;
        ThreadPool.QueueUserWorkItem(_ => options.Removed());
    }

    private void SayHandOver()
    {
        if (core.HandedOver.Times == _handOversSaid) return;
        _handOversSaid = core.HandedOver.Times;
        options.Log(QueenLogLevel.Warning, $"member {options.Self} hands leadership over: {core.HandedOver.Reason}");
    }

    private void Say(SoftState soft)
    {
        if (!soft.Leader.IsNone && (soft.Leader, soft.Term) != _lastLeader)
        {
            _lastLeader = (soft.Leader, soft.Term);
            _elections = _elections with { LeadersSeen = _elections.LeadersSeen + 1 };
        }
        if (soft.Role == RaftRole.PreCandidate) _elections = _elections with { Campaigns = _elections.Campaigns + 1 };
        string leader = soft.Leader.IsNone ? "no leader" : $"leader {soft.Leader}";
        options.Log(QueenLogLevel.Information, $"member {options.Self}: {soft.Role} in term {soft.Term}, {leader}");
    }

    /// <summary>Once all that damage took has come back, or was replaced, the journal may say so.</summary>
    private void OrderRepairMark()
    {
        if (_repairOrdered || journal.Damage is not { } damage) return;
        if (!core.Raft.IsWhole) return;
        _repairOrdered = true;
        peers.Update(core.Raft.Reach);
        journalThread.Add(new JournalThread.Order(null, null, null, true));
        options.Log(QueenLogLevel.Information, $"journal: entries {damage.From} to {damage.To} are repaired from the peers");
    }

    private void Publish()
    {
        RaftNode raft = core.Raft;
        Volatile.Write(ref _view, new LoopView(raft.Leader, raft.Term, raft.Role, raft.CommitIndex, raft.Now, raft.Membership, _elections with { TimeoutTicks = core.ElectionTicks }, raft.LeaseReads));
    }
}
